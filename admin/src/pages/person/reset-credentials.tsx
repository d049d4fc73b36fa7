import { LIMITS } from '@mchat/schema/limits'
import type { Credentials, Employee } from '@mchat/sdk'
import { Alert, Form, InputNumber, Select } from 'antd'
import { useEmployeeResetCredentials } from '../../calls/employee-reset-credentials.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { defineTexts, useTexts } from '../../language/language.ts'

const texts = defineTexts('reset-credentials', {
  en: {
    title: 'Reset the credentials of {{name}}',
    about: 'A new credential is made and shown once. All the old ones, of devices too, stop working.',
    overlap: 'When the old ones end',
    overlapAbout: 'Later, if devices have to be changed over one by one. At once, if a credential has leaked.',
    now: 'At once',
    hour: 'In an hour',
    day: 'In a day',
    week: 'In a week',
    days: 'Days until the new one ends',
    daysAbout: 'Empty: as the deployment has it.',
    submit: 'Reset',
  },
  'zh-CN': {
    title: '重置 {{name}} 的凭证',
    about: '将生成新的凭证并仅显示一次。所有旧凭证（包括各设备的凭证）都将失效。',
    overlap: '旧凭证失效时间',
    overlapAbout: '如需逐台更换设备，可稍后失效；如凭证已泄露，请立即失效。',
    now: '立即',
    hour: '一小时后',
    day: '一天后',
    week: '一周后',
    days: '新凭证有效天数',
    daysAbout: '留空则按系统默认。',
    submit: '重置',
  },
})

interface ResetValues {
  readonly overlap_minutes: number
  readonly expires_in_days?: number | null
}

interface ResetCredentialsProps {
  readonly person: Employee
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onReset: (credentials: Credentials) => void
}

const HOUR = 60

export const ResetCredentials = ({ isOpen, onClose, onReset, person }: ResetCredentialsProps) => {
  const t = useTexts(texts)
  const [form] = Form.useForm<ResetValues>()
  const reset = useEmployeeResetCredentials()
  return (
    <FormDrawer<ResetValues, Credentials>
      title={t('title', { name: person.name })}
      isOpen={isOpen}
      form={form}
      submitText={t('submit')}
      initialValues={{ overlap_minutes: 0 }}
      onSubmit={({ expires_in_days, overlap_minutes }) =>
        reset.mutateAsync({
          employee_id: person.employee_id,
          overlap_minutes,
          ...(typeof expires_in_days === 'number' ? { expires_in_days } : {}),
        })
      }
      onDone={onReset}
      onClose={onClose}
    >
      <Alert type="warning" showIcon title={t('about')} style={{ marginBottom: 16 }} />
      <Form.Item name="overlap_minutes" label={t('overlap')} extra={t('overlapAbout')}>
        <Select
          options={[
            { value: 0, label: t('now') },
            { value: HOUR, label: t('hour') },
            { value: 24 * HOUR, label: t('day') },
            { value: 7 * 24 * HOUR, label: t('week') },
          ]}
        />
      </Form.Item>
      <Form.Item name="expires_in_days" label={t('days')} extra={t('daysAbout')}>
        <InputNumber min={1} max={LIMITS.credentialDaysAtMost} precision={0} style={{ width: '100%' }} />
      </Form.Item>
    </FormDrawer>
  )
}
