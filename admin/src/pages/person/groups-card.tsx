import { Card, Flex, Tag, Typography } from 'antd'
import { Link } from 'react-router'
import { useWholeGroupList } from '../../calls/group-list.ts'
import { Asked } from '../../components/page-states.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { personTexts } from './texts.ts'

/** All groups of somebody for whoever manages groups; for others those that they are in themselves. */
export const usePersonGroups = (employeeId: string) =>
  useWholeGroupList({ member_id: employeeId, all: usePermissions().has('group.manage') })

interface GroupsCardProps {
  readonly employeeId: string
  readonly isSelf: boolean
}

export const GroupsCard = ({ employeeId, isSelf }: GroupsCardProps) => {
  const t = useTexts(personTexts)
  const language = useLanguage()
  const seesAll = usePermissions().has('group.manage') || isSelf
  const query = usePersonGroups(employeeId)
  return (
    <Card title={t(seesAll ? 'groups' : 'sharedGroups')}>
      <Asked query={query}>
        {(groups) =>
          groups.length === 0 ? (
            <Typography.Text type="secondary">{t(seesAll ? 'noGroups' : 'noSharedGroups')}</Typography.Text>
          ) : (
            <ul style={{ listStyle: 'none', margin: 0, padding: 0, maxHeight: 320, overflow: 'auto' }}>
              {groups.map(({ group_id, member_count, member_role, name }) => (
                <li key={group_id} style={{ padding: '6px 0' }}>
                  <Flex gap={8} align="center" justify="space-between">
                    <Flex gap={8} align="center" style={{ minWidth: 0 }}>
                      <Typography.Text ellipsis>
                        <Link to={`/console/groups/${encodeURIComponent(group_id)}`}>{name}</Link>
                      </Typography.Text>
                      {member_role !== undefined && member_role !== 'member' && <Tag>{t(member_role)}</Tag>}
                    </Flex>
                    <Typography.Text type="secondary" style={{ fontSize: 12, whiteSpace: 'nowrap' }}>
                      {t('members', { count: member_count, number: formatNumber(member_count, language) })}
                    </Typography.Text>
                  </Flex>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </Card>
  )
}
