import { ERRORS } from '@mchat/schema/errors'
import { expect, test } from 'vitest'
import { reasonOfOthers, reasonText } from '../src/calls/reason-text.ts'

test('why somebody else was refused is not told as if the reader had been', () => {
  for (const reason of Object.keys(ERRORS)) {
    const [en, zh] = [reasonOfOthers(reason, 'en'), reasonOfOthers(reason, 'zh-CN')]
    expect(en, reason).not.toMatch(/\byour?\b|auth\./i)
    expect(zh, reason).toMatch(/^[^您]*\p{Script=Han}[^您]*$/u)
  }
  expect(reasonText('forbidden', 'en')).toBe(ERRORS.forbidden.en)
  expect(reasonOfOthers('unheard_of', 'en')).toBeUndefined()
})
