import { type Permission, ROLE_NAMES, ROLES, type RoleName } from '@mchat/schema/roles'
import { Card, Flex, Grid, Tag, Typography } from 'antd'
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

interface Row {
  readonly role: RoleName
}

export const RolesTable = () => {
  const t = useTexts(permissionTexts)
  const isWide = Grid.useBreakpoint().md === true
  const beside = [
    { title: t('allows'), key: 'allows', width: 300, render: (_: unknown, { role }: Row) => <Allowed role={role} /> },
    { title: t('holders'), key: 'holders', render: (_: unknown, { role }: Row) => <Holders role={role} /> },
  ]
  return (
    <Card title={t('roles')}>
      <Typography.Paragraph type="secondary">{t('grantAbout')}</Typography.Paragraph>
      <WideTable<Row>
        label={t('roles')}
        width={isWide ? 760 : 240}
        rowKey="role"
        pagination={false}
        dataSource={ROLE_NAMES.map((role) => ({ role }))}
        columns={[
          {
            title: t('role'),
            key: 'role',
            ...(isWide ? { width: 240 } : {}),
            render: (_, { role }) => (isWide ? <Role role={role} /> : <Everything role={role} />),
          },
          ...(isWide ? beside : []),
        ]}
      />
    </Card>
  )
}

/** For a phone, one below the other. */
const Everything = ({ role }: Row) => {
  const t = useTexts(permissionTexts)
  return (
    <Flex vertical gap={8}>
      <Role role={role} />
      <Typography.Text type="secondary">{t('allows')}</Typography.Text>
      <Allowed role={role} />
      <Typography.Text type="secondary">{t('holders')}</Typography.Text>
      <Holders role={role} />
    </Flex>
  )
}

const Role = ({ role }: Row) => {
  const roleText = useTexts(roleTexts)
  return (
    <Flex vertical>
      <Typography.Text strong>{roleText(role)}</Typography.Text>
      <Typography.Text type="secondary" style={{ fontSize: 12 }}>
        {roleText(`${role}About`)}
      </Typography.Text>
    </Flex>
  )
}

const Allowed = ({ role }: Row) => {
  const t = useTexts(permissionTexts)
  return (
    <Flex gap={4} wrap>
      {(ROLES[role] as readonly Permission[]).map((permission) => (
        <Tag key={permission} title={permission}>
          {t(permission)}
        </Tag>
      ))}
    </Flex>
  )
}

const Holders = ({ role }: Row) => {
  const t = useTexts(permissionTexts)
  return role === 'member' ? t('everybody') : <Named role={role} />
}

const Named = ({ role }: Row) => {
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
