import { KeyOutlined } from '@ant-design/icons'
import type { Credentials, Employee } from '@mchat/sdk'
import { App, Button, Card, Flex, Typography } from 'antd'
import { useState } from 'react'
import { useEmployeeResetCredentials } from '../../calls/employee-reset-credentials.ts'
import { CredentialsDialog } from '../../components/credentials-dialog.tsx'
import { useAttempt } from '../../components/use-attempt.ts'
import { useTexts } from '../../language/language.ts'
import { ApiKeyForm } from './api-key-form.tsx'
import { operationTexts } from './operations-texts.ts'
import { SigningSecretForm } from './signing-secret-form.tsx'

/** What the agent and MChat know each other by. Nothing of it can be looked at; all of it can be replaced. */
export const AgentSecrets = ({ agent }: { readonly agent: Employee }) => {
  const t = useTexts(operationTexts)
  const [open, setOpen] = useState<'signing' | 'key'>()
  const { connector = 'webhook' } = agent.agent_profile ?? {}
  const close = (): void => setOpen(undefined)
  return (
    <Flex vertical gap={16}>
      {connector === 'webhook' && (
        <Card title={t('signing')}>
          <Flex vertical gap={12} align="start">
            <Typography.Text type="secondary">{t('signingAbout')}</Typography.Text>
            <Button icon={<KeyOutlined aria-hidden />} aria-haspopup="dialog" onClick={() => setOpen('signing')}>
              {t('newSigning')}
            </Button>
          </Flex>
          <SigningSecretForm agentId={agent.employee_id} isOpen={open === 'signing'} onClose={close} />
        </Card>
      )}
      {connector === 'openai' && (
        <Card title={t('apiKey')}>
          <Flex vertical gap={12} align="start">
            <Typography.Text type="secondary">{t('apiKeyAbout')}</Typography.Text>
            <Button icon={<KeyOutlined aria-hidden />} aria-haspopup="dialog" onClick={() => setOpen('key')}>
              {t('setKey')}
            </Button>
          </Flex>
          <ApiKeyForm agentId={agent.employee_id} isOpen={open === 'key'} onClose={close} />
        </Card>
      )}
      {agent.status === 'active' && <MqttCredential agent={agent} />}
    </Flex>
  )
}

const MqttCredential = ({ agent: { employee_id, name } }: { readonly agent: Employee }) => {
  const t = useTexts(operationTexts)
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const reset = useEmployeeResetCredentials()
  const [credentials, setCredentials] = useState<Credentials>()
  const make = (): void => {
    void modal.confirm({
      title: t('newCredentialTitle', { name }),
      content: t('newCredentialAbout'),
      okText: t('newCredential'),
      cancelText: t('cancel'),
      // The second factor is asked in a dialogue of its own, above a page and not above this one.
      onOk: () => {
        void attempt(() => reset.mutateAsync({ employee_id })).then(setCredentials)
      },
    })
  }
  return (
    <Card title={t('mqttCredential')}>
      <Flex vertical gap={12} align="start">
        <Typography.Text type="secondary">{t('mqttCredentialAbout')}</Typography.Text>
        <Button icon={<KeyOutlined aria-hidden />} loading={reset.isPending} aria-haspopup="dialog" onClick={make}>
          {t('newCredential')}
        </Button>
      </Flex>
      <CredentialsDialog credentials={credentials} onClose={() => setCredentials(undefined)} />
    </Card>
  )
}
