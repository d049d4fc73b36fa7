import { Table } from 'antd'
import { useGroupList } from '../../calls/group-list.ts'
import { Page } from '../../components/page.tsx'
import { Failed } from '../../components/page-states.tsx'

export const GroupsPage = () => {
  const groups = useGroupList({})
  return (
    <Page title="Groups">
      {groups.error !== null ? (
        <Failed error={groups.error} />
      ) : (
        <Table rowKey="group_id" dataSource={[...groups.entries]} columns={[{ title: 'Name', dataIndex: 'name' }]} />
      )}
    </Page>
  )
}
