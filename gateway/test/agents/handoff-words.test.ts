import { describe, expect, test } from 'vitest'
import { createHandoffWords } from '#src/agents/handoff-words.ts'
import { createConfig, loadConfig } from '#src/config.ts'
import { MOMENT_MS, quickest } from '../../../tests/kit/quickest.ts'

const words = createHandoffWords(createConfig().agents.handoffWords)

describe('by the default words', () => {
  test.each([
    'human',
    'Human!',
    '  HUMAN, ',
    '“human”',
    '@agent human',
    'human @agent',
    '@agent: human?',
    '转人工',
    '我要转人工，谢谢',
    '@agent 请转人工',
    '人工客服在吗',
    'Let me talk to a human please',
    'I want a real person.',
    'ａ REAL PERSON',
    'human 🙏',
  ])('%j asks for a person', (text) => expect(words.askForPerson(text)).toBe(true))

  test.each([
    '',
    '@agent',
    'human resources policy',
    'the human body',
    'not human',
    'humans',
    'humane',
    'human@example.org',
    '人工智能',
    '客服电话',
    'a surreal person',
    'real personality',
    'talk to a humanoid',
    '`human`',
    '```\ntalk to a human\n```',
    'hum\u200dan',
    'hum an',
  ])('%j does not', (text) => expect(words.askForPerson(text)).toBe(false))
})

test('the name of an agent is no part of what is said to it', () => {
  expect(words.askForPerson('@Help Desk human')).toBe(false)
  expect(words.askForPerson('@Help Desk human', ['Help Desk'])).toBe(true)
  expect(words.askForPerson('@Help Desk human', ['', 'Desk'])).toBe(false)
})

test('the words are a setting, and may be none', () => {
  const set = (value: string) =>
    createHandoffWords(loadConfig({ MCHAT_AGENT_HANDOFF_WORDS: value }).agents.handoffWords)
  const own = set('Mitarbeiter, echter Mensch, c++')
  expect(own.askForPerson('mitarbeiter')).toBe(true)
  expect(own.askForPerson('Mitarbeiter des Monats')).toBe(false)
  expect(own.askForPerson('ein echter Mensch bitte')).toBe(true)
  expect(own.askForPerson('in c++ bitte')).toBe(true)
  expect(own.askForPerson('human')).toBe(false)
  const none = set(',')
  expect(none.askForPerson('human')).toBe(false)
  expect(none.askForPerson('')).toBe(false)
  expect(() => set('x'.repeat(65))).toThrow('MCHAT_AGENT_HANDOFF_WORDS must be a list of words')
})

test('T50: a long text takes a moment of a processor', async () => {
  const texts = [
    `${'a'.repeat(60_000)}!`,
    '转人'.repeat(30_000),
    `!${' '.repeat(60_000)}a`,
    `${'!? '.repeat(20_000)}human x`,
    '@ '.repeat(30_000),
    'talk to a human'.repeat(4000),
    `a${'! a'.repeat(20_000)}`,
    `a${'!'.repeat(60_000)}a`,
  ]
  for (const text of texts)
    expect(await quickest(() => words.askForPerson(text, ['Help Desk'])), text).toBeLessThan(MOMENT_MS)
})
