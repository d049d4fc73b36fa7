import { App, Form, Input } from 'antd'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import { useGroupCreate } from '../../calls/group-create.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { useFieldRules } from '../../components/use-field-rules.ts'
import { useSignedIn } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import { GroupFields } from './group-fields.tsx'
import { MembersField } from './members-field.tsx'
import { groupTexts } from './texts.ts'

interface GroupForm {
  readonly name: string
  readonly description?: string
  readonly member_ids?: string[]
  readonly group_id?: string
}

const isGiven = (text: string | undefined): text is string => text !== undefined && text.trim() !== ''

export const CreateGroup = ({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) => {
  const t = useTexts(groupTexts)
  const [form] = Form.useForm<GroupForm>()
  const { message } = App.useApp()
  const { employeeId } = useSignedIn()
  const own = useMemo(() => [employeeId], [employeeId])
  const navigate = useNavigate()
  const create = useGroupCreate()
  const rules = useFieldRules()
  return (
    <FormDrawer<GroupForm, { readonly group_id: string; readonly name: string }>
      title={t('create')}
      submitText={t('create')}
      isOpen={isOpen}
      form={form}
      onClose={onClose}
      nameOf={(field) => (field === 'opts.description' ? 'description' : field)}
      onSubmit={async ({ description, group_id, member_ids = [], name }) => {
        return await create.mutateAsync({
          name: name.trim(),
          member_ids,
          ...(isGiven(group_id) ? { group_id: group_id.trim() } : {}),
          ...(isGiven(description) ? { opts: { description } } : {}),
        })
      }}
      onDone={(group) => {
        void message.success(t('createdDone', { name: group.name }))
        void navigate(`/console/groups/${encodeURIComponent(group.group_id)}`, { replace: true })
      }}
    >
      <GroupFields />
      <Form.Item name="member_ids" label={t('members')} extra={t('membersAbout')}>
        <MembersField except={own} />
      </Form.Item>
      <Form.Item name="group_id" label={t('groupId')} extra={t('groupIdAbout')} rules={[rules.id]}>
        <Input spellCheck={false} />
      </Form.Item>
    </FormDrawer>
  )
}
