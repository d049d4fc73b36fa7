import { Tabs } from 'antd'
import { useSearchParams } from 'react-router'
import { BackLink, useCameFrom } from '../../components/back-link.tsx'
import { Page } from '../../components/page.tsx'
import { useTexts } from '../../language/language.ts'
import { ExportPeople } from './export-people.tsx'
import { ImportPeople } from './import-people.tsx'
import { importTexts } from './texts.ts'

export const ImportPage = () => {
  const t = useTexts(importTexts)
  const [params, setParams] = useSearchParams()
  const state = useCameFrom()
  return (
    <Page
      title={t('title')}
      about={
        <>
          <BackLink to="/console/organisation" text={t('back')} />
          <span style={{ display: 'block' }}>{t('about')}</span>
        </>
      }
      permissions={['org.manage']}
    >
      <Tabs
        activeKey={params.get('tab') === 'export' ? 'export' : 'import'}
        onChange={(tab) => setParams(tab === 'export' ? { tab } : {}, { replace: true, state })}
        items={[
          { key: 'import', label: t('import'), children: <ImportPeople /> },
          { key: 'export', label: t('export'), children: <ExportPeople /> },
        ]}
      />
    </Page>
  )
}
