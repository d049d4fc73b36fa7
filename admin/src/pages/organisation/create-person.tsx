import { LIMITS } from '@mchat/schema/limits'
import type { RoleGrant } from '@mchat/schema/roles'
import type { OutputOf } from '@mchat/sdk'
import { Form, Input } from 'antd'
import { useEmployeeCreate } from '../../calls/employee-create.ts'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { NameField } from '../../components/name-field.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { RoleGrantsField } from '../../components/role-grants-field.tsx'
import { useFieldRules } from '../../components/use-field-rules.ts'
import { WordsSelect } from '../../components/words-select.tsx'
import type { Reach } from '../../directory/use-reach.ts'
import { defineTexts, useTexts } from '../../language/language.ts'

const texts = defineTexts('create-person', {
  en: {
    title: 'Add a person',
    submit: 'Add',
    name: 'Name',
    nameMissing: 'Enter a name.',
    id: 'Id',
    idAbout: 'What the person signs in with. Left empty, one is made up. It cannot be changed later.',
    department: 'Department',
    departmentMissing: 'Choose one of the departments that you manage.',
    manager: 'Reports to',
    skills: 'Skills',
    skillsAbout: 'Shown beside the name. Press Enter after each.',
    roles: 'Roles',
  },
  'zh-CN': {
    title: '添加人员',
    submit: '添加',
    name: '姓名',
    nameMissing: '请输入姓名。',
    id: 'ID',
    idAbout: '用于登录。留空将自动生成，之后无法修改。',
    department: '部门',
    departmentMissing: '请选择您管理的部门。',
    manager: '上级',
    skills: '技能',
    skillsAbout: '显示在姓名旁，输入后按回车添加。',
    roles: '角色',
  },
})

interface PersonValues {
  readonly name: string
  readonly employee_id?: string
  readonly department_id?: string | null
  readonly manager_id?: string
  readonly skills_badge?: string[]
  readonly roles?: RoleGrant[]
}

interface CreatePersonProps {
  readonly isOpen: boolean
  /** Where somebody is added when nothing else is chosen. */
  readonly departmentId: string | null
  readonly reach: Reach
  readonly onCreated: (created: OutputOf<'employee.create'>) => void
  readonly onClose: () => void
}

export const CreatePerson = ({ departmentId, isOpen, onClose, onCreated, reach }: CreatePersonProps) => {
  const t = useTexts(texts)
  const [form] = Form.useForm<PersonValues>()
  const create = useEmployeeCreate()
  const rules = useFieldRules()
  const isEverywhere = reach.place(null)
  return (
    <FormDrawer<PersonValues, OutputOf<'employee.create'>>
      title={t('title')}
      isOpen={isOpen}
      form={form}
      submitText={t('submit')}
      initialValues={{ department_id: departmentId, skills_badge: [], roles: [] }}
      nameOf={(field) => field.split(/[.[]/, 1)}
      onSubmit={({ department_id, employee_id = '', manager_id, name, roles = [], skills_badge = [] }) =>
        create.mutateAsync({
          name: name.trim(),
          ...(employee_id.trim() === '' ? {} : { employee_id: employee_id.trim() }),
          ...(typeof department_id === 'string' ? { department_id } : {}),
          ...(manager_id === undefined ? {} : { manager_id }),
          ...(skills_badge.length === 0 ? {} : { skills_badge }),
          ...(roles.length === 0 ? {} : { roles }),
        })
      }
      onDone={onCreated}
      onClose={onClose}
    >
      <NameField label={t('name')} missing={t('nameMissing')} autoFocus />
      <Form.Item name="employee_id" label={t('id')} extra={t('idAbout')} rules={[rules.id]}>
        <Input spellCheck={false} autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="department_id"
        label={t('department')}
        rules={isEverywhere ? [] : [{ required: true, message: t('departmentMissing') }]}
      >
        <DepartmentSelect isDisabled={(id) => !reach.place(id)} />
      </Form.Item>
      <Form.Item name="manager_id" label={t('manager')}>
        <PersonSelect only="people" allowClear />
      </Form.Item>
      <Form.Item name="skills_badge" label={t('skills')} extra={t('skillsAbout')}>
        <WordsSelect most={LIMITS.skills} />
      </Form.Item>
      <Form.Item name="roles" label={t('roles')}>
        <RoleGrantsField />
      </Form.Item>
    </FormDrawer>
  )
}
