import { Alert, Form, Input, type InputRef, Modal, Typography } from 'antd'
import { useRef, useSyncExternalStore } from 'react'
import { defineTexts, useTexts } from '../language/language.ts'
import { secondFactor } from './connection-context.tsx'

const texts = defineTexts('second-factor', {
  en: {
    title: 'Confirm it is you',
    about: 'This needs a second factor:',
    totp: 'Enter the six digits that your authenticator app shows, or a recovery code.',
    inbox_one: 'A code was sent to your other device. Open MChat there and enter the code here.',
    inbox_other: 'A code was sent to your {{count}} other devices. Open MChat there and enter the code here.',
    code: 'Code',
    missing: 'Enter the code.',
    confirm: 'Confirm',
    cancel: 'Cancel',
  },
  'zh-CN': {
    title: '请确认是您本人',
    about: '此操作需要二次验证：',
    totp: '请输入身份验证器显示的六位数字，或一个恢复码。',
    inbox_other: '验证码已发送到您的另外 {{count}} 台设备，请在设备上打开 MChat 查看，并在此输入。',
    code: '验证码',
    missing: '请输入验证码。',
    confirm: '确认',
    cancel: '取消',
  },
})

/** Asks for the second factor of whatever needs one; there is one of it on the page. */
export const SecondFactorDialog = () => {
  const asked = useSyncExternalStore(secondFactor.subscribe, () => secondFactor.asked)
  const t = useTexts(texts)
  const [form] = Form.useForm<{ code: string }>()
  const input = useRef<InputRef>(null)
  const challenge = asked?.challenge
  return (
    <Modal
      open={asked !== undefined}
      title={t('title')}
      okText={t('confirm')}
      cancelText={t('cancel')}
      onOk={() => form.submit()}
      onCancel={() => asked?.giveUp()}
      afterOpenChange={(isOpen) => isOpen && input.current?.focus()}
      mask={{ closable: false }}
      destroyOnHidden
      width={420}
    >
      {challenge !== undefined && (
        <Form
          form={form}
          layout="vertical"
          preserve={false}
          requiredMark={false}
          onFinish={({ code }) => asked?.answer(code.trim())}
        >
          <Typography.Paragraph>
            {t('about')} <Typography.Text code>{challenge.action}</Typography.Text>
          </Typography.Paragraph>
          <Alert
            type="info"
            style={{ marginBottom: 16 }}
            title={challenge.method === 'totp' ? t('totp') : t('inbox', { count: challenge.sent_to.length })}
          />
          <Form.Item
            name="code"
            label={t('code')}
            rules={[{ required: true, whitespace: true, message: t('missing') }]}
          >
            <Input ref={input} autoComplete="one-time-code" maxLength={64} size="large" />
          </Form.Item>
        </Form>
      )}
    </Modal>
  )
}
