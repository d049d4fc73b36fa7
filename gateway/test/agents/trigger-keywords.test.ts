import { LIMITS } from '@mchat/schema'
import { describe, expect, test } from 'vitest'
import { createKeywordMatcher } from '#src/agents/trigger-keywords.ts'
import { MOMENT_MS, quickest } from '../../../tests/kit/quickest.ts'

/** Whether a text calls an agent that has this one keyword. */
const calls = (keyword: string, text: string): boolean =>
  createKeywordMatcher([{ employeeId: 'ai', keywords: [keyword] }])
    .find(text)
    .has('ai')

describe('a keyword', () => {
  const cases: readonly (readonly [keyword: string, text: string, expected: boolean])[] = [
    ['invoice', 'an Invoice, please', true],
    ['INVOICE', 'invoice', true],
    ['art', 'party', false],
    ['art', 'art-house', true],
    ['art', 'arts', false],
    ['art', 'start', false],
    ['art', 'start art', true],
    ['art', 'art\u0301', false],
    ['art', 'art\u200ds', false],
    ['art', 'é\u200dart', false],
    ['art', 'artа', false],
    ['art', '𝐚art', false],
    ['art', '_art', false],
    ['art', '请art看看', true],
    ['报销', '我要报销单', true],
    ['报销bot', '我的报销bots', false],
    ['报销bot', '我的报销bot好', true],
    ['的', '我的', true],
    ['𠮷野家', '去𠮷野家吃', true],
    ['caf\u00e9', 'CAFE\u0301!', true],
    ['cafe\u0301', 'the caf\u00e9', true],
    ['cafe', 'caf\u00e9', false],
    ['σοφος', 'ΣΟΦΟΣ', true],
    ['straße', 'STRAẞE', true],
    ['strasse', 'straße', false],
    ['İzmir', 'İZMİR', false],
    ['izmir', 'İ IZMIR', true],
    ['two words', 'these Two Words here', true],
    ['two words', 'these two  words here', false],
    [' padded ', 'padded', true],
    ['.net', 'a.net', true],
    ['c++', 'c++', true],
    ['c++', 'c+++', true],
    ['😀', 'x😀x', true],
    ['art', '`art`', false],
    ['art', '``art`` and ```\nart\n```', false],
    ['art', '`code` art', true],
    ['a`art`b', 'a`art`b', false],
  ]
  test.each(cases)('%j in %j: %s', (keyword, text, expected) => expect(calls(keyword, text)).toBe(expected))
})

test('every agent that has a word is found, and each once', () => {
  const matcher = createKeywordMatcher([
    { employeeId: 'one', keywords: ['bill', 'invoice'] },
    { employeeId: 'two', keywords: ['Bill', 'bill'] },
    { employeeId: 'three', keywords: ['billing'] },
    { employeeId: 'four', keywords: [] },
  ])
  expect(matcher.find('a bill, an invoice')).toEqual(new Set(['one', 'two']))
  expect(matcher.find('billing')).toEqual(new Set(['three']))
  expect(matcher.find('')).toEqual(new Set())
  expect(createKeywordMatcher([]).find('bill')).toEqual(new Set())
})

describe('T50: keywords', () => {
  test.each(['(a+)+$', '.*', '[a-z]', '\\b', '$&', '^'])('%s is itself and nothing else', (keyword) => {
    expect(calls(keyword, 'aaaa a! b')).toBe(false)
    expect(calls(keyword, `say ${keyword} here`)).toBe(true)
  })

  test.each(['', ' ', '\t\n', '\u3000', 'a', 'É', '7', '_', '\ud83d', '\ude00'])('%j calls nobody', (keyword) => {
    expect(calls(keyword, `a É 7 _ ${keyword} 😀 \u3000 end`)).toBe(false)
  })

  test('past the limits are left out', () => {
    expect(calls('x'.repeat(LIMITS.keywordChars), 'x'.repeat(LIMITS.keywordChars))).toBe(true)
    expect(calls('x'.repeat(LIMITS.keywordChars + 1), 'x'.repeat(LIMITS.keywordChars + 1))).toBe(false)
    expect(calls('😀'.repeat(LIMITS.keywordChars), '😀'.repeat(LIMITS.keywordChars))).toBe(true)
    const many = Array.from({ length: 100_000 }, (_, i) => `word${i}`)
    const matcher = createKeywordMatcher([{ employeeId: 'ai', keywords: many }])
    expect(matcher.find(`word${LIMITS.keywords - 1}`)).toEqual(new Set(['ai']))
    expect(matcher.find(`word${LIMITS.keywords}`)).toEqual(new Set())
  })

  test('of a thousand agents cost a long text a moment of a processor', async () => {
    const runs = Array.from({ length: 64 }, (_, i) => 'a'.repeat(i + 2))
    const matcher = createKeywordMatcher([
      { employeeId: 'a1', keywords: ['(a+)+$', ...runs.slice(0, 32)] },
      { employeeId: 'a2', keywords: runs.slice(32) },
      { employeeId: 'a3', keywords: ['的', '的的', `${'的'.repeat(63)}了`] },
      ...Array.from({ length: 1000 }, (_, agent) => ({
        employeeId: `e${agent}`,
        keywords: Array.from({ length: LIMITS.keywords }, (_, i) => `word ${agent} ${i}`),
      })),
    ])
    const texts = [
      `${'a'.repeat(60_000)}!`,
      '的'.repeat(21_845),
      '的确如此'.repeat(5000),
      'word 1 '.repeat(9000),
      `a${'\u0301\u0316'.repeat(15_000)}`,
      `aa${'\u0301'.repeat(30_000)}aa`,
      '`'.repeat(60_000),
      'aa '.repeat(20_000),
      'İ'.repeat(32_000),
    ]
    for (const text of texts) expect(await quickest(() => matcher.find(text)), text.slice(0, 8)).toBeLessThan(MOMENT_MS)
    expect(matcher.find('的 word 7 3')).toEqual(new Set(['a3', 'e7']))
  })
})
