import { EllipsisOutlined, MessageOutlined, UserAddOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { App, Button, Dropdown, type MenuProps } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useGroupDismiss } from '../../calls/group-dismiss.ts'
import { useGroupLeave } from '../../calls/group-leave.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import { useTexts } from '../../language/language.ts'
import { AddMembers } from './add-members.tsx'
import { EditGroup } from './edit-group.tsx'
import type { GroupRights } from './group-rights.ts'
import { groupTexts } from './texts.ts'

interface GroupActionsProps {
  readonly group: OutputOf<'group.get'>
  readonly rights: GroupRights
}

/** What can be done with a group as a whole. */
export const GroupActions = ({ group, rights }: GroupActionsProps) => {
  const t = useTexts(groupTexts)
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const navigate = useNavigate()
  const [open, setOpen] = useState<'edit' | 'add'>()
  const leave = useGroupLeave()
  const dismiss = useGroupDismiss()
  const { group_id, name } = group

  /** Asked first; the group is gone from here afterwards. */
  const goAfter = (
    title: string,
    content: string,
    okText: string,
    work: () => Promise<unknown>,
    done: string,
  ): void => {
    void modal.confirm({
      title,
      content,
      okText,
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      // The second factor is asked in a dialogue of its own, above a page and not above this one.
      onOk: () => {
        void attempt(work, done).then((result) => result !== undefined && navigate('/console/groups'))
      },
    })
  }
  const items: NonNullable<MenuProps['items']> = [
    ...(rights.mayEdit ? [{ key: 'edit', label: t('edit'), onClick: () => setOpen('edit') }] : []),
    ...(rights.mayLeave
      ? [
          {
            key: 'leave',
            label: t('leave'),
            onClick: () =>
              goAfter(
                t('leaveTitle', { name }),
                t('leaveAbout'),
                t('leave'),
                () => leave.mutateAsync({ group_id }),
                t('left'),
              ),
          },
        ]
      : []),
    ...(rights.mayOwn
      ? [
          {
            key: 'dismiss',
            danger: true,
            label: t('dismiss'),
            onClick: () =>
              goAfter(
                t('dismissTitle', { name }),
                t('dismissAbout'),
                t('dismiss'),
                () => dismiss.mutateAsync({ group_id }),
                t('dismissed'),
              ),
          },
        ]
      : []),
  ]
  return (
    <>
      {group.role !== null && (
        <Button
          icon={<MessageOutlined aria-hidden />}
          onClick={() => void navigate(`/console/playground/group/${encodeURIComponent(group_id)}`)}
        >
          {t('chat')}
        </Button>
      )}
      {rights.mayEdit && (
        <Button
          type="primary"
          icon={<UserAddOutlined aria-hidden />}
          aria-haspopup="dialog"
          onClick={() => setOpen('add')}
        >
          {t('addMembers')}
        </Button>
      )}
      {items.length > 0 && (
        <Dropdown menu={{ items }} trigger={['click']}>
          <Button icon={<EllipsisOutlined aria-hidden />} aria-label={t('more')} />
        </Dropdown>
      )}
      {open === 'edit' && <EditGroup group={group} onClose={() => setOpen(undefined)} />}
      <AddMembers groupId={group_id} isOpen={open === 'add'} onClose={() => setOpen(undefined)} />
    </>
  )
}
