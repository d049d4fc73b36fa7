import { Flex } from 'antd'
import { Page } from '../../components/page.tsx'
import { useTexts } from '../../language/language.ts'
import { ExplainRights } from './explain-rights.tsx'
import { RolesTable } from './roles-table.tsx'
import { permissionTexts } from './texts.ts'

export const PermissionsPage = () => {
  const t = useTexts(permissionTexts)
  return (
    <Page title={t('title')} about={t('about')} permissions={['org.manage', 'agent.manage']}>
      <Flex vertical gap={16}>
        <RolesTable />
        <ExplainRights />
      </Flex>
    </Page>
  )
}
