import { CONDITIONS, RULES } from '@mchat/schema/rules'
import { expect, test } from 'vitest'
import { conditionTextOf, ruleTextOf } from '../src/pages/permissions/rule-texts.ts'

test('every rule and condition is told in the language of the reader', () => {
  for (const [rule, { text }] of Object.entries(RULES)) {
    expect(ruleTextOf({ rule, who: text }, 'en')).toBe(text)
    expect(ruleTextOf({ rule, who: text }, 'zh-CN')).toMatch(/\p{Script=Han}/u)
  }
  for (const [condition, { text }] of Object.entries(CONDITIONS)) {
    expect(conditionTextOf({ condition, text }, 'en')).toBe(text)
    expect(conditionTextOf({ condition, text }, 'zh-CN')).toMatch(/\p{Script=Han}/u)
  }
})

test('what a newer gateway knows is told in its own words', () => {
  expect(ruleTextOf({ rule: 'toString', who: 'Nobody at all' }, 'zh-CN')).toBe('Nobody at all')
  expect(conditionTextOf({ condition: 'is_late', text: 'it is late' }, 'zh-CN')).toBe('it is late')
})
