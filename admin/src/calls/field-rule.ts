import { DEVICE_ID_PATTERN, ID_PATTERN, SECRET_PATTERN } from '@mchat/schema/ids'
import type { FieldError } from '@mchat/sdk'

export type FieldRule =
  | 'id'
  | 'deviceId'
  | 'secret'
  | 'form'
  | 'tooLong'
  | 'tooShort'
  | 'tooMany'
  | 'tooFew'
  | 'missing'
  | 'choice'
  | 'kind'
  | 'atMost'
  | 'atLeast'
  | 'exists'
  | 'taken'

const PATTERNS = new Map<string, FieldRule>([
  [ID_PATTERN, 'id'],
  [DEVICE_ID_PATTERN, 'deviceId'],
  [SECRET_PATTERN, 'secret'],
])

/** How the gateway words the rules of the schema; the group is what it depends on. */
const FORMS: readonly (readonly [RegExp, FieldRule | ((part: string) => FieldRule)])[] = [
  [/^must match pattern "(.*)"$/s, (pattern) => PATTERNS.get(pattern) ?? 'form'],
  [/^must match format "/, 'form'],
  [/^must not have more than (\d+) characters$/, 'tooLong'],
  [/^must not have fewer than (\d+) characters$/, (least) => (least === '1' ? 'missing' : 'tooShort')],
  [/^must not have more than (\d+) items$/, 'tooMany'],
  [/^must not have fewer than (\d+) items$/, (least) => (least === '1' ? 'missing' : 'tooFew')],
  [/^is required$/, 'missing'],
  [/^must be equal to (?:constant|one of the allowed values)$/, 'choice'],
  [/^must match (?:a schema in anyOf|exactly one schema in oneOf)$/, 'choice'],
  [/^must be (?:string|number|integer|boolean|array|object|null)$/, 'kind'],
  [/^must be <=? (-?\d+)$/, 'atMost'],
  [/^must be >=? (-?\d+)$/, 'atLeast'],
  [/^There is no such one\.$/, 'exists'],
  [/^This id is taken\.$/, 'taken'],
]

/** What a field was refused for; undefined: something else, which its message says. */
export const fieldRuleOf = ({
  message,
}: Pick<FieldError, 'message'>): { readonly rule: FieldRule; readonly limit: number } | undefined => {
  for (const [form, rule] of FORMS) {
    const found = form.exec(message)
    if (found === null) continue
    const part = found[1] ?? ''
    return { rule: typeof rule === 'function' ? rule(part) : rule, limit: Number(part) || 0 }
  }
  return undefined
}
