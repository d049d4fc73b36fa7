import { Card, Descriptions, Flex, Tag, Typography } from 'antd'
import { useParams } from 'react-router'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { useGroupGet } from '../../calls/group-get.ts'
import { BackLink } from '../../components/back-link.tsx'
import { Page } from '../../components/page.tsx'
import { Asked, shownOf } from '../../components/page-states.tsx'
import { PersonName } from '../../components/person-name.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { formatNumber, formatTime, useLanguage, useTexts } from '../../language/language.ts'
import { GroupActions } from './group-actions.tsx'
import { GroupMembers } from './group-members.tsx'
import { groupRights } from './group-rights.ts'
import { groupTexts } from './texts.ts'

export const GroupPage = () => {
  const t = useTexts(groupTexts)
  const language = useLanguage()
  const permissions = usePermissions()
  const { groupId = '' } = useParams()
  const query = useGroupGet({ group_id: groupId })
  const creatorId = query.data?.creator_employee_id
  const creator = useEmployeeGet(creatorId === undefined ? undefined : { employee_id: creatorId })
  const group = shownOf(query)
  const rights = groupRights(group?.role ?? null, permissions)
  return (
    <Page
      title={group?.name ?? (query.error === null ? t('one') : groupId)}
      about={<BackLink to="/console/groups" text={t('back')} />}
      actions={group !== undefined && <GroupActions group={group} rights={rights} />}
    >
      <Asked query={query}>
        {(shown) => (
          <Flex vertical gap={16}>
            <Card>
              <Descriptions
                column={{ xs: 1, md: 2, xl: 3 }}
                items={[
                  {
                    key: 'id',
                    label: t('groupId'),
                    children: <Typography.Text copyable>{shown.group_id}</Typography.Text>,
                  },
                  { key: 'members', label: t('members'), children: formatNumber(shown.member_count, language) },
                  {
                    key: 'role',
                    label: t('yourRole'),
                    children: shown.role === null ? '–' : <Tag>{t(shown.role)}</Tag>,
                  },
                  { key: 'created', label: t('created'), children: formatTime(shown.created_at, language) },
                  {
                    key: 'creator',
                    label: t('creator'),
                    children:
                      creator.data === undefined ? shown.creator_employee_id : <PersonName person={creator.data} />,
                  },
                  {
                    key: 'description',
                    label: t('description'),
                    span: 'filled',
                    children: shown.description ?? (
                      <Typography.Text type="secondary">{t('noDescription')}</Typography.Text>
                    ),
                  },
                ]}
              />
            </Card>
            <Card title={t('members')}>
              <GroupMembers groupId={shown.group_id} rights={rights} />
            </Card>
          </Flex>
        )}
      </Asked>
    </Page>
  )
}
