import { LIMITS } from '@mchat/schema'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '#src/db/database.ts'
import type { GroupEntry } from '#src/db/directory.ts'
import { createMentionFinder, type MentionFinder } from '#src/delivery/mentions.ts'
import { databases } from '../../../tests/kit/databases.ts'
import { quickest } from '../../../tests/kit/quickest.ts'
import { hire } from '../db/people.ts'

const NAMES: Readonly<Record<string, string>> = {
  ai1: 'Helper',
  ai10: 'Helper Ten',
  ann: 'Ann',
  bob: '王小明',
  bob2: '王小',
  cat: 'Zoë',
  dan: 'Sam',
  eve: 'Sam',
  'x.y-z': 'Dots',
}

const group: GroupEntry = {
  groupId: 'g',
  name: 'g',
  members: new Map(Object.keys(NAMES).map((id) => [id, 'member'] as const)),
}

let finder: MentionFinder
let database: Database
beforeAll(async () => {
  const opened = await databases[0]?.open()
  if (opened === undefined) throw new Error('There is no PGlite.')
  database = opened
  for (const [id, name] of Object.entries(NAMES)) await hire(opened.kysely, id, { name })
  await hire(opened.kysely, 'outsider', { name: 'Outsider' })
  finder = createMentionFinder(opened)
  return () => opened.close()
})

const find = (text: string | undefined, claimed: readonly string[] = []) => finder.find(group, claimed, text)

describe('in the text', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['@ai1 hello', ['ai1']],
    ['hello @ai1', ['ai1']],
    ['(@ai1)', ['ai1']],
    ['@ai1. And @ann, too', ['ai1', 'ann']],
    ['@ai10', ['ai10']],
    ['@ai1x', []],
    ['@AI1', []],
    ['a@ai1.com', []],
    ['请@ai1看看', ['ai1']],
    ['请@王小明看看', ['bob']],
    ['é@ai1 @ai1é', []],
    ['_@ai1', []],
    ['@аi1', []],
    ['@outsider @Outsider', []],
    ['@@ai1', ['ai1']],
    ['@ai1@ann', ['ai1']],
    ['@x.y-z...', ['x.y-z']],
    ['@ai1-', ['ai1']],
    ['@Ann says', ['ann']],
    ['@Anna', []],
    ['@Helper Ten', ['ai10']],
    ['@Helper Tent', ['ai1']],
    ['@王小明你好', ['bob']],
    ['@王小你好', ['bob2']],
    ['@Zoe\u0308!', ['cat']],
    ['@Zoë!', ['cat']],
    ['@Sam', []],
    ['`@ai1` and ```\n@ann\n``` and @bob', ['bob']],
    ['```\n@ai1 without an end', []],
    ['`@ai1', ['ai1']],
    ['@ai1 @ai1 @ai1', ['ai1']],
    ['@', []],
    ['@ ai1', []],
    ['\u202e@ai1', ['ai1']],
    ['@a\u200bi1', []],
    ['@ai1\u200b thanks', ['ai1']],
    ['❤️@ai1', ['ai1']],
    ['e\u0301\u0316@ai1', []],
    ['𝐚@ai1', []],
    ['@ai1𝐚', []],
    ['𠮷@ai1𠮷', ['ai1']],
    ['@Anné', []],
    ['@Ann你好', ['ann']],
    ['``@ai1`` ` @ann', ['ann']],
    ['``@ai1` @ann``', []],
    ['` ``@ai1`` ` @ann', ['ann']],
    ['````\n```\n@ai1\n````\n@ann', ['ann']],
    ['`a\n@ann`', ['ann']],
  ]
  for (const [text, expected] of cases) {
    test(JSON.stringify(text), async () => expect(await find(text)).toEqual(expected))
  }
})

describe('T49: who is not named exactly is not called', () => {
  const cases: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
    ['the id itself', '@ai1', ['ai1']],
    ['a Cyrillic а', '@аi1', []],
    ['a joiner behind it', '@ai1\u200d', []],
    ['other invisible ones behind it', '@ai1\u2060 @ai1\u200c @ai1\u00ad', []],
    ['an accent behind it', '@ai1\u0301', []],
    ['a joiner within it', '@ai\u200d1', []],
    ['upper case', '@AI1', []],
    ['full width', '＠ai1 @ａｉ１', []],
    ['a longer id', '@ai10', ['ai10']],
    ['an address', 'a@ai1.com', []],
    ['an address with an accent', 'e\u0301\u200d@ai1', []],
    ['code', '`@ai1` ``@ai1`` ```@ai1``` ```\n@ai1\n```', []],
    ['reversed by RLO', '\u202e1ia@\u202c', []],
    ['the id of another one in RLO', '@\u202e1ia\u202c', []],
    ['a Cyrillic letter behind a name', '@Helperа', []],
  ]
  test.each(cases)('%s', async (_what, text, expected) => expect(await find(text)).toEqual(expected))
})

test('T49: 10,000 mentions call no more than the limit', async () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => `m${i}`)
  const everybody: GroupEntry = { ...group, members: new Map(ids.map((id) => [id, 'member'] as const)) }
  const text = ids.map((id) => `@${id}`).join(' ')
  expect(await finder.find(everybody, [], text)).toEqual(ids.slice(0, LIMITS.mentions))
  expect(await finder.find(everybody, ids, text)).toEqual(ids.slice(0, LIMITS.mentions))
})

test('what the sender claims is kept for members and for all, once', async () => {
  expect(await find(undefined, ['ann', 'outsider', '*', 'ann', ''])).toEqual(['ann', '*'])
  expect(await find('@ann @bob', ['bob'])).toEqual(['bob', 'ann'])
})

test('there is an end to mentions', async () => {
  const many: GroupEntry = {
    ...group,
    members: new Map(Array.from({ length: 300 }, (_, i) => [`m${i}`, 'member'] as const)),
  }
  const text = Array.from({ length: 300 }, (_, i) => `@m${i}`).join(' ')
  expect(await finder.find(many, [], text)).toHaveLength(LIMITS.mentions)
})

test('a text of nothing but @ is searched in no time', async () => {
  const worst = [
    '@'.repeat(30_000),
    '@a'.repeat(15_000),
    '@Helper '.repeat(4000),
    '`'.repeat(30_001),
    '@ai1.'.repeat(6000),
    `@ai1${'\u0301\u0316'.repeat(15_000)}`,
    `a${'\u0301'.repeat(30_000)}@ai1`,
    '` `` ```` ``` '.repeat(2000),
    '`` ` '.repeat(6000),
    '`a`'.repeat(10_000),
    '`\n``\n'.repeat(6000),
  ]
  await find('@ann')
  for (const text of worst) {
    expect(await quickest(() => find(text)), text.slice(0, 16)).toBeLessThan(250)
  }
})

test('a new name is found once the old ones are forgotten', async () => {
  expect(await find('@Renamed')).toEqual([])
  await database.kysely.updateTable('employee').set({ name: 'Renamed' }).where('employee_id', '=', 'ann').execute()
  expect(await find('@Renamed')).toEqual([])
  finder.forgetNames()
  expect(await find('@Renamed @Ann')).toEqual(['ann'])
  await database.kysely.updateTable('employee').set({ name: 'Ann' }).where('employee_id', '=', 'ann').execute()
  finder.forgetNames()
})
