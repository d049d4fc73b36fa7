import { App, Form } from 'antd'
import { useMemo } from 'react'
import { useGroupMemberAdd } from '../../calls/group-member-add.ts'
import { useWholeGroupMemberList } from '../../calls/group-member-list.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { useTexts } from '../../language/language.ts'
import { MembersField } from './members-field.tsx'
import { groupTexts } from './texts.ts'

interface AddMembersProps {
  readonly groupId: string
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Offers whoever is not in the group yet. */
export const AddMembers = ({ groupId, isOpen, onClose }: AddMembersProps) => {
  const t = useTexts(groupTexts)
  const { message } = App.useApp()
  const [form] = Form.useForm<{ member_ids: string[] }>()
  const add = useGroupMemberAdd()
  const members = useWholeGroupMemberList(isOpen ? { group_id: groupId } : undefined).data
  const memberIds = useMemo(() => members?.map(({ employee_id }) => employee_id) ?? [], [members])
  return (
    <FormDrawer<{ member_ids: string[] }>
      title={t('addMembersTitle')}
      submitText={t('addMembers')}
      isOpen={isOpen}
      form={form}
      onClose={onClose}
      onSubmit={async ({ member_ids }) => {
        const { added_ids } = await add.mutateAsync({ group_id: groupId, member_ids })
        // Somebody else may have added them meanwhile.
        const before = member_ids.length - added_ids.length
        const added = t('added', { count: added_ids.length })
        if (added_ids.length === 0) void message.info(t('nobodyAdded'))
        else
          void message.success(
            before === 0 ? added : t('addedSome', { added, already: t('alreadyIn', { count: before }) }),
          )
      }}
    >
      <Form.Item
        name="member_ids"
        label={t('members')}
        rules={[{ required: true, type: 'array', min: 1, message: t('membersMissing') }]}
      >
        <MembersField except={memberIds} />
      </Form.Item>
    </FormDrawer>
  )
}
