import { EllipsisOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { App, Button, Dropdown, Flex, Tag } from 'antd'
import { useCallback, useMemo, useState } from 'react'
import { useGroupMemberList } from '../../calls/group-member-list.ts'
import { useGroupMemberRemove } from '../../calls/group-member-remove.ts'
import { useGroupSetRole } from '../../calls/group-set-role.ts'
import { useGroupTransfer } from '../../calls/group-transfer.ts'
import { Nothing } from '../../components/page-states.tsx'
import { PagedTable } from '../../components/paged-table.tsx'
import { PersonName } from '../../components/person-name.tsx'
import { useAttempt } from '../../components/use-attempt.ts'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { formatTime, useLanguage, useTexts } from '../../language/language.ts'
import type { GroupRights } from './group-rights.ts'
import { groupTexts } from './texts.ts'

type Member = OutputOf<'group.member_list'>['members'][number]

export const GroupMembers = ({ groupId, rights }: { readonly groupId: string; readonly rights: GroupRights }) => {
  const t = useTexts(groupTexts)
  const language = useLanguage()
  const members = useGroupMemberList({ group_id: groupId, limit: 100 })
  const [ticked, setTicked] = useState<readonly string[]>([])
  // Whoever has gone since, or may not be removed any more, is not asked for.
  const chosen = useMemo(() => {
    const isChosen = new Set(ticked)
    return members.entries
      .filter(({ employee_id, role }) => isChosen.has(employee_id) && rights.mayChange(role))
      .map(({ employee_id }) => employee_id)
  }, [members.entries, rights, ticked])
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const { mutateAsync } = useGroupMemberRemove()

  const removeNow = useCallback(
    (ids: readonly string[], title: string): void => {
      void modal.confirm({
        title,
        content: t('removeAbout'),
        okText: t('remove'),
        cancelText: t('cancel'),
        okButtonProps: { danger: true },
        async onOk() {
          const work = () => mutateAsync({ group_id: groupId, member_ids: [...ids] })
          const done = await attempt(work, t('removed', { count: ids.length }))
          if (done !== undefined) setTicked((before) => before.filter((id) => !ids.includes(id)))
        },
      })
    },
    [attempt, groupId, modal, mutateAsync, t],
  )
  const columns = useMemo(
    (): readonly VirtualColumn<Member>[] => [
      { key: 'person', title: t('person'), render: (member) => <PersonName person={member} /> },
      { key: 'role', title: t('role'), width: 130, render: ({ role }) => <Tag>{t(role)}</Tag> },
      { key: 'joined', title: t('joined'), width: 230, render: ({ joined_at }) => formatTime(joined_at, language) },
      {
        key: 'more',
        title: '',
        width: 56,
        render: (member) => (
          <MemberMenu
            groupId={groupId}
            member={member}
            rights={rights}
            onRemove={() => removeNow([member.employee_id], t('removeOne', { name: member.name }))}
          />
        ),
      },
    ],
    [groupId, language, removeNow, rights, t],
  )

  return (
    <>
      {rights.mayEdit && (
        <Flex style={{ marginBottom: 12 }}>
          <Button
            danger
            disabled={chosen.length === 0}
            onClick={() => removeNow(chosen, t('removeTitle', { count: chosen.length }))}
          >
            {t('remove')}
          </Button>
        </Flex>
      )}
      <PagedTable<Member>
        label={t('members')}
        query={members}
        rowKey="employee_id"
        width={640}
        empty={<Nothing text={t('none')} />}
        rowHeight={56}
        selection={
          rights.mayEdit
            ? {
                selected: chosen,
                onSelect: setTicked,
                isSelectable: ({ role }) => rights.mayChange(role),
                labelOf: ({ name }) => name,
                allLabel: t('selectAll'),
              }
            : undefined
        }
        columns={columns}
      />
    </>
  )
}

interface MemberMenuProps {
  readonly groupId: string
  readonly member: Member
  readonly rights: GroupRights
  readonly onRemove: () => void
}

const MemberMenu = ({ groupId, member, onRemove, rights }: MemberMenuProps) => {
  const t = useTexts(groupTexts)
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const setRole = useGroupSetRole()
  const transfer = useGroupTransfer()
  const about = { group_id: groupId, employee_id: member.employee_id }
  const other = member.role === 'admin' ? 'member' : 'admin'
  const items = [
    ...(rights.mayChange(member.role)
      ? [
          {
            key: 'role',
            label: other === 'admin' ? t('makeAdmin') : t('makeMember'),
            onClick: () => void attempt(() => setRole.mutateAsync({ ...about, role: other }), t('roleSet')),
          },
        ]
      : []),
    ...(rights.mayOwn && member.role !== 'owner'
      ? [
          {
            key: 'transfer',
            label: t('transfer'),
            onClick: () =>
              void modal.confirm({
                title: t('transferTitle', { name: member.name }),
                content: t('transferAbout'),
                okText: t('transfer'),
                cancelText: t('cancel'),
                onOk: () => attempt(() => transfer.mutateAsync(about), t('transferred')),
              }),
          },
        ]
      : []),
    ...(rights.mayChange(member.role)
      ? [{ key: 'remove', danger: true, label: t('removeMember'), onClick: onRemove }]
      : []),
  ]
  if (items.length === 0) return null
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button type="text" icon={<EllipsisOutlined aria-hidden />} aria-label={`${t('more')}: ${member.name}`} />
    </Dropdown>
  )
}
