import { LIMITS, MChatError } from '@mchat/schema'
import { expect, test } from 'vitest'
import { type ParsedObject, parseJsonObject } from '#src/platform/strict-json.ts'
import { quickest } from '../../../tests/kit/quickest.ts'

const parse = (text: string | Buffer): ParsedObject => parseJsonObject(Buffer.from(text))

/** The rule that refused a payload; undefined when it was accepted. */
const refusal = (text: string | Buffer): string | undefined => {
  try {
    parse(text)
    return undefined
  } catch (error) {
    if (!(error instanceof MChatError)) throw error
    return error.fields?.[0]?.rule ?? error.key
  }
}

test('an object of everything JSON has', () => {
  const text = '{"action":"x","a":[1,-2.5,"t",null,true,false,{}],"b":{"c":[]},"d":"\\u00e9\\n\\"\\\\"}'
  const { value, oddNumbers } = parse(text)
  expect(value).toEqual(JSON.parse(text))
  expect(oddNumbers).toEqual([])
})

test('raw gives a member exactly as it was sent', () => {
  const parsed = parse(' { "action" : "x" , "content" : { "b" :1.0, "a" : "\\u0041" } , "n":12 } ')
  expect(parsed.raw('content')?.trim()).toBe('{ "b" :1.0, "a" : "\\u0041" }')
  expect(parsed.raw('n')?.trim()).toBe('12')
  expect(parsed.raw('action')?.trim()).toBe('"x"')
  for (const name of ['b', 'absent', 'toString', '']) expect(parsed.raw(name)).toBeUndefined()
})

test('a name that occurs inside another value is not taken for the member', () => {
  const parsed = parse('{"a":{"content":1,"x":["content"]},"b":"\\"content\\":2","content":3}')
  expect(parsed.raw('content')).toBe('3')
})

test('an escaped name is the name it stands for', () => {
  const parsed = parse('{"conten\\u0074":"x"}')
  expect(parsed.value.content).toBe('x')
  expect(parsed.raw('content')).toBe('"x"')
})

test('what is not one JSON object is refused', () => {
  for (const text of ['', ' ', 'x', '{', '{}x', '{"a":1,}', "{'a':1}", '{"a":01}', '\ufeff{}', '{"a":"\n"}', '{}{}']) {
    expect(refusal(text)).toBe('json')
  }
  for (const text of ['[]', '"x"', '1', 'null', 'true']) expect(refusal(text)).toBe('type')
})

test('bytes that are not UTF-8 are refused', () => {
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe4, 0xb8]]) {
    expect(refusal(Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]))).toBe('encoding')
  }
  expect(refusal(Buffer.from('{"a":1}', 'utf16le'))).not.toBeUndefined()
})

test('a name twice in one object is refused, however it is written and wherever it is', () => {
  for (const text of [
    '{"action":"org.tree","action":"employee.create"}',
    '{"action":"a","actio\\u006e":"b"}',
    '{"\\u0061":1,"a":2}',
    '{"x":{"a":1,"b":2,"a":3}}',
    '{"x":[{"a":1},{"a":1,"a":1}]}',
    '{"":1,"":2}',
  ]) {
    expect(refusal(text)).toBe('duplicate')
  }
  expect(refusal('{"x":{"a":1},"y":{"a":1},"z":[{"a":1},{"a":2}],"a":"a"}')).toBeUndefined()
})

test('names that reach into every object are refused at any depth', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', '__proto\\u005f_', '\\u0063onstructor']) {
    expect(refusal(`{"${name}":{}}`)).toBe('name')
    expect(refusal(`{"a":[{"b":{"${name}":1}}]}`)).toBe('name')
  }
  expect(refusal('{"a":"__proto__","b":["constructor"],"prototypes":1}')).toBeUndefined()
})

test('a name is read right whatever names were read in its place before', () => {
  JSON.parse('{"a":1,"\\\\":2}')
  JSON.parse('{"a":1,"conten\\\\":2}')
  expect(parse('{"a":1,"\\u0062":2}').value).toEqual({ a: 1, b: 2 })
  expect(parse('{"a":1,"conten\\u0074":{"a":1,"\\u00e9":[]},"x":"\\\\"}').value).toEqual({
    a: 1,
    content: { a: 1, é: [] },
    x: '\\',
  })
})

