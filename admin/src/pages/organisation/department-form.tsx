import { Alert, App, Form, Input } from 'antd'
import { useDepartmentCreate } from '../../calls/department-create.ts'
import { useDepartmentList } from '../../calls/department-list.ts'
import { useDepartmentUpdate } from '../../calls/department-update.ts'
import { namesakesOf } from '../../components/department-nodes.ts'
import { DepartmentSelect } from '../../components/department-select.tsx'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { NameField } from '../../components/name-field.tsx'
import { useFieldRules } from '../../components/use-field-rules.ts'
import type { DirectoryDepartment } from '../../directory/directory.ts'
import { useTexts } from '../../language/language.ts'
import { departmentTexts } from './department-texts.ts'

interface DepartmentValues {
  readonly department_id?: string
  readonly name: string
  readonly parent_id?: string | null
}

export type DepartmentTask =
  | { readonly kind: 'create'; readonly parentId: string | null }
  | { readonly kind: 'rename'; readonly department: DirectoryDepartment }

interface DepartmentFormProps {
  /** undefined: closed. */
  readonly task: DepartmentTask | undefined
  readonly isParentAllowed: (departmentId: string) => boolean
  readonly onAdded: (parentId: string | null) => void
  readonly onClose: () => void
}

export const DepartmentForm = ({ isParentAllowed, onAdded, onClose, task }: DepartmentFormProps) => {
  const t = useTexts(departmentTexts)
  const [form] = Form.useForm<DepartmentValues>()
  const create = useDepartmentCreate()
  const update = useDepartmentUpdate()
  const { message } = App.useApp()
  const rules = useFieldRules()
  const isOpen = task !== undefined
  const name = Form.useWatch('name', form)
  const chosenParent = Form.useWatch('parent_id', form)
  const { data: departments = [] } = useDepartmentList(isOpen ? {} : undefined)
  const namesakes =
    isOpen && name !== undefined
      ? namesakesOf(
          departments,
          task.kind === 'rename' ? { ...task.department, name } : { name, parent_id: chosenParent ?? null },
        )
      : []
  const isNew = task?.kind !== 'rename'
  const submit = async ({ department_id = '', name, parent_id }: DepartmentValues): Promise<string> => {
    if (task?.kind === 'rename') {
      await update.mutateAsync({ department_id: task.department.department_id, name: name.trim() })
      return t('renamed')
    }
    await create.mutateAsync({
      name: name.trim(),
      parent_id: parent_id ?? null,
      ...(department_id.trim() === '' ? {} : { department_id: department_id.trim() }),
    })
    onAdded(parent_id ?? null)
    return t('added')
  }
  return (
    <FormDrawer<DepartmentValues, string>
      key={task?.kind === 'rename' ? task.department.department_id : 'new'}
      title={isNew ? t('add') : t('rename')}
      isOpen={isOpen}
      form={form}
      initialValues={
        task?.kind === 'rename'
          ? { name: task.department.name }
          : { parent_id: task?.kind === 'create' ? task.parentId : null }
      }
      {...(isNew ? { submitText: t('add') } : {})}
      onSubmit={submit}
      onDone={(done) => {
        onClose()
        void message.success(done)
      }}
      onClose={onClose}
    >
      <NameField label={t('name')} missing={t('nameMissing')} autoFocus />
      {namesakes.length > 0 && (
        <Alert
          type="warning"
          showIcon
          role="status"
          title={t('namesake', { name: name?.trim() ?? '' })}
          description={t('namesakeAbout')}
          style={{ marginBottom: 24 }}
        />
      )}
      {isNew && (
        <>
          <Form.Item name="parent_id" label={t('parent')}>
            <DepartmentSelect placeholder={t('top')} isDisabled={(id) => !isParentAllowed(id)} />
          </Form.Item>
          <Form.Item name="department_id" label={t('departmentId')} extra={t('departmentIdAbout')} rules={[rules.id]}>
            <Input spellCheck={false} />
          </Form.Item>
        </>
      )}
    </FormDrawer>
  )
}
