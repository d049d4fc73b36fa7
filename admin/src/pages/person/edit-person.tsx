import { LIMITS } from '@mchat/schema/limits'
import type { Employee, EmployeeUpdateInput } from '@mchat/sdk'
import { App, Form } from 'antd'
import { useState } from 'react'
import { useEmployeeUpdate } from '../../calls/employee-update.ts'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { NameField } from '../../components/name-field.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { WordsSelect } from '../../components/words-select.tsx'
import type { Directory } from '../../directory/directory.ts'
import type { Reach } from '../../directory/use-reach.ts'
import { useTexts } from '../../language/language.ts'
import type { PersonRights } from './person-rights.ts'
import { personTexts } from './texts.ts'

interface EditValues {
  readonly name: string
  readonly department_id?: string | null
  readonly manager_id?: string | null
  readonly skills_badge: readonly string[]
}

interface EditPersonProps {
  readonly person: Employee
  readonly rights: PersonRights
  readonly directory: Directory | undefined
  readonly reach: Reach
  readonly onClose: () => void
}

/** Only what was changed is sent, so that two who change different things do not undo each other. */
const changesOf = (person: Employee, values: EditValues): EmployeeUpdateInput['updates'] => {
  const name = values.name.trim()
  const department = values.department_id ?? null
  const manager = values.manager_id ?? null
  const skills = [...values.skills_badge]
  return {
    ...(name === person.name ? {} : { name }),
    ...('department_id' in values && department !== person.department_id ? { department_id: department } : {}),
    ...('manager_id' in values && manager !== person.manager_id ? { manager_id: manager } : {}),
    ...(JSON.stringify(skills) === JSON.stringify(person.skills_badge) ? {} : { skills_badge: skills }),
  }
}

/** To be there only while it is open: what was changed is told by what it began with, whatever others change meanwhile. */
export const EditPerson = ({ directory, onClose, person: now, reach, rights }: EditPersonProps) => {
  const [person] = useState(now)
  const t = useTexts(personTexts)
  const { message } = App.useApp()
  const [form] = Form.useForm<EditValues>()
  const update = useEmployeeUpdate()
  const { department_id, employee_id, manager_id, name, skills_badge } = person
  const manager = directory?.person(manager_id)
  return (
    <FormDrawer<EditValues>
      title={t('editTitle')}
      isOpen
      form={form}
      initialValues={{ name, skills_badge, ...(rights.places ? { department_id, manager_id } : {}) }}
      nameOf={(field) => field.replace(/^updates\./, '').split(/[.[]/, 1)}
      onSubmit={async (values) => {
        const updates = changesOf(person, values)
        if (Object.keys(updates).length > 0) await update.mutateAsync({ employee_id, updates })
      }}
      onDone={() => {
        onClose()
        void message.success(t('saved'))
      }}
      onClose={onClose}
    >
      <NameField label={t('name')} missing={t('nameMissing')} />
      {rights.places && (
        <>
          <Form.Item name="department_id" label={t('department')}>
            <DepartmentSelect isDisabled={(id) => !reach.place(id) && id !== department_id} />
          </Form.Item>
          <Form.Item name="manager_id" label={t('manager')}>
            <PersonSelect
              only="people"
              allowClear
              except={[employee_id]}
              placeholder={t('noManager')}
              names={manager === undefined ? {} : { [manager.employee_id]: manager.name }}
            />
          </Form.Item>
        </>
      )}
      <Form.Item name="skills_badge" label={t('skills')} extra={t('skillsAbout')}>
        <WordsSelect most={LIMITS.skills} />
      </Form.Item>
    </FormDrawer>
  )
}
