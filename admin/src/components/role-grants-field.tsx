import { DeleteOutlined } from '@ant-design/icons'
import { ROLE_NAMES, type RoleGrant, type RoleName, SCOPED_ROLES } from '@mchat/schema/roles'
import { Button, Flex, Select, Typography } from 'antd'
import { useDirectory } from '../directory/use-directory.ts'
import { useReach } from '../directory/use-reach.ts'
import { defineTexts, useTexts } from '../language/language.ts'
import { DepartmentSelect } from './department-select.tsx'
import { roleTexts } from './role-texts.ts'

const texts = defineTexts('role-grants-field', {
  en: {
    add: 'Add a role',
    remove: 'Take away {{role}}',
    role: 'Role',
    limit: 'Limited to a department',
    everywhere: 'Everywhere',
    none: 'No role beside member.',
  },
  'zh-CN': {
    add: '添加角色',
    remove: '移除{{role}}',
    role: '角色',
    limit: '限定部门',
    everywhere: '全组织',
    none: '除成员外没有其他角色。',
  },
})

/** `member` is everybody's, and is not given. */
const GIVEN = ROLE_NAMES.filter((role) => role !== 'member')

const isIn = (grants: readonly RoleGrant[], { department_id, role }: RoleGrant): boolean =>
  grants.some((grant) => grant.role === role && grant.department_id === department_id)

interface RoleGrantsFieldProps {
  readonly value?: readonly RoleGrant[]
  readonly onChange?: (value: readonly RoleGrant[]) => void
  /** What is held already: whatever of it the reader does not hold as widely stays. */
  readonly held?: readonly RoleGrant[]
}

/** Roles to give and to take away: only those that the reader holds as widely. Fits into a `Form.Item`. */
export const RoleGrantsField = ({ held = [], onChange, value = [] }: RoleGrantsFieldProps) => {
  const t = useTexts(texts)
  const roleText = useTexts(roleTexts)
  const reach = useReach(useDirectory().data)
  const isOffered = (role: RoleName): boolean => reach.covers([{ role }]) || (SCOPED_ROLES.includes(role) && reach.any)
  const offered = GIVEN.filter(isOffered)
  const change = (index: number, grant: RoleGrant): void => onChange?.(value.with(index, grant))
  const free = offered.filter((role) => SCOPED_ROLES.includes(role) || !value.some((grant) => grant.role === role))
  return (
    <Flex vertical gap={8}>
      {value.length === 0 && <Typography.Text type="secondary">{t('none')}</Typography.Text>}
      {value.map((grant, index) => {
        // Not `false`: that would outdo the form, which can be changed no more while it is sent.
        const fixed = isIn(held, grant) && !reach.covers([grant]) ? { disabled: true } : {}
        const others = value.filter((other) => other !== grant).map(({ role }) => role)
        const choices = offered.filter((role) => SCOPED_ROLES.includes(role) || !others.includes(role))
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: what stands in a row is what is changed there
          <Flex key={index} gap={8} align="center">
            <Select<RoleName>
              aria-label={t('role')}
              value={grant.role}
              {...fixed}
              onChange={(role) => change(index, { role })}
              options={[...new Set([grant.role, ...choices])].map((role) => ({ value: role, label: roleText(role) }))}
              style={{ flex: '0 0 170px' }}
            />
            <div style={{ flex: 1, minWidth: 0 }}>
              {SCOPED_ROLES.includes(grant.role) && (
                <DepartmentSelect
                  aria-label={t('limit')}
                  value={grant.department_id ?? null}
                  placeholder={t('everywhere')}
                  {...fixed}
                  isDisabled={(id) => !reach.place(id)}
                  onChange={(id) => change(index, { role: grant.role, ...(id === null ? {} : { department_id: id }) })}
                />
              )}
            </div>
            <Button
              type="text"
              icon={<DeleteOutlined aria-hidden />}
              {...fixed}
              aria-label={t('remove', { role: roleText(grant.role) })}
              onClick={() => onChange?.(value.toSpliced(index, 1))}
            />
          </Flex>
        )
      })}
      {free.length > 0 && (
        <Select<RoleName | null>
          aria-label={t('add')}
          placeholder={t('add')}
          value={null}
          onChange={(role) => role !== null && onChange?.([...value, { role }])}
          options={free.map((role) => ({ value: role, label: roleText(role) }))}
          style={{ width: 170 }}
        />
      )}
    </Flex>
  )
}
