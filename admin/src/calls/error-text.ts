import {
  ClientClosedError,
  type FieldError,
  NotConnectedError,
  RequestRejectedError,
  RequestTimeoutError,
  StoreError,
} from '@mchat/sdk'
import type { FormInstance } from 'antd'
import { useCallback } from 'react'
import { defineTexts, useLanguage, useTexts } from '../language/language.ts'
import { useFieldErrorText } from './field-rule-texts.ts'
import { reasonText } from './reason-text.ts'

const texts = defineTexts('errors', {
  en: {
    notConnected: 'There is no connection. Nothing was sent; what you entered is still here.',
    timeout: 'No answer came, so it is not known whether it was done. Try again: it will not be done twice.',
    closed: 'You are signed out.',
    store: 'The file store could not be reached.',
    unexpected: 'Something went wrong: {{message}}',
    challengeFailed: 'The second factor was not confirmed, so nothing was done. You can begin again.',
    challengeUnavailable:
      'This needs a second factor, and you have none yet. Set up an authenticator app under “My account”, or sign in on another device.',
  },
  'zh-CN': {
    notConnected: '连接已断开，尚未发送，您填写的内容仍在。',
    timeout: '没有收到答复，无法确定是否已执行。请重试，不会重复执行。',
    closed: '您已退出登录。',
    store: '无法连接文件存储。',
    unexpected: '出现问题：{{message}}',
    challengeFailed: '二次验证未通过，操作未执行，您可以重新开始。',
    challengeUnavailable: '此操作需要二次验证，而您尚未设置。请在“我的账号”中绑定身份验证器，或在另一台设备上登录。',
  },
})

/** A sentence for people: what failed, and what that means for what they were doing. */
export const useErrorText = (): ((error: unknown) => string) => {
  const t = useTexts(texts)
  const language = useLanguage()
  const fieldText = useFieldErrorText()
  return useCallback(
    (error: unknown) => {
      if (error instanceof NotConnectedError) return t('notConnected')
      if (error instanceof RequestTimeoutError) return t('timeout')
      if (error instanceof ClientClosedError) return t('closed')
      if (error instanceof StoreError) return t('store')
      if (error instanceof RequestRejectedError) {
        // A code that was wrong was asked for again; here all its tries are over.
        if (error.reason === 'challenge_failed' && error.action !== 'auth.totp_confirm') return t('challengeFailed')
        if (error.reason === 'challenge_unavailable') return t('challengeUnavailable')
        const fields = error.fields.map((each) => `${each.field}: ${fieldText(each)}`).join(' ')
        return [reasonText(error.reason, language) ?? error.message, fields].filter((part) => part !== '').join(' ')
      }
      return t('unexpected', { message: error instanceof Error ? error.message : String(error) })
    },
    [fieldText, language, t],
  )
}

/**
 * Shows what was refused beside the fields of a form, and scrolls to the first of them.
 * @param fieldText from `useFieldErrorText`
 * @param nameOf the form's name of a field of the request, where that is another one
 * @returns whether all of it could be shown there
 */
export const showFieldErrors = (
  form: FormInstance,
  error: unknown,
  fieldText: (error: FieldError) => string,
  nameOf: (field: string) => string | readonly (string | number)[] = (field) => field.split('.'),
): boolean => {
  if (!(error instanceof RequestRejectedError) || error.fields.length === 0) return false
  const known = error.fields
    .map((each) => ({ name: [nameOf(each.field)].flat(), errors: [fieldText(each)] }))
    .filter(({ name }) => form.getFieldInstance(name) !== undefined || form.isFieldTouched(name))
  form.setFields(known.map(({ errors, name }) => ({ name: name as never, errors })))
  if (known[0] !== undefined) form.scrollToField(known[0].name)
  return known.length === error.fields.length
}
