import { ACTIONS, type ActionDefinition } from '@mchat/schema'
import { expect, test } from 'vitest'
import { ACTION_TEXTS, actionTextOf } from '../src/components/action-texts.ts'

const audited = Object.entries<ActionDefinition>(ACTIONS).flatMap(([action, definition]) =>
  definition.audited === undefined ? [] : [action],
)

test('every action that leaves a row in the audit log is told in words, in both languages', () => {
  expect(audited.length).toBeGreaterThan(20)
  for (const action of audited) {
    expect(actionTextOf(action, 'en'), action).toMatch(/^[A-Z]/)
    expect(actionTextOf(action, 'zh-CN'), action).toMatch(/\p{Script=Han}/u)
  }
})

test('no two actions are called the same', () => {
  for (const language of ['en', 'zh-CN'] as const) {
    const words = Object.values(ACTION_TEXTS).map((texts) => texts[language])
    expect(words.filter((text, i) => words.indexOf(text) !== i)).toEqual([])
  }
})

test('what a newer gateway knows is called by its name', () => {
  expect(actionTextOf('group.rename', 'zh-CN')).toBe('group.rename')
  expect(actionTextOf('toString', 'en')).toBe('toString')
})
