import { DEVICE_ID_PATTERN, ID_PATTERN, SECRET_PATTERN } from '@mchat/schema/ids'
import type { FormRule } from 'antd'
import { fieldRuleTexts, SECRET_LENGTHS } from '../calls/field-rule-texts.ts'
import { useTexts } from '../language/language.ts'

/** What the gateway asks of ids and secrets, told while they are typed in. What is empty is not judged. */
export const useFieldRules = (): Readonly<Record<'id' | 'deviceId' | 'secret', FormRule>> => {
  const t = useTexts(fieldRuleTexts)
  const { least, most } = SECRET_LENGTHS
  const isSecret = (value: string): boolean =>
    new RegExp(SECRET_PATTERN).test(value) && value.length >= least && value.length <= most
  return {
    id: rule((value) => new RegExp(ID_PATTERN).test(value), t('id')),
    deviceId: rule((value) => new RegExp(DEVICE_ID_PATTERN).test(value), t('deviceId')),
    secret: rule(isSecret, t('secret', SECRET_LENGTHS)),
  }
}

/** Spaces around it are cut off before it is sent. */
const rule = (isGood: (value: string) => boolean, message: string): FormRule => ({
  validator: (_, value: string | null | undefined) => {
    const said = (value ?? '').trim()
    return said === '' || isGood(said) ? Promise.resolve() : Promise.reject(new Error(message))
  },
})
