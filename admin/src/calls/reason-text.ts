import { ERRORS, type ErrorKey } from '@mchat/schema/errors'
import type { Language } from '../language/language.ts'

/** What an error says to whoever has asked. */
export const reasonText = (reason: string | undefined, language: Language): string | undefined => {
  const entry = reason !== undefined && Object.hasOwn(ERRORS, reason) ? ERRORS[reason as ErrorKey] : undefined
  return language === 'zh-CN' ? entry?.zh : entry?.en
}

/** Errors that speak to whoever has asked, told to somebody else. */
const TOLD: Partial<Record<ErrorKey, Readonly<Record<Language, string>>>> = {
  forbidden: { en: 'The permission is missing.', 'zh-CN': '缺少所需权限。' },
  not_group_member: { en: 'Only members of the group may do this.', 'zh-CN': '只有群组成员可以执行此操作。' },
  field_forbidden: {
    en: 'The permission to set some of the fields is missing.',
    'zh-CN': '缺少设置其中部分字段的权限。',
  },
  challenge_required: { en: 'It needs a second factor.', 'zh-CN': '需要二次验证。' },
  challenge_unavailable: {
    en: 'There was no second factor to ask for: neither an authenticator nor another device.',
    'zh-CN': '没有可用的二次验证方式：未绑定身份验证器，也没有其他设备。',
  },
  not_writer: { en: 'The message was written by somebody else.', 'zh-CN': '该消息由他人发送。' },
}

/** Why somebody else was refused, or would be. */
export const reasonOfOthers = (reason: string | undefined, language: Language): string | undefined =>
  (reason === undefined ? undefined : TOLD[reason as ErrorKey]?.[language]) ?? reasonText(reason, language)
