import { expect, test } from 'vitest'
import { createAutomaton } from '#src/agents/automaton.ts'
import { MOMENT_MS, quickest } from '../../../tests/kit/quickest.ts'

type Found = readonly [start: number, end: number, value: string]

const findAll = (patterns: readonly string[], text: string): Found[] => {
  const all: Found[] = []
  createAutomaton(patterns.map((pattern) => [pattern, pattern] as const)).find(text, ({ start, end, value }) => {
    all.push([start, end, value])
    return undefined
  })
  return all
}

/** What indexOf finds, in the promised order. */
const lookUp = (patterns: readonly string[], text: string): Found[] => {
  const all: Found[] = []
  for (const pattern of patterns) {
    for (let at = text.indexOf(pattern); at !== -1; at = text.indexOf(pattern, at + 1)) {
      all.push([at, at + pattern.length, pattern])
    }
  }
  return all.sort(([startA, endA], [startB, endB]) => endA - endB || startA - startB)
}

test('overlapping patterns are all found, the longest first', () => {
  expect(findAll(['he', 'she', 'hers', 'his'], 'ushers')).toEqual([
    [1, 4, 'she'],
    [2, 4, 'he'],
    [2, 6, 'hers'],
  ])
})

test.each([
  ['suffixes of suffixes', ['a', 'ba', 'cba', 'dcba'], 'dcba'],
  ['a long way back', ['aaab', 'aab', 'ab', 'b'], 'aaaab'],
  ['pairs of surrogates', ['😀', '😁😀', '\u{20bb7}野家'], '😁😀\u{20bb7}野家😀'],
  ['what looks like a pattern', ['(a+)+$', '.*', '[a]'], '.*(a+)+$[a]'],
  ['none', [], 'text'],
  ['no text', ['a'], ''],
] as const)('%s', (_what, patterns, text) => expect(findAll(patterns, text)).toEqual(lookUp(patterns, text)))

test('half of a character is not found in another one', () => {
  // 😀 and 😁 begin with the same unit.
  expect(findAll(['😀'], '😁')).toEqual([])
})

test('whatever stands in a text is found as indexOf finds it', () => {
  let state = 1
  const draw = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % most
  }
  const word = (most: number): string => Array.from({ length: 1 + draw(most) }, () => '甲abc'[draw(4)]).join('')
  for (let round = 0; round < 300; round++) {
    const patterns = [...new Set(Array.from({ length: 1 + draw(30) }, () => word(5)))]
    const text = word(80)
    expect(findAll(patterns, text)).toEqual(lookUp(patterns, text))
  }
})

test('each value of a pattern is found, and an empty pattern nowhere', () => {
  const values: number[] = []
  const automaton = createAutomaton([
    ['a', 1],
    ['', 2],
    ['a', 3],
  ])
  automaton.find('xax', ({ value }) => {
    values.push(value)
    return undefined
  })
  expect(values.sort()).toEqual([1, 3])
})

test('the shorter ones that end at the same place are left out on demand', () => {
  const starts: number[] = []
  const patterns = ['abc', 'bc', 'c', 'd'].map((pattern) => [pattern, pattern] as const)
  createAutomaton([...patterns, ['abc', 'again']]).find('abcd', ({ start }) => {
    starts.push(start)
    return 'next'
  })
  expect(starts).toEqual([0, 3])
})

test('a search ends when it is told to', () => {
  let calls = 0
  createAutomaton([['a', 0]]).find('aaaa', () => (++calls === 2 ? 'end' : undefined))
  expect(calls).toBe(2)
})

test('T50: 50,000 patterns cost a text of 64 KiB no more than one does', async () => {
  const patterns = Array.from({ length: 50_000 }, (_, i) => [`${i.toString(36)}词${i}`, i] as const)
  const automaton = createAutomaton([...patterns, [`${'a'.repeat(63)}b`, -1], ['(a+)+$', -2]])
  for (const text of [`${'a'.repeat(60_000)}!`, '词语'.repeat(32_000), '1词'.repeat(32_000)]) {
    expect(await quickest(() => automaton.find(text, () => undefined))).toBeLessThan(MOMENT_MS)
  }
})
