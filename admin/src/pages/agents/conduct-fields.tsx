import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import { Button, Flex, Form, InputNumber, Select, Typography } from 'antd'
import { PersonSelect } from '../../components/person-select.tsx'
import { WordsSelect } from '../../components/words-select.tsx'
import { useTexts } from '../../language/language.ts'
import { DepartmentsSelect } from './departments-select.tsx'
import { GroupsSelect } from './groups-select.tsx'
import { profileTexts } from './profile-texts.ts'
import { CONTEXTS, POLICIES } from './profile-values.ts'

/** In which groups, and at what, an agent is called. */
export const TriggerFields = () => {
  const t = useTexts(profileTexts)
  const policies = POLICIES.map((value) => ({ value, label: t(`policy_${value}`) }))
  return (
    <>
      <Typography.Paragraph type="secondary">{t('triggersAbout')}</Typography.Paragraph>
      <Form.Item name="group_policy" label={t('policy')}>
        <Select options={policies} />
      </Form.Item>
      <Form.Item name="trigger_keywords" label={t('keywords')} extra={t('keywordsAbout')}>
        <WordsSelect most={LIMITS.keywords} />
      </Form.Item>
      <Form.Item label={t('policies')}>
        <Form.List name="group_policies">
          {(fields, { add, remove }) => (
            <Flex vertical gap={8}>
              {fields.map(({ key, name }) => (
                <Flex key={key} gap={8} align="start">
                  <Form.Item
                    name={[name, 'group_id']}
                    rules={[{ required: true, message: t('groupMissing') }]}
                    style={{ flex: 1, minWidth: 0, marginBottom: 0 }}
                  >
                    <GroupsSelect aria-label={t('group')} />
                  </Form.Item>
                  <Form.Item name={[name, 'policy']} style={{ flex: 1, minWidth: 0, marginBottom: 0 }}>
                    <Select aria-label={t('policy')} options={policies} />
                  </Form.Item>
                  <Button
                    type="text"
                    icon={<DeleteOutlined aria-hidden />}
                    aria-label={t('removePolicy')}
                    onClick={() => remove(name)}
                  />
                </Flex>
              ))}
              <Button
                type="dashed"
                icon={<PlusOutlined aria-hidden />}
                disabled={fields.length >= LIMITS.agentAllowed}
                onClick={() => add({ policy: 'mention' })}
              >
                {t('addPolicy')}
              </Button>
            </Flex>
          )}
        </Form.List>
      </Form.Item>
      <Form.Item name="auto_join_groups" label={t('autoJoin')} extra={t('autoJoinAbout')}>
        <GroupsSelect mode="multiple" />
      </Form.Item>
    </>
  )
}

/** Whom it answers. */
export const AllowedFields = () => {
  const t = useTexts(profileTexts)
  return (
    <>
      <Typography.Paragraph type="secondary">{t('whoAbout')}</Typography.Paragraph>
      <Form.Item name="allowed_users" label={t('users')}>
        <PersonSelect mode="multiple" />
      </Form.Item>
      <Form.Item name="allowed_departments" label={t('departments')} extra={t('departmentsAbout')}>
        <DepartmentsSelect />
      </Form.Item>
      <Form.Item name="allowed_groups" label={t('groups')} extra={t('groupsAbout')}>
        <GroupsSelect mode="multiple" />
      </Form.Item>
    </>
  )
}

export const LimitFields = () => {
  const t = useTexts(profileTexts)
  const fields = [
    {
      ...{ name: 'response_timeout', label: t('timeout'), min: 1, max: LIMITS.agentTimeoutSecondsAtMost },
      ...{ unit: t('seconds'), about: t('timeoutAbout', { count: LIMITS.agentTimeoutSeconds }), precision: 0 },
    },
    {
      ...{ name: 'qps_limit', label: t('qps'), min: 0.1, max: LIMITS.agentCallsPerSecondAtMost, precision: 1 },
      about: t('perDefault', { count: LIMITS.agentCallsPerSecond }),
    },
    {
      ...{ name: 'max_concurrency', label: t('concurrency'), min: 1, max: LIMITS.agentConcurrencyAtMost, precision: 0 },
      about: t('perDefault', { count: LIMITS.agentConcurrency }),
    },
    {
      ...{ name: 'daily_call_limit', label: t('daily'), min: 1, max: LIMITS.agentDailyCallsAtMost, precision: 0 },
      about: t('dailyAbout'),
    },
  ] as const
  return (
    <div style={{ display: 'grid', columnGap: 16, gridTemplateColumns: 'repeat(auto-fit, minmax(200px, 1fr))' }}>
      {fields.map((field) => (
        <Form.Item key={field.name} name={field.name} label={field.label} extra={field.about}>
          <InputNumber
            min={field.min}
            max={field.max}
            precision={field.precision}
            {...('unit' in field ? { suffix: field.unit } : {})}
            style={{ width: '100%' }}
          />
        </Form.Item>
      ))}
    </div>
  )
}

export const HandoverFields = ({ names }: { readonly names?: Readonly<Record<string, string>> }) => {
  const t = useTexts(profileTexts)
  return (
    <>
      <Form.Item
        name="handoff_to"
        label={t('handoff')}
        extra={t('handoffAbout')}
        rules={[{ type: 'array', max: LIMITS.agentHandoffs }]}
      >
        <PersonSelect mode="multiple" only="people" {...(names === undefined ? {} : { names })} />
      </Form.Item>
      <Form.Item name="context" label={t('context')}>
        <Select options={CONTEXTS.map((value) => ({ value, label: t(`context_${value}`) }))} />
      </Form.Item>
    </>
  )
}
