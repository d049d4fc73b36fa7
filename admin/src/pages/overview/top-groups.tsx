import type { OutputOf } from '@mchat/sdk'
import { Card, Typography } from 'antd'
import { Link } from 'react-router'
import { Nothing } from '../../components/page-states.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import { CountedList } from './counted-list.tsx'
import { overviewTexts } from './texts.ts'

export const TopGroups = ({ groups }: { readonly groups: OutputOf<'stats.overview'>['top_groups'] }) => {
  const t = useTexts(overviewTexts)
  const mayOpen = usePermissions().has('group.manage')
  return (
    <Card title={t('topGroups')} style={{ height: '100%' }}>
      {groups.length === 0 ? (
        <Nothing text={t('noGroups')} />
      ) : (
        <CountedList
          entries={groups.map(({ group_id, messages, name }) => ({
            key: group_id,
            name: (
              <Typography.Text ellipsis>
                {mayOpen ? <Link to={`/console/groups/${encodeURIComponent(group_id)}`}>{name}</Link> : name}
              </Typography.Text>
            ),
            count: messages,
          }))}
        />
      )}
    </Card>
  )
}
