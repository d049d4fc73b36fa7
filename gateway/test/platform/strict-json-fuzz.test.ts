import { MChatError } from '@mchat/schema'
import { expect, test } from 'vitest'
import { parseJsonObject } from '#src/platform/strict-json.ts'
import { createRandom, type Random } from '../random.ts'
import { readJson } from './json-reader.ts'

/** JSON objects written in as many ways as the grammar allows: spaces, escapes, exponents, odd names. */
const createWriter = (random: Random): (() => string) => {
  const space = (): string => random.pick(['', '', '', ' ', '\n', '\t ', '\r\n'])
  const character = (): string =>
    random.pick(['a', 'ab', '\\"', '\\\\', '\\/', '\\b', '\\u0041', '\\u00e9', '\\ud83d\\ude00', '{', '}', '[', ']'])
  const other = (): string => random.pick([',', ':', ' ', 'é', '中', '😀', '1e5', '-0', 'null', '\\n', '\\\\u0000'])
  const text = (): string => {
    let body = ''
    for (let i = random.below(4); i > 0; i--) body += random.below(2) === 0 ? character() : other()
    return `"${body}"`
  }
  const number = (): string =>
    random.pick(['0', '-1', '12', '3.25', '-0', '-0.0', '1e2', '1E+2', '1e-2', '-12.5e10', '9007199254740993', '0.0'])
  const list = (part: () => string, open: string, close: string): string => {
    const parts = Array.from({ length: random.below(4) }, part)
    return `${open}${space()}${parts.join(`${space()},${space()}`)}${space()}${close}`
  }
  const value = (depth: number): string => {
    const kind = random.below(depth > 4 ? 4 : 6)
    if (kind === 5) return object(depth + 1)
    if (kind === 4) return list(() => value(depth + 1), '[', ']')
    if (kind === 3) return random.pick(['true', 'false', 'null'])
    return kind === 2 ? number() : text()
  }
  const object = (depth: number): string => list(() => `${text()}${space()}:${space()}${value(depth)}`, '{', '}')
  return () => space() + object(0) + space()
}

const parse = (text: string) => {
  try {
    return parseJsonObject(Buffer.from(text))
  } catch (error) {
    if (error instanceof MChatError) return error
    throw error
  }
}

const needsEscapes = (name: string): boolean => JSON.stringify(name) !== `"${name}"`

const ODD_NUMBER = /(^|[[,:\s])(-?\d+(\.\d+)?[eE]|-0(\.0*)?([\s,\]}]|$))/

test('whatever is accepted has the value it says, and every span is its member', () => {
  const random = createRandom(3)
  const write = createWriter(random)
  let accepted = 0
  for (let round = 0; round < 10_000; round++) {
    const text = write()
    const parsed = parse(text)
    const expected = readJson(text)
    const isRefused = expected.hasDuplicates || expected.names.some(needsEscapes)
    if (parsed instanceof MChatError !== isRefused) throw new Error(`judged wrongly: ${text}`)
    if (parsed instanceof MChatError) continue
    accepted++
    expect(parsed.value, text).toEqual(expected.value)
    for (const [name, value] of Object.entries(expected.value as object)) {
      const raw = parsed.raw(name) ?? '"no span"'
      expect(readJson(raw).value, text).toEqual(value)
      const isOdd = ODD_NUMBER.test(raw.replace(/"(\\.|[^"\\])*"/g, '""'))
      if (parsed.oddNumbers.includes(name) !== isOdd) throw new Error(`numbers judged wrongly: ${name} in ${text}`)
    }
  }
  expect(accepted).toBeGreaterThan(1500)
})

test('text with a piece broken is refused, or means what it says', () => {
  const random = createRandom(4)
  const write = createWriter(random)
  const pieces = ['"', '\\', '{', '}', '[', ']', ',', ':', '\\u0000', '\\ud800', '-', 'e', '0', '\u0000', ' '] as const
  for (let round = 0; round < 10_000; round++) {
    const text = write()
    const at = random.below(text.length + 1)
    const broken = (text.slice(0, at) + random.pick(pieces) + text.slice(at + random.below(2))).toWellFormed()
    const parsed = parse(broken)
    if (parsed instanceof MChatError) continue
    expect(parsed.value, broken).toEqual(readJson(broken).value)
    for (const [name, value] of Object.entries(parsed.value)) {
      expect(readJson(parsed.raw(name) ?? '"no span"').value, broken).toEqual(value)
    }
    const everything = JSON.stringify(parsed.value).replaceAll('\\\\', '')
    if (/\\u0000|\\ud[89a-f]/.test(everything)) throw new Error(`let through: ${broken}`)
  }
})
