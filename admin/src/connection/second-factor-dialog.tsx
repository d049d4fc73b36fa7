import type { Challenge } from '@mchat/sdk'
import { Alert, App, Form, Input, type InputRef, Modal, Typography } from 'antd'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { defineTexts, useTexts } from '../language/language.ts'
import { secondFactor, useClient } from './connection-context.tsx'
import { typedCode } from './typed-code.ts'
import { type Sensitive, useSensitiveText, useTargetName } from './use-sensitive-text.ts'

const texts = defineTexts('second-factor', {
  en: {
    title: 'Confirm it is you',
    about: 'This needs a second factor:',
    totp: 'Enter the six digits that your authenticator app shows, or a recovery code.',
    inbox_one: 'A code was sent to your other device. Open MChat there and enter the code here.',
    inbox_other: 'A code was sent to your {{count}} other devices. Open MChat there and enter the code here.',
    notAtHand:
      'None of them at hand? Sign out under “My account” the devices that are gone, and ask again. An administrator can do it for you.',
    self: 'You have no other device, so the code was sent to this one.',
    code: 'Code',
    missing: 'Enter the code.',
    refusedTotp_one:
      'That code was not accepted. Check it, or wait for the next one: each code works once. {{count}} try left.',
    refusedTotp_other:
      'That code was not accepted. Check it, or wait for the next one: each code works once. {{count}} tries left.',
    refusedInbox_one: 'That is not the code that was sent. {{count}} try left.',
    refusedInbox_other: 'That is not the code that was sent. {{count}} tries left.',
    expiredTotp: 'That took too long. Enter the code that the app shows now.',
    expiredInbox: 'That took too long. A new code was sent: enter that one.',
    confirm: 'Confirm',
    cancel: 'Cancel',
    asked: 'Another of your devices asks for a code',
    askedAbout:
      '{{client}} wants to do this: {{what}}. Enter {{code}} there if it was you who asked for it; tell nobody.',
  },
  'zh-CN': {
    title: '请确认是您本人',
    about: '此操作需要二次验证：',
    totp: '请输入身份验证器显示的六位数字，或一个恢复码。',
    inbox_other: '验证码已发送到您的另外 {{count}} 台设备，请在设备上打开 MChat 查看，并在此输入。',
    notAtHand: '设备都不在身边？请在“我的账号”中将不再使用的设备退出登录，然后重试；也可以请管理员代为操作。',
    self: '您没有其他设备，验证码已发送到本设备。',
    code: '验证码',
    missing: '请输入验证码。',
    refusedTotp_other: '验证码未通过。请核对，或等待应用显示下一个：每个验证码只能使用一次。还可尝试 {{count}} 次。',
    refusedInbox_other: '验证码与发送的不一致，还可尝试 {{count}} 次。',
    expiredTotp: '等待时间过长，请输入应用当前显示的验证码。',
    expiredInbox: '等待时间过长，新的验证码已发送，请输入新验证码。',
    confirm: '确认',
    cancel: '取消',
    asked: '您的另一台设备请求验证码',
    askedAbout: '{{client}} 请求执行：{{what}}。如确为您本人操作，请在该设备上输入 {{code}}；切勿告诉他人。',
  },
})

/**
 * Asks for the second factor of whatever needs one; there is one of it on the page. Codes that other devices ask for are
 * shown here, too.
 */
export const SecondFactorDialog = () => {
  const asked = useSyncExternalStore(secondFactor.subscribe, () => secondFactor.asked)
  const t = useTexts(texts)
  const wordsOf = useSensitiveText()
  const client = useClient()
  const { notification } = App.useApp()
  const [form] = Form.useForm<{ code: string }>()
  const input = useRef<InputRef>(null)
  /** By challenge_id: what this device was told itself, perhaps before it is asked for. */
  const heard = useRef(new Map<string, string>())
  const challenge = asked?.challenge
  const isSelf = challenge?.sent_to.every((clientId) => clientId === client.clientId) === true

  useEffect(
    () =>
      client.on('challenge', ({ challenge_id, code, for_action, for_target, requested_by }) => {
        // Without another device the deployment may send the code to the very one that asked.
        if (requested_by === client.clientId) {
          heard.current.set(challenge_id, code)
          if (secondFactor.asked?.challenge.challenge_id === challenge_id) form.setFieldValue('code', code)
        } else {
          notification.warning({
            title: t('asked'),
            description: t('askedAbout', {
              client: requested_by,
              what: wordsOf({ action: for_action, target: for_target }),
              code,
            }),
            duration: 0,
          })
        }
      }),
    [client, form, notification, t, wordsOf],
  )
  // What was entered was for one of those that wait, and not for the next; a slip of the finger is mended where it is.
  useEffect(() => {
    if (challenge === undefined || challenge.failed === 'code_refused') return
    form.resetFields()
    form.setFieldValue('code', heard.current.get(challenge.challenge_id))
    heard.current.delete(challenge.challenge_id)
  }, [challenge, form])
  useEffect(() => {
    if (challenge?.failed === undefined) return
    const { failed, method, triesLeft } = challenge
    const refused = t(method === 'totp' ? 'refusedTotp' : 'refusedInbox', { count: triesLeft })
    const expired = t(method === 'totp' ? 'expiredTotp' : 'expiredInbox')
    form.setFields([{ name: 'code', errors: [failed === 'expired' ? expired : refused] }])
    input.current?.focus({ cursor: 'all' })
  }, [challenge, form, t])
  return (
    <Modal
      open={asked !== undefined}
      title={t('title')}
      okText={t('confirm')}
      cancelText={t('cancel')}
      onOk={() => form.submit()}
      onCancel={() => asked?.giveUp()}
      confirmLoading={asked?.isChecked === true}
      afterOpenChange={(isOpen) => isOpen && input.current?.focus()}
      afterClose={() => form.resetFields()}
      mask={{ closable: false }}
      width={420}
    >
      <Form
        name="second-factor"
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={({ code }) => {
          if (asked?.isChecked === false) asked.answer(typedCode(code))
        }}
      >
        {challenge !== undefined && (
          <>
            <Typography.Paragraph>
              {t('about')} <WhatIsAsked challenge={challenge} />
            </Typography.Paragraph>
            <Alert
              type="info"
              style={{ marginBottom: 16 }}
              title={
                challenge.method === 'totp'
                  ? t('totp')
                  : isSelf
                    ? t('self')
                    : t('inbox', { count: challenge.sent_to.length })
              }
              description={challenge.method === 'inbox' && !isSelf ? t('notAtHand') : undefined}
            />
          </>
        )}
        <Form.Item name="code" label={t('code')} rules={[{ required: true, whitespace: true, message: t('missing') }]}>
          <Input ref={input} autoComplete="one-time-code" maxLength={64} size="large" />
        </Form.Item>
      </Form>
    </Modal>
  )
}

const WhatIsAsked = ({ challenge: { action, input } }: { readonly challenge: Challenge }) => {
  const wordsOf = useSensitiveText()
  const { employee_id, group_id } = input as { readonly employee_id?: string; readonly group_id?: string }
  const about: Sensitive = { action, target: employee_id ?? group_id, input }
  const target = useTargetName(about)
  return <Typography.Text strong>{wordsOf({ ...about, target })}</Typography.Text>
}
