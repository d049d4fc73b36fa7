import { Alert, Flex, Form, Input, Modal, QRCode, Typography } from 'antd'
import { useAuthTotpConfirm } from '../../calls/auth-totp-confirm.ts'
import { useErrorText } from '../../calls/error-text.ts'
import { COPYABLE } from '../../components/copyable.ts'
import { typedCode } from '../../connection/typed-code.ts'
import { useTexts } from '../../language/language.ts'
import { RecoveryCodes } from './recovery-codes.tsx'
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
  if (confirm.data !== undefined) return <RecoveryCodes codes={confirm.data.recovery_codes} onClose={onClose} />
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
          onFinish={({ code }) => confirm.mutate({ code: typedCode(code) })}
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
            rules={[{ required: true, pattern: /^\d{6}$/, transform: typedCode, message: t('codeWrong') }]}
          >
            <Input autoComplete="one-time-code" inputMode="numeric" maxLength={32} size="large" autoFocus />
          </Form.Item>
        </Form>
      )}
    </Modal>
  )
}
