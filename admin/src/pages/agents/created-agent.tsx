import type { OutputOf } from '@mchat/sdk'
import { Button, Flex, Modal, Typography } from 'antd'
import { type ReactNode, useState } from 'react'
import { COPYABLE } from '../../components/copyable.ts'
import { CredentialsDialog } from '../../components/credentials-dialog.tsx'
import { useTexts } from '../../language/language.ts'
import type { ProfileValues } from './profile-values.ts'
import { agentTexts } from './texts.ts'

export interface CreatedAgent extends OutputOf<'employee.create'> {
  readonly connector: ProfileValues['connector']
  readonly isKeySet: boolean
}

interface CreatedAgentDialogProps {
  readonly created: CreatedAgent
  readonly onClose: () => void
  readonly onTest: () => void
}

const Step = ({ children, title }: { readonly title: string; readonly children: ReactNode }) => (
  <li style={{ marginBottom: 16 }}>
    <Typography.Text strong>{title}</Typography.Text>
    <Flex vertical gap={8} align="start" style={{ marginTop: 4 }}>
      {children}
    </Flex>
  </li>
)

/** What is to be done with a new agent; its secrets are shown here and never again. */
export const CreatedAgentDialog = ({ created, onClose, onTest }: CreatedAgentDialogProps) => {
  const t = useTexts(agentTexts)
  const [isCredentialOpen, setCredentialOpen] = useState(false)
  const { connector, isKeySet, name, webhook_secret } = created
  return (
    <>
      <Modal
        open
        title={t('created', { name })}
        onCancel={onClose}
        mask={{ closable: false }}
        keyboard={false}
        width={600}
        footer={
          <Flex gap={8} justify="flex-end" wrap>
            <Button onClick={onClose}>{t('close')}</Button>
            <Button type="primary" onClick={onTest}>
              {t('toBench')}
            </Button>
          </Flex>
        }
      >
        <Typography.Paragraph type="secondary">{t('createdAbout')}</Typography.Paragraph>
        <ol style={{ margin: 0, paddingInlineStart: 20 }}>
          {connector === 'webhook' && (
            <Step title={t('secretTitle')}>
              <span>{webhook_secret === undefined ? t('secretWithheld') : t('secretAbout')}</span>
              {webhook_secret !== undefined && (
                <Typography.Text code copyable={COPYABLE} style={{ wordBreak: 'break-all' }}>
                  {webhook_secret}
                </Typography.Text>
              )}
            </Step>
          )}
          {connector === 'openai' && (
            <Step title={t('keyTitle')}>
              <span>{isKeySet ? t('keySet') : t('keyMissing')}</span>
            </Step>
          )}
          <Step title={t('credentialTitle')}>
            <span>{connector === 'mqtt' ? t('credentialAboutMqtt') : t('credentialAbout')}</span>
            <Button onClick={() => setCredentialOpen(true)}>{t('showCredential')}</Button>
          </Step>
          <Step title={t('tryTitle')}>
            <span>{t('tryAbout')}</span>
          </Step>
        </ol>
      </Modal>
      <CredentialsDialog
        credentials={isCredentialOpen ? created : undefined}
        onClose={() => setCredentialOpen(false)}
      />
    </>
  )
}
