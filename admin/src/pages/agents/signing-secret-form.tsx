import type { OutputOf } from '@mchat/sdk'
import { Alert, App, Button, Form, Input, Modal, Select, Typography } from 'antd'
import { useState } from 'react'
import { useAgentSetSecret } from '../../calls/agent-set-secret.ts'
import { COPYABLE } from '../../components/copyable.ts'
import { FormDrawer } from '../../components/form-drawer.tsx'
import { formatTime, useLanguage, useTexts } from '../../language/language.ts'
import { operationTexts } from './operations-texts.ts'

interface SecretFormProps {
  readonly agentId: string
  readonly isOpen: boolean
  readonly onClose: () => void
}
interface SecretValues {
  readonly secret?: string
  readonly overlap_minutes: number
}

const HOUR = 60
const OVERLAPS = { overlapNone: 0, overlapHour: HOUR, overlapDay: 24 * HOUR, overlapWeek: 7 * 24 * HOUR } as const

/** Replaces what calls are signed with; a secret that was made is shown once. */
export const SigningSecretForm = ({ agentId, isOpen, onClose }: SecretFormProps) => {
  const t = useTexts(operationTexts)
  const language = useLanguage()
  const { message } = App.useApp()
  const [form] = Form.useForm<SecretValues>()
  const setSecret = useAgentSetSecret()
  const [made, setMade] = useState<OutputOf<'agent.set_secret'>>()
  const names = Object.keys(OVERLAPS) as (keyof typeof OVERLAPS)[]
  return (
    <>
      <FormDrawer<SecretValues, OutputOf<'agent.set_secret'>>
        title={t('newSigning')}
        submitText={t('newSigning')}
        isOpen={isOpen}
        form={form}
        initialValues={{ overlap_minutes: OVERLAPS.overlapDay }}
        onClose={onClose}
        onSubmit={({ overlap_minutes, secret = '' }) =>
          setSecret.mutateAsync({
            employee_id: agentId,
            kind: 'webhook',
            overlap_minutes,
            ...(secret.trim() === '' ? {} : { secret: secret.trim() }),
          })
        }
        onDone={(answer) => {
          onClose()
          if (answer.secret === undefined) void message.success(t('secretSet'))
          else setMade(answer)
        }}
      >
        <Form.Item name="overlap_minutes" label={t('overlap')} extra={t('overlapAbout')}>
          <Select options={names.map((name) => ({ value: OVERLAPS[name], label: t(name) }))} />
        </Form.Item>
        <Form.Item name="secret" label={t('ownSigning')} extra={t('ownSigningAbout')}>
          <Input.Password autoComplete="off" />
        </Form.Item>
      </FormDrawer>
      {made?.secret !== undefined && (
        <Modal
          open
          title={t('secretMade')}
          mask={{ closable: false }}
          keyboard={false}
          onCancel={() => setMade(undefined)}
          footer={
            <Button type="primary" onClick={() => setMade(undefined)}>
              {t('close')}
            </Button>
          }
        >
          <Alert type="warning" showIcon title={t('secretOnce')} style={{ marginBottom: 16 }} />
          <Typography.Paragraph code copyable={COPYABLE} style={{ wordBreak: 'break-all' }}>
            {made.secret}
          </Typography.Paragraph>
          {made.former_ends_at !== null && (
            <Typography.Text type="secondary">
              {t('formerEnds', { at: formatTime(made.former_ends_at, language) })}
            </Typography.Text>
          )}
        </Modal>
      )}
    </>
  )
}
