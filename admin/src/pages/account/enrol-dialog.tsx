import { Alert, Button, Flex, Form, Input, Modal, QRCode, Typography } from 'antd'
import { useAuthTotpConfirm } from '../../calls/auth-totp-confirm.ts'
import { useErrorText } from '../../calls/error-text.ts'
import { COPYABLE } from '../../components/copyable.ts'
import { downloadText } from '../../components/download-text.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import { useTexts } from '../../language/language.ts'
import { accountTexts } from './texts.ts'

interface EnrolDialogProps {
  /** null: it was shown before. */
  readonly secretUrl: string | null
  readonly onClose: () => void
}

/** Shows the secret once, proves that the app has it, then shows the recovery codes once. */
export const EnrolDialog = ({ onClose, secretUrl }: EnrolDialogProps) => {
  const t = useTexts(accountTexts)
  const textOf = useErrorText()
  const confirm = useAuthTotpConfirm()
  const [form] = Form.useForm<{ code: string }>()
  const codes = confirm.data?.recovery_codes
  if (confirm.data !== undefined) return <RecoveryCodes codes={codes ?? []} onClose={onClose} />
  const secret = secretUrl === null ? null : new URL(secretUrl).searchParams.get('secret')
  return (
    <Modal
      open
      title={t('authenticator')}
      okText={t('confirm')}
      cancelText={t('cancel')}
      onOk={() => form.submit()}
      onCancel={onClose}
      okButtonProps={{ loading: confirm.isPending, disabled: secretUrl === null }}
      mask={{ closable: false }}
    >
      {secretUrl === null ? (
        <Alert type="warning" showIcon title={t('withheld')} />
      ) : (
        <Form
          name="authenticator"
          form={form}
          layout="vertical"
          requiredMark={false}
          onFinish={({ code }) => confirm.mutate({ code })}
        >
          <Flex vertical align="center" gap={8} style={{ marginBottom: 16 }}>
            <Typography.Text>{t('scan')}</Typography.Text>
            <QRCode value={secretUrl} size={200} type="svg" />
            <Typography.Text type="secondary">{t('typed')}</Typography.Text>
            <Typography.Text code copyable={COPYABLE} style={{ wordBreak: 'break-all' }}>
              {secret}
            </Typography.Text>
          </Flex>
          {confirm.error !== null && (
            <Alert type="error" showIcon role="alert" title={textOf(confirm.error)} style={{ marginBottom: 16 }} />
          )}
          <Form.Item
            name="code"
            label={t('code')}
            extra={t('codeAbout')}
            rules={[{ required: true, pattern: /^\d{6}$/, message: t('codeWrong') }]}
          >
            <Input autoComplete="one-time-code" inputMode="numeric" maxLength={6} size="large" autoFocus />
          </Form.Item>
        </Form>
      )}
    </Modal>
  )
}

const RecoveryCodes = ({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) => {
  const t = useTexts(accountTexts)
  const attempt = useAttempt()
  const text = `${codes.join('\n')}\n`
  return (
    <Modal
      open
      title={t('codes')}
      closable={false}
      mask={{ closable: false }}
      footer={
        <Button type="primary" onClick={onClose}>
          {t('kept')}
        </Button>
      }
    >
      <Flex vertical gap={16}>
        <Alert type="warning" showIcon title={t('codesAbout')} />
        <ul style={{ columns: 2, margin: 0, paddingInlineStart: 20 }}>
          {codes.map((code) => (
            <li key={code}>
              <Typography.Text code>{code}</Typography.Text>
            </li>
          ))}
        </ul>
        <Flex gap={8}>
          {/* Over plain HTTP a browser lends its clipboard to nobody. */}
          {window.isSecureContext && (
            <Button onClick={() => void attempt(() => navigator.clipboard.writeText(text), t('copied'))}>
              {t('copy')}
            </Button>
          )}
          <Button onClick={() => downloadText('mchat-recovery-codes.txt', 'text/plain', text)}>{t('download')}</Button>
        </Flex>
      </Flex>
    </Modal>
  )
}
