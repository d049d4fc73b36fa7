import { EditOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import type { Employee } from '@mchat/sdk'
import { Button, Card, Descriptions, Flex, Tag, Typography } from 'antd'
import { type ReactNode, useState } from 'react'
import { Link } from 'react-router'
import { useDepartmentList } from '../../calls/department-list.ts'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { PersonName } from '../../components/person-name.tsx'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { EditProfile } from './edit-profile.tsx'
import { FilterNote } from './filter-note.tsx'
import { profileTexts } from './profile-texts.ts'

const COLUMNS = { xs: 1, md: 2 }

const Words = ({ none, words }: { readonly words: readonly string[] | undefined; readonly none: string }) =>
  words === undefined || words.length === 0 ? (
    <Typography.Text type="secondary">{none}</Typography.Text>
  ) : (
    <Flex gap={4} wrap>
      {words.map((word) => (
        <Tag key={word}>{word}</Tag>
      ))}
    </Flex>
  )

/** Ids, each leading to where more is told. */
const Linked = ({
  ids,
  none,
  page,
}: {
  readonly ids: readonly string[] | undefined
  readonly none: string
  readonly page: 'people' | 'groups'
}): ReactNode =>
  ids === undefined || ids.length === 0 ? (
    <Typography.Text type="secondary">{none}</Typography.Text>
  ) : (
    <Flex gap={8} wrap>
      {ids.map((id) => (
        <Link key={id} to={`/console/${page}/${encodeURIComponent(id)}`}>
          {id}
        </Link>
      ))}
    </Flex>
  )

/** Everything of its profile, in the order of the form. */
export const AgentProfileTab = ({ agent }: { readonly agent: Employee }) => {
  const t = useTexts(profileTexts)
  const language = useLanguage()
  const [isEditing, setEditing] = useState(false)
  const manager = useEmployeeGet(agent.manager_id === null ? undefined : { employee_id: agent.manager_id })
  const departments = useDepartmentList({}).data
  const nameOf = (id: string): string => departments?.find(({ department_id }) => department_id === id)?.name ?? id
  const profile = agent.agent_profile ?? {}
  const { connector = 'webhook' } = profile
  const none = t('none')
  const number = (value: number): string => formatNumber(value, language)
  const isModel = connector === 'openai'
  return (
    <Flex vertical gap={16}>
      <Card
        title={t('identity')}
        extra={
          <Button
            type="primary"
            icon={<EditOutlined aria-hidden />}
            aria-haspopup="dialog"
            onClick={() => setEditing(true)}
          >
            {t('edit')}
          </Button>
        }
      >
        <Descriptions
          column={COLUMNS}
          items={[
            {
              key: 'manager',
              label: t('manager'),
              children:
                agent.manager_id === null ? (
                  none
                ) : manager.data === undefined ? (
                  agent.manager_id
                ) : (
                  <PersonName person={manager.data} />
                ),
            },
            {
              key: 'department',
              label: t('department'),
              children: agent.department_id === null ? none : nameOf(agent.department_id),
            },
            {
              key: 'skills',
              label: t('skills'),
              children: (
                <Words words={[...new Set([...agent.skills_badge, ...(profile.capabilities ?? [])])]} none={none} />
              ),
            },
          ]}
        />
      </Card>
      <Card title={t('reach')}>
        <Descriptions
          column={COLUMNS}
          items={[
            { key: 'connector', label: t('connector'), children: t(connector) },
            ...(connector === 'mqtt'
              ? []
              : [
                  {
                    key: 'endpoint',
                    label: isModel ? t('baseUrl') : t('endpoint'),
                    children: (
                      <Typography.Text
                        copyable={profile.webhook_endpoint !== undefined}
                        style={{ wordBreak: 'break-all' }}
                      >
                        {profile.webhook_endpoint ?? none}
                      </Typography.Text>
                    ),
                  },
                ]),
            { key: 'model', label: isModel ? t('model') : t('modelType'), children: profile.model_type ?? none },
            { key: 'stream', label: t('stream'), children: profile.stream === false ? t('no') : t('yes') },
            ...(isModel
              ? [
                  {
                    key: 'prompt',
                    label: t('prompt'),
                    span: 'filled' as const,
                    children: (
                      <Typography.Paragraph
                        ellipsis={{ rows: 6, expandable: 'collapsible' }}
                        style={{ whiteSpace: 'pre-wrap', margin: 0 }}
                      >
                        {profile.system_prompt ?? none}
                      </Typography.Paragraph>
                    ),
                  },
                ]
              : []),
          ]}
        />
      </Card>
      <Card title={t('triggers')}>
        <Descriptions
          column={COLUMNS}
          items={[
            { key: 'policy', label: t('policy'), children: t(`policy_${profile.group_policy ?? 'keyword'}`) },
            { key: 'keywords', label: t('keywords'), children: <Words words={profile.trigger_keywords} none={none} /> },
            {
              key: 'policies',
              label: t('policies'),
              children:
                (profile.group_policies ?? []).length === 0 ? (
                  <Typography.Text type="secondary">{none}</Typography.Text>
                ) : (
                  <Flex vertical gap={4}>
                    {profile.group_policies?.map(({ group_id, policy }) => (
                      <span key={group_id}>
                        <Link to={`/console/groups/${encodeURIComponent(group_id)}`}>{group_id}</Link>:{' '}
                        {t(`policy_${policy}`)}
                      </span>
                    ))}
                  </Flex>
                ),
            },
            {
              key: 'autoJoin',
              label: t('autoJoin'),
              children: <Linked ids={profile.auto_join_groups} page="groups" none={none} />,
            },
          ]}
        />
      </Card>
      <Card title={t('who')}>
        <Descriptions
          column={COLUMNS}
          items={[
            ...((profile.allowed_users ?? []).length + (profile.allowed_departments ?? []).length === 0
              ? [{ key: 'everybody', label: t('users'), children: t('everybody') }]
              : [
                  {
                    key: 'users',
                    label: t('users'),
                    children: <Linked ids={profile.allowed_users} page="people" none={none} />,
                  },
                  {
                    key: 'departments',
                    label: t('departments'),
                    children: <Words words={profile.allowed_departments?.map(nameOf)} none={none} />,
                  },
                ]),
            {
              key: 'groups',
              label: t('groups'),
              children: <Linked ids={profile.allowed_groups} page="groups" none={t('everyGroup')} />,
            },
          ]}
        />
      </Card>
      <Card title={t('limits')}>
        <Descriptions
          column={COLUMNS}
          items={[
            {
              key: 'timeout',
              label: t('timeout'),
              children: `${number(profile.response_timeout ?? LIMITS.agentTimeoutSeconds)} ${t('seconds')}`,
            },
            { key: 'qps', label: t('qps'), children: number(profile.qps_limit ?? LIMITS.agentCallsPerSecond) },
            {
              key: 'concurrency',
              label: t('concurrency'),
              children: number(profile.max_concurrency ?? LIMITS.agentConcurrency),
            },
            {
              key: 'daily',
              label: t('daily'),
              children: profile.daily_call_limit === undefined ? t('unlimited') : number(profile.daily_call_limit),
            },
          ]}
        />
      </Card>
      <Card title={t('handover')}>
        <Descriptions
          column={COLUMNS}
          items={[
            {
              key: 'handoff',
              label: t('handoff'),
              children: <Linked ids={profile.handoff_to} page="people" none={t('manager')} />,
            },
            { key: 'context', label: t('context'), children: t(`context_${profile.context ?? 'provided'}`) },
          ]}
        />
      </Card>
      <FilterNote agentId={agent.employee_id} />
      {isEditing && <EditProfile agent={agent} onClose={() => setEditing(false)} />}
    </Flex>
  )
}