test('names that cannot be written without an escape are refused', () => {
  for (const name of ['\\\\', 'a\\"', '\\n', '\\u0001', '\\u005c']) {
    expect(refusal(`{"${name}":1}`)).toBe('name')
    expect(refusal(`{"a":[{"${name}":1}]}`)).toBe('name')
  }
})

test('NUL and half surrogates are refused in values and in names', () => {
  for (const text of ['\\u0000', 'a\\u0000b', '\\\\\\u0000']) {
    expect(refusal(`{"a":"${text}"}`)).toBe('nul')
    expect(refusal(`{"${text}":1}`)).toBe('nul')
    expect(refusal(`{"a":[{"${text}":1}]}`)).toBe('nul')
  }
  for (const text of ['\\ud800', '\\udc00', '\\ud800x', 'x\\udfff', '\\udc00\\ud800', '\\uD83D\\uD83D\\uDE00']) {
    expect(refusal(`{"a":"${text}"}`)).toBe('surrogate')
    expect(refusal(`{"a":[{"${text}":1}]}`)).toBe('surrogate')
  }
  expect(refusal('{"a":"\\ud83d\\ude00","b":"\\\\u0000","c":"\\\\ud800"}')).toBeUndefined()
})

test('depth, members and elements end where the limits say', () => {
  const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  expect(refusal(nested(LIMITS.jsonDepth))).toBeUndefined()
  expect(refusal(nested(LIMITS.jsonDepth + 1))).toBe('depth')
  expect(refusal(nested(30_000))).toBe('depth')
  const members = (count: number): string =>
    JSON.stringify(Object.fromEntries([...Array(count).keys()].map((i) => [i, 1])))
  expect(refusal(members(LIMITS.jsonKeys))).toBeUndefined()
  expect(refusal(members(LIMITS.jsonKeys + 1))).toBe('members')
  const spread = (count: number): string => {
    const lists = Array.from({ length: count / 10 }, () => `[${Array.from({ length: 10 }, () => '{"x":1}').join()}]`)
    return `{"a":[${lists.join()}]}`
  }
  expect(refusal(spread(LIMITS.jsonMembers - 10))).toBeUndefined()
  expect(refusal(spread(LIMITS.jsonMembers))).toBe('members')
  const elements = (count: number): string => `{"a":[${Array.from({ length: count }, () => 0).join()}]}`
  expect(refusal(elements(LIMITS.jsonElements))).toBeUndefined()
  expect(refusal(elements(LIMITS.jsonElements + 1))).toBe('elements')
})

test('a payload larger than the limit is refused before it is read', () => {
  const padded = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`
  expect(refusal(padded(LIMITS.requestBytes))).toBeUndefined()
  expect(refusal(padded(LIMITS.requestBytes + 1))).toBe('too_large')
})

test('numbers that nobody means as integers are named', () => {
  expect(parse('{"a":1e2,"b":-0,"c":[{"d":-0.0}],"e":-1,"f":0.5,"g":"1e2 -0","h":1E+2,"i":10}').oddNumbers).toEqual([
    'a',
    'b',
    'c',
    'h',
  ])
})

test('the worst payloads of the largest size are judged quickly', async () => {
  const fill = (part: string): string => part.repeat(Math.floor((LIMITS.requestBytes - 20) / part.length))
  const worst = [
    `{"a":"${fill('\\\\')}"}`,
    `{"a":"${fill('\\u0041')}"}`,
    `{"a":"${fill('\\"')}"}`,
    `{"a":[${fill('"\\u0041",').slice(0, -1)}]}`,
    `{"a":[${fill('"",').slice(0, -1)}]}`,
    `{"a":${fill('1')}}`,
    `{"a":[${fill('{},').slice(0, -1)}]}`,
    `{"a":1${fill(' ')}}`,
    `{"a":[${fill(`[${Array.from({ length: 990 }, () => '""').join()}],`).slice(0, -1)}],"z":"\\u0041"}`,
    `{${[...Array(999).keys()].map((i) => `"\\u0041${'k'.repeat(40)}${i}":1`).join()}}`,
  ]
  for (const text of worst) expect(await quickest(() => refusal(text)), text.slice(0, 16)).toBeLessThan(50)
})
