import { LIMITS } from '@mchat/schema/limits'
import type { FieldError } from '@mchat/sdk'
import { useCallback } from 'react'
import { defineTexts, formatNumber, useLanguage, useTexts } from '../language/language.ts'
import { fieldRuleOf } from './field-rule.ts'

/** What may stand in a field, as a person is told of it. */
export const fieldRuleTexts = defineTexts('field-rules', {
  en: {
    id: 'Letters, digits, “.”, “_” and “-”, up to 64; a letter or a digit first.',
    deviceId: 'Letters, digits, “.” and “-”, up to 32.',
    secret: 'Between {{least}} and {{most}} characters, without spaces.',
    form: 'The format is wrong.',
    tooLong: 'At most {{limit}} characters.',
    tooShort: 'At least {{limit}} characters.',
    tooMany: 'At most {{limit}} entries.',
    tooFew: 'At least {{limit}} entries.',
    missing: 'This is required.',
    choice: 'This cannot be chosen here.',
    kind: 'This value is not valid here.',
    atMost: 'At most {{limit}}.',
    atLeast: 'At least {{limit}}.',
    exists: 'Not found.',
    taken: 'This id is taken.',
  },
  'zh-CN': {
    id: '可用字母、数字、“.”、“_”和“-”，以字母或数字开头，最多 64 个字符。',
    deviceId: '可用字母、数字、“.”和“-”，最多 32 个字符。',
    secret: '{{least}} 至 {{most}} 个字符，不含空格。',
    form: '格式不正确。',
    tooLong: '最多 {{limit}} 个字符。',
    tooShort: '至少 {{limit}} 个字符。',
    tooMany: '最多 {{limit}} 项。',
    tooFew: '至少 {{limit}} 项。',
    missing: '此项必填。',
    choice: '此处不能选择该值。',
    kind: '此项的值无效。',
    atMost: '不能大于 {{limit}}。',
    atLeast: '不能小于 {{limit}}。',
    exists: '不存在。',
    taken: '此 ID 已被占用。',
  },
})

export const SECRET_LENGTHS = { least: LIMITS.agentSecretCharsAtLeast, most: LIMITS.agentSecretChars }

/** Why a field was refused: rules of the schema in the language of the reader, anything else in the gateway's words. */
export const useFieldErrorText = (): ((error: Pick<FieldError, 'message'>) => string) => {
  const t = useTexts(fieldRuleTexts)
  const language = useLanguage()
  return useCallback(
    (error) => {
      const found = fieldRuleOf(error)
      if (found === undefined) return error.message
      return t(found.rule, { limit: formatNumber(found.limit, language), ...SECRET_LENGTHS })
    },
    [language, t],
  )
}
