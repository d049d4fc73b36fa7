import type { OutputOf } from '@mchat/sdk'
import { App, Form } from 'antd'
import { useState } from 'react'
import { useGroupUpdate } from '../../calls/group-update.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { useTexts } from '../../language/language.ts'
import { GroupFields } from './group-fields.tsx'
import { groupTexts } from './texts.ts'

type Group = OutputOf<'group.get'>
interface GroupValues {
  readonly name: string
  readonly description: string
}

/** Only what was changed is sent, so that two who change different things do not undo each other. */
const changesOf = (group: Group, values: GroupValues) => {
  const name = values.name.trim()
  const description = values.description.trim() === '' ? null : values.description
  return {
    ...(name === group.name ? {} : { name }),
    ...(description === (group.description ?? null) ? {} : { description }),
  }
}

interface EditGroupProps {
  readonly group: Group
  readonly onClose: () => void
}

/** To be there only while it is open: what was changed is told by what it began with, whatever others change meanwhile. */
export const EditGroup = ({ group: now, onClose }: EditGroupProps) => {
  const [group] = useState(now)
  const t = useTexts(groupTexts)
  const { message } = App.useApp()
  const [form] = Form.useForm<GroupValues>()
  const update = useGroupUpdate()
  return (
    <FormDrawer<GroupValues>
      title={t('editTitle')}
      isOpen
      form={form}
      initialValues={{ name: group.name, description: group.description ?? '' }}
      onClose={onClose}
      onSubmit={async (values) => {
        const changes = changesOf(group, values)
        if (Object.keys(changes).length > 0) await update.mutateAsync({ group_id: group.group_id, ...changes })
        void message.success(t('saved'))
      }}
    >
      <GroupFields />
    </FormDrawer>
  )
}
