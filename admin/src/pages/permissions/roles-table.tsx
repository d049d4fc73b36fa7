import { type Permission, ROLE_NAMES, ROLES, type RoleName } from '@mchat/schema/roles'
import { Card, Flex, Tag, Typography } from 'antd'
import { Link } from 'react-router'
import { useDepartmentList } from '../../calls/department-list.ts'
import { useEmployeeList } from '../../calls/employee-list.ts'
import { pathOfPerson } from '../../components/person-name.tsx'
import { roleTexts } from '../../components/role-texts.ts'
import { WideTable } from '../../components/wide-table.tsx'
import { useTexts } from '../../language/language.ts'
import { permissionTexts } from './texts.ts'

/** How many holders are named; who has a role is few people, or a search of its own. */
const NAMED = 20

export const RolesTable = () => {
  const t = useTexts(permissionTexts)
  const roleText = useTexts(roleTexts)
  return (
    <Card title={t('roles')}>
      <Typography.Paragraph type="secondary">{t('grantAbout')}</Typography.Paragraph>
      <WideTable<{ role: RoleName }>
        label={t('roles')}
        width={760}
        rowKey="role"
        pagination={false}
        dataSource={ROLE_NAMES.map((role) => ({ role }))}
        columns={[
          {
            title: t('role'),
            key: 'role',
            width: 240,
            render: (_, { role }) => (
              <Flex vertical>
                <Typography.Text strong>{roleText(role)}</Typography.Text>
                <Typography.Text type="secondary" style={{ fontSize: 12 }}>
                  {roleText(`${role}About`)}
                </Typography.Text>
              </Flex>
            ),
          },
          {
            title: t('allows'),
            key: 'allows',
            width: 300,
            render: (_, { role }) => (
              <Flex gap={4} wrap>
                {(ROLES[role] as readonly Permission[]).map((permission) => (
                  <Tag key={permission} title={permission}>
                    {t(permission)}
                  </Tag>
                ))}
              </Flex>
            ),
          },
          {
            title: t('holders'),
            key: 'holders',
            render: (_, { role }) => (role === 'member' ? t('everybody') : <Holders role={role} />),
          },
        ]}
      />
    </Card>
  )
}

const Holders = ({ role }: { readonly role: RoleName }) => {
  const t = useTexts(permissionTexts)
  const { entries, hasNextPage, isPending } = useEmployeeList({ role, limit: NAMED })
  const { data } = useDepartmentList({})
  if (isPending) return null
  if (entries.length === 0) return <Typography.Text type="secondary">{t('nobody')}</Typography.Text>
  const nameOf = (id: string): string => data?.find(({ department_id }) => department_id === id)?.name ?? id
  return (
    <Flex gap={8} wrap>
      {entries.map(({ employee_id, is_ai_agent, name, roles }) => {
        const limits = roles.filter((grant) => grant.role === role).map(({ department_id }) => department_id)
        const isLimited = limits.every((id) => id !== undefined)
        return (
          <span key={employee_id}>
            <Link to={pathOfPerson({ employee_id, is_ai_agent })}>{name}</Link>
            {isLimited &&
              limits.map((id) => (
                <Typography.Text key={id} type="secondary">
                  {' '}
                  ({t('limited', { department: nameOf(id ?? '') })})
                </Typography.Text>
              ))}
          </span>
        )
      })}
      {hasNextPage && <Typography.Text type="secondary">{t('andMore')}</Typography.Text>}
    </Flex>
  )
}
