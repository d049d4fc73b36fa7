import type { Employee } from '@mchat/sdk'
import { App, Form, Typography } from 'antd'
import { useEmployeeDelete } from '../../calls/employee-delete.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { Asked } from '../../components/page-states.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import type { Directory } from '../../directory/directory.ts'
import { defineTexts, formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { usePersonGroups } from './groups-card.tsx'

const texts = defineTexts('leave-dialog', {
  en: {
    title: '{{name}} leaves',
    happens: 'What will happen',
    access: 'Every session ends at once, and all credentials stop working.',
    groups_one: 'They leave {{number}} group.',
    groups_other: 'They leave {{number}} groups.',
    groupsUnseen: 'They leave all their groups. You see only those that you are in yourself.',
    noGroups: 'They are in no group.',
    owned_one: '{{number}} of the groups is theirs and gets another owner: {{names}}.',
    owned_other: '{{number}} of the groups are theirs and get another owner: {{names}}.',
    ownedRule:
      'To whoever takes over, where they are in the group; else to its longest-serving admin or member. A group of nobody else is dismissed.',
    reports_one: '{{number}} person reports to somebody else: {{names}}.',
    reports_other: '{{number}} people report to somebody else: {{names}}.',
    reportsRule: 'To whoever takes over, or else to {{manager}}.',
    reportsNobody: 'To whoever takes over, or else to nobody.',
    noReports: 'Nobody reports to them.',
    kept: 'The profile stays, disabled, so that messages and the audit log still have a name.',
    successor: 'Who takes over',
    successorAbout: 'Gets their groups and reports. May be left empty.',
    instead: 'Only away for a while? Disable them instead: groups and reports stay as they are.',
    submit: 'Remove {{name}}',
    done: '{{name}} has left.',
    andMore: '{{names}} and {{number}} more',
  },
  'zh-CN': {
    title: '{{name}} 离职',
    happens: '将会发生',
    access: '所有会话立即结束，全部凭证随即失效。',
    groups_other: '退出 {{number}} 个群组。',
    groupsUnseen: '退出所在的全部群组。您只能看到自己所在的群组。',
    noGroups: '不在任何群组中。',
    owned_other: '其中 {{number}} 个群组将更换群主：{{names}}。',
    ownedRule: '若接替人在群内则由其担任，否则由任职最久的管理员或成员担任；没有其他成员的群组将解散。',
    reports_other: '{{number}} 名直接下属将更换上级：{{names}}。',
    reportsRule: '改为接替人，否则改为 {{manager}}。',
    reportsNobody: '改为接替人，否则无上级。',
    noReports: '没有直接下属。',
    kept: '资料将以停用状态保留，以便消息和审计日志仍可显示姓名。',
    successor: '接替人',
    successorAbout: '接管群组与下属，可留空。',
    instead: '只是暂时离开？请改用“停用”：群组与下属保持不变。',
    submit: '确认 {{name}} 离职',
    done: '{{name}} 已离职。',
    andMore: '{{names}} 等，另有 {{number}} 个',
  },
})

/** Of what is listed by name. */
const NAMED = 5

interface LeaveDialogProps {
  readonly person: Employee
  readonly directory: Directory
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Says what will happen before it is asked for; the second factor is asked for by the SDK then. */
export const LeaveDialog = ({ directory, isOpen, onClose, person }: LeaveDialogProps) => {
  const t = useTexts(texts)
  const { message } = App.useApp()
  const [form] = Form.useForm<{ hand_over_to?: string }>()
  const remove = useEmployeeDelete()
  const { employee_id, name } = person
  return (
    <FormDrawer<{ hand_over_to?: string }>
      title={t('title', { name })}
      isOpen={isOpen}
      form={form}
      submitText={t('submit', { name })}
      isDangerous
      onSubmit={({ hand_over_to }) =>
        remove.mutateAsync({ employee_id, ...(hand_over_to === undefined ? {} : { hand_over_to }) })
      }
      onDone={() => {
        onClose()
        void message.success(t('done', { name }))
      }}
      onClose={onClose}
    >
      <Typography.Title level={2} style={{ fontSize: 16, marginTop: 0 }}>
        {t('happens')}
      </Typography.Title>
      <Consequences person={person} directory={directory} />
      <Form.Item name="hand_over_to" label={t('successor')} extra={t('successorAbout')}>
        <PersonSelect only="people" allowClear except={[employee_id]} />
      </Form.Item>
      <Typography.Paragraph type="secondary">{t('instead')}</Typography.Paragraph>
    </FormDrawer>
  )
}

const Consequences = ({ directory, person }: Pick<LeaveDialogProps, 'directory' | 'person'>) => {
  const t = useTexts(texts)
  const language = useLanguage()
  const seesAll = usePermissions().has('group.manage')
  const query = usePersonGroups(person.employee_id)
  const reports = directory.reportsOf(person.employee_id)
  const manager = directory.person(person.manager_id)
  const number = (value: number): string => formatNumber(value, language)
  const listed = (names: readonly string[]): string => {
    const first = names.slice(0, NAMED).join(', ')
    return names.length > NAMED ? t('andMore', { names: first, number: number(names.length - NAMED) }) : first
  }
  return (
    <Asked query={query}>
      {(groups) => {
        const owned = groups.filter(({ member_role }) => member_role === 'owner')
        return (
          <ul style={{ paddingInlineStart: 20, lineHeight: 1.8 }}>
            <li>{t('access')}</li>
            <li>
              {!seesAll
                ? t('groupsUnseen')
                : groups.length === 0
                  ? t('noGroups')
                  : t('groups', { count: groups.length, number: number(groups.length) })}
            </li>
            {owned.length > 0 && (
              <li>
                {t('owned', {
                  count: owned.length,
                  number: number(owned.length),
                  names: listed(owned.map((group) => group.name)),
                })}{' '}
                {t('ownedRule')}
              </li>
            )}
            <li>
              {reports.length === 0 ? (
                t('noReports')
              ) : (
                <>
                  {t('reports', {
                    count: reports.length,
                    number: number(reports.length),
                    names: listed(reports.map((report) => report.name)),
                  })}{' '}
                  {manager === undefined ? t('reportsNobody') : t('reportsRule', { manager: manager.name })}
                </>
              )}
            </li>
            <li>{t('kept')}</li>
          </ul>
        )
      }}
    </Asked>
  )
}
