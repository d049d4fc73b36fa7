import type { RoleGrant } from '@mchat/schema/roles'
import type { Employee } from '@mchat/sdk'
import { App, Button, Card, Form, Typography } from 'antd'
import { useState } from 'react'
import { useEmployeeUpdate } from '../../calls/employee-update.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { RoleGrantsField } from '../../components/role-grants-field.tsx'
import { RoleTags } from '../../components/role-tags.tsx'
import type { Directory } from '../../directory/directory.ts'
import { useTexts } from '../../language/language.ts'
import { personTexts } from './texts.ts'

interface RolesCardProps {
  readonly person: Employee
  readonly directory: Directory | undefined
  readonly isEditable: boolean
}

export const RolesCard = ({ directory, isEditable, person }: RolesCardProps) => {
  const t = useTexts(personTexts)
  const { message } = App.useApp()
  const [form] = Form.useForm<{ roles: readonly RoleGrant[] }>()
  const update = useEmployeeUpdate()
  // Roles are given as a whole: what somebody else has changed meanwhile is refused, and not undone.
  const [version, setVersion] = useState<number>()
  return (
    <Card
      title={t('roles')}
      extra={
        isEditable && (
          <Button
            aria-haspopup="dialog"
            onClick={() => setVersion(person.version)}
            aria-label={`${t('rolesEdit')}: ${t('roles')}`}
          >
            {t('rolesEdit')}
          </Button>
        )
      }
    >
      {person.roles.length === 0 ? (
        <Typography.Text type="secondary">{t('noRoles')}</Typography.Text>
      ) : (
        <RoleTags grants={person.roles} departmentName={(id) => directory?.departments.get(id)?.name ?? id} />
      )}
      <FormDrawer<{ roles: readonly RoleGrant[] }>
        title={t('rolesTitle', { name: person.name })}
        isOpen={version !== undefined}
        form={form}
        initialValues={{ roles: person.roles }}
        nameOf={() => 'roles'}
        onSubmit={({ roles }) =>
          update.mutateAsync({
            employee_id: person.employee_id,
            updates: { roles: [...roles] },
            ...(version === undefined ? {} : { if_version: version }),
          })
        }
        onDone={() => {
          setVersion(undefined)
          void message.success(t('saved'))
        }}
        onClose={() => setVersion(undefined)}
      >
        <Typography.Paragraph type="secondary">{t('rolesAbout')}</Typography.Paragraph>
        <Form.Item name="roles" label={t('roles')}>
          <RoleGrantsField held={person.roles} />
        </Form.Item>
      </FormDrawer>
    </Card>
  )
}
