import { DEVICE_ID_PATTERN, ID_PATTERN, SECRET_PATTERN } from '@mchat/schema/ids'
import { LIMITS } from '@mchat/schema/limits'
import type { FormRule } from 'antd'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('field-rules', {
  en: {
    id: 'Letters, digits, “.”, “_” and “-”, up to 64; a letter or a digit first.',
    deviceId: 'Letters, digits, “.” and “-”, up to 32.',
    secret: 'Between {{least}} and {{most}} characters, without spaces.',
  },
  'zh-CN': {
    id: '可用字母、数字、“.”、“_”和“-”，以字母或数字开头，最多 64 个字符。',
    deviceId: '可用字母、数字、“.”和“-”，最多 32 个字符。',
    secret: '{{least}} 至 {{most}} 个字符，不含空格。',
  },
})

/** What the gateway asks of ids and secrets, told while they are typed in. What is empty is not judged. */
export const useFieldRules = (): Readonly<Record<'id' | 'deviceId' | 'secret', FormRule>> => {
  const t = useTexts(texts)
  const { agentSecretChars: most, agentSecretCharsAtLeast: least } = LIMITS
  const isSecret = (value: string): boolean =>
    new RegExp(SECRET_PATTERN).test(value) && value.length >= least && value.length <= most
  return {
    id: rule((value) => new RegExp(ID_PATTERN).test(value), t('id')),
    deviceId: rule((value) => new RegExp(DEVICE_ID_PATTERN).test(value), t('deviceId')),
    secret: rule(isSecret, t('secret', { least, most })),
  }
}

/** Spaces around it are cut off before it is sent. */
const rule = (isGood: (value: string) => boolean, message: string): FormRule => ({
  validator: (_, value: string | null | undefined) => {
    const said = (value ?? '').trim()
    return said === '' || isGood(said) ? Promise.resolve() : Promise.reject(new Error(message))
  },
})
