import { SwapOutlined, UserAddOutlined } from '@ant-design/icons'
import type { Credentials } from '@mchat/sdk'
import { Button, Tabs } from 'antd'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useCameFrom } from '../../components/back-link.tsx'
import { CredentialsDialog } from '../../components/credentials-dialog.tsx'
import { Page } from '../../components/page.tsx'
import { Asked } from '../../components/page-states.tsx'
import { useDirectory } from '../../directory/use-directory.ts'
import { useReach } from '../../directory/use-reach.ts'
import { useTexts } from '../../language/language.ts'
import { CreatePerson } from './create-person.tsx'
import { PeoplePanel } from './people-panel.tsx'
import { ReportingChart } from './reporting-chart.tsx'
import { organisationTexts } from './texts.ts'
import { usePeopleFilter } from './use-people-filter.ts'

/** Who belongs where. Everybody may look; what can be changed depends on what the reader manages. */
export const OrganisationPage = () => {
  const t = useTexts(organisationTexts)
  const query = useDirectory()
  const reach = useReach(query.data)
  const [filter, changeFilter] = usePeopleFilter()
  const navigate = useNavigate()
  const cameFrom = useCameFrom()
  const [params, setParams] = useSearchParams()
  const [isCreating, setCreating] = useState(false)
  const [credentials, setCredentials] = useState<Credentials>()
  const tab = params.get('tab') === 'chart' ? 'chart' : 'people'
  const { departmentId } = filter
  const isPlace = departmentId !== null && query.data?.departments.has(departmentId) === true
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={
        reach.any && (
          <>
            <Button
              icon={<SwapOutlined aria-hidden />}
              onClick={() => void navigate('/console/import', { state: cameFrom })}
            >
              {t('importExport')}
            </Button>
            <Button
              type="primary"
              icon={<UserAddOutlined aria-hidden />}
              aria-haspopup="dialog"
              onClick={() => setCreating(true)}
            >
              {t('addPerson')}
            </Button>
          </>
        )
      }
    >
      <Tabs
        activeKey={tab}
        onChange={(key) => setParams(key === 'chart' ? { tab: key } : {})}
        items={[
          { key: 'people', label: t('people') },
          { key: 'chart', label: t('chart') },
        ]}
        styles={{ header: { marginBottom: 0 } }}
      />
      <Asked query={query}>
        {(directory) =>
          tab === 'chart' ? (
            <ReportingChart directory={directory} />
          ) : (
            <PeoplePanel directory={directory} reach={reach} filter={filter} onFilter={changeFilter} />
          )
        }
      </Asked>
      <CreatePerson
        isOpen={isCreating}
        departmentId={isPlace && reach.place(departmentId) ? departmentId : null}
        reach={reach}
        onClose={() => setCreating(false)}
        onCreated={(created) => {
          setCreating(false)
          setCredentials(created)
        }}
      />
      <CredentialsDialog credentials={credentials} onClose={() => setCredentials(undefined)} />
    </Page>
  )
}
