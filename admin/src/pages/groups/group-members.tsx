import { EllipsisOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { App, Button, Dropdown, Flex, Tag } from 'antd'
import { useState } from 'react'
import { useGroupMemberList } from '../../calls/group-member-list.ts'
import { useGroupMemberRemove } from '../../calls/group-member-remove.ts'
import { useGroupSetRole } from '../../calls/group-set-role.ts'
import { useGroupTransfer } from '../../calls/group-transfer.ts'
import { Nothing } from '../../components/page-states.tsx'
import { PagedTable } from '../../components/paged-table.tsx'
import { PersonName } from '../../components/person-name.tsx'
import { useAttempt } from '../../components/use-attempt.ts'
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
  const chosen = members.entries
    .filter(({ employee_id, role }) => ticked.includes(employee_id) && rights.mayChange(role))
    .map(({ employee_id }) => employee_id)
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const remove = useGroupMemberRemove()

  const removeChosen = (): void => {
    void modal.confirm({
      title: t('removeTitle', { count: chosen.length }),
      content: t('removeAbout'),
      okText: t('remove'),
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      async onOk() {
        const work = () => remove.mutateAsync({ group_id: groupId, member_ids: chosen })
        const done = await attempt(work, t('removed', { count: chosen.length }))
        if (done !== undefined) setTicked([])
      },
    })
  }
  return (
    <>
      {rights.mayEdit && (
        <Flex style={{ marginBottom: 12 }}>
          <Button danger disabled={chosen.length === 0} onClick={removeChosen}>
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
        {...(rights.mayEdit
          ? {
              rowSelection: {
                columnWidth: 48,
                selectedRowKeys: chosen,
                onChange: (keys: readonly React.Key[]) => setTicked(keys.map(String)),
                getCheckboxProps: ({ name, role }: Member) => ({
                  disabled: !rights.mayChange(role),
                  'aria-label': name,
                }),
              },
            }
          : {})}
        columns={[
          { title: t('person'), key: 'person', render: (_, member) => <PersonName person={member} /> },
          { title: t('role'), dataIndex: 'role', width: 130, render: (role: Member['role']) => <Tag>{t(role)}</Tag> },
          { title: t('joined'), dataIndex: 'joined_at', width: 230, render: (at: string) => formatTime(at, language) },
          {
            title: '',
            key: 'more',
            width: 56,
            render: (_, member) => <MemberMenu groupId={groupId} member={member} rights={rights} />,
          },
        ]}
      />
    </>
  )
}

interface MemberMenuProps {
  readonly groupId: string
  readonly member: Member
  readonly rights: GroupRights
}

const MemberMenu = ({ groupId, member, rights }: MemberMenuProps) => {
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
  ]
  if (items.length === 0) return null
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button type="text" icon={<EllipsisOutlined aria-hidden />} aria-label={`${t('more')}: ${member.name}`} />
    </Dropdown>
  )
}
