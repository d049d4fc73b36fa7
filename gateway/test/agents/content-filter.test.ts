import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Content } from '@mchat/schema'
import { LIMITS } from '@mchat/schema'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createContentFilter } from '#src/agents/content-filter.ts'
import { loadConfig } from '#src/config.ts'
import { createLog } from '#src/ops/log.ts'
import { UserError } from '#src/platform/user-error.ts'
import { MOMENT_MS, quickest } from '../../../tests/kit/quickest.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { createTestClock } from '../../../tests/kit/test-clock.ts'

let stack = new AsyncDisposableStack()
let file = ''
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  file = join(stack.use(await tempDirectory()).path, 'words.txt')
})
afterEach(() => stack.disposeAsync())

interface Line {
  readonly level: string
  readonly msg: string
  readonly reason?: string
}

const open = async (list: string | Uint8Array, everyMs = 3_600_000) => {
  await writeFile(file, list)
  const lines: Line[] = []
  let told = (): void => {}
  const write = (line: string): void => {
    lines.push(JSON.parse(line))
    told()
  }
  const log = createLog({ logLevel: 'info', logFormat: 'json', clock: createTestClock(), write })
  const filter = await createContentFilter({ file, log, everyMs })
  stack.defer(() => filter.close())
  /** The next line of the log. */
  const nextLine = (): Promise<void> => new Promise((resolve) => (told = resolve))
  return { ...filter, lines, nextLine }
}

/** What becomes of a text. */
const through = async (list: string, text: string): Promise<string> => {
  const { apply } = await open(list)
  const { content, verdict } = apply(text)
  expect(verdict === 'pass').toBe(content === text && verdict !== 'blocked')
  return verdict === 'blocked' ? 'blocked' : String(content)
}

describe('a word', () => {
  const cases: readonly (readonly [what: string, list: string, text: string, expected: string])[] = [
    ['is masked', 'damn', 'damn it', '**** it'],
    ['is masked in a longer one', 'damn', 'goddamned', 'god****ed'],
    ['may be blocked', 'block: damn', 'damn it', 'blocked'],
    ['with neither passes', 'damn', 'well', 'well'],
    ['in upper case', 'Damn', 'dAMN', '****'],
    ['in full width', 'damn', 'ＤＡＭＮ it', '**** it'],
    ['listed in full width', 'ｄａｍｎ', 'damn', '****'],
    ['in mathematical letters', 'damn', '𝐝𝕒𝓶𝔫!', '****!'],
    ['in circles', 'damn', 'ⓓⓐⓜⓝ', '****'],
    ['with a ligature', 'fish', 'a ﬁsh', 'a ***'],
    ['with other letters for the same', 'strasse', 'STRAẞE straße', '****** ******'],
    ['without a dot', 'sim', 'sım ſim', '*** ***'],
    ['with a sigma at the end', 'ΣΟΦΟΣ', 'σοφος', '*****'],
    ['decomposed', 'café', 'cafe\u0301s', '*****s'],
    ['composed, listed decomposed', 'cafe\u0301', 'CAFÉ', '****'],
    ['in Hangul, decomposed', '한글', '한글'.normalize('NFD'), '*'.repeat(6)],
    ['in half-width Katakana', 'ガギ', 'ｶﾞｷﾞ', '****'],
    ['in Chinese', '敏感词', '这是敏感词吗', '这是***吗'],
    ['outside the BMP', '𠮷野家', '去𠮷野家', '去***'],
    ['with what nobody sees between', 'damn', 'd\u200ba\u00adm\u2060n\u200d!', '*\u200b*\u00ad*\u2060*\u200d!'],
    ['with more of it', 'damn', `d${'\u200b'.repeat(100)}amn`, `*${'\u200b'.repeat(100)}***`],
    ['with a change of direction between', 'damn', '\u202ed\u202camn', '\u202e*\u202c***'],
    ['listed with what nobody sees', 'da\u200bmn', 'damn', '****'],
    ['with a joiner before a mark', 'café', 'cafe\u200d\u0301', '****\u200d*'],
    ['overlapping another', 'abc\nbcd', 'abcde', '****e'],
    ['within another', 'abcd\nbc', 'xabcdx bc', 'x****x **'],
    ['over two others', 'ab\ncd\nabcd', 'abcd', '****'],
    ['joining two others', 'aab\nb c\ncdd', 'aab cdd', '*******'],
    ['next to itself', 'ab', 'ababxab', '****x**'],
    ['that is masked and blocked', 'damn\nblock: damn\nmask: damn', 'damn', 'blocked'],
    ['that is blocked behind one that is masked', 'damn\nblock: hell', 'damn hell', 'blocked'],
    ['of several', 'talk  to me', 'Talk  to me, talk to me', '***********, talk to me'],
    ['that looks like a pattern', '(a+)+$', 'aa (a+)+$', 'aa ******'],
    ['behind a hash', '# comment\n  # another\nc#\n\n', 'c# comment', '** comment'],
    ['with a colon', 'http://x\nmask: a: b\nblock:evil', 'http://x a: b', '******** ****'],
    ['close to its colon', 'block:evil', 'evil', 'blocked'],
    ['after a BOM, with the breaks of Windows', '\ufeffblock: one\r\ntwo\r\n', 'two', '***'],
    ['in another alphabet is another word', 'damn', 'dаmn', 'dаmn'],
    ['with an accent is another word', 'cafe', 'café', 'café'],
    ['of an empty list', '# nothing\n', 'damn', 'damn'],
  ]
  test.each(cases)('%s', async (_what, list, text, expected) => {
    const result = await through(list, text)
    expect(result).toBe(expected)
    if (result !== 'blocked') expect([...result].length).toBe([...text].length)
  })
})

describe('a content', () => {
  test('of text is filtered in its text, and what passes is the same object', async () => {
    const { apply } = await open('damn\nblock: hell')
    const clean = { type: 'text', body: { text: 'well' } }
    expect(apply(clean)).toEqual({ verdict: 'pass', content: clean })
    expect(apply(clean).content).toBe(clean)
    const bad = { type: 'markdown', body: { text: '**damn**', n: 1 } }
    expect(apply(bad)).toEqual({ verdict: 'masked', content: { type: 'markdown', body: { text: '********', n: 1 } } })
    expect(bad.body.text).toBe('**damn**')
    expect(apply({ type: 'text', body: { text: 'hell' } }).verdict).toBe('blocked')
  })

  test('of any other type is filtered in every string, but not in names and not in the type', async () => {
    const { apply } = await open('damn')
    const body = JSON.parse(
      '{"damn":"damn","list":["x",["damn"],{"__proto__":"damn","a":null}],"n":1,"yes":true,"constructor":"damn"}',
    )
    const { verdict, content } = apply({ ...{ type: 'damn', body }, ...{ title: 'damn' } })
    expect(verdict).toBe('masked')
    expect(JSON.stringify(content)).toBe(
      '{"body":{"damn":"****","list":["x",["****"],{"__proto__":"****","a":null}],"n":1,"yes":true,"constructor":"****"},"title":"****","type":"damn"}',
    )
    expect(apply({ type: 'card', body: 'damn' })).toEqual({
      verdict: 'masked',
      content: { type: 'card', body: '****' },
    })
    expect(apply({ type: 'card', body: { damn: 1 } }).verdict).toBe('pass')
  })

  test('that is nested deeper than a request may be does not pass unseen', async () => {
    const nested = (depth: number): Content => {
      let body: unknown = 'damn'
      for (let level = 0; level < depth; level++) body = level % 2 === 0 ? [body] : { body }
      return { type: 'card', body }
    }
    const { apply } = await open('damn')
    expect(apply(nested(LIMITS.jsonDepth)).verdict).toBe('masked')
    expect(apply(nested(LIMITS.jsonDepth + 1)).verdict).toBe('blocked')
    expect(apply(nested(100_000)).verdict).toBe('blocked')
  })

  test('passes where there is no list', async () => {
    const log = createLog({ logLevel: 'info', logFormat: 'json', clock: createTestClock(), write() {} })
    const filter = await createContentFilter({ file: undefined, log })
    expect(filter.apply('damn')).toEqual({ verdict: 'pass', content: 'damn' })
    await filter.look()
    filter.close()
  })
})

describe('a list that is wrong at the start', () => {
  test.each([
    ['another action', 'damn\nblok: hell', 'is wrong in line 2: what stands before the colon must be block or mask.'],
    ['no word', '# a\n\nblock:', 'is wrong in line 3: there is no word.'],
    ['a word that nobody sees', 'mask: \u200b\u2060', 'is wrong in line 1: there is no word.'],
    ['a word that is too long', `ok\n${'x'.repeat(65)}`, 'is wrong in line 2: a word has at most 64 characters.'],
    ['another encoding', Buffer.from('ok\ngut\nsch\xf6n\n', 'latin1'), 'is wrong in line 3: it is not UTF-8.'],
    [
      'too many words',
      Array.from({ length: LIMITS.filterWords + 1 }, (_, i) => `w${i}`).join('\n'),
      `is wrong in line ${LIMITS.filterWords + 1}: a list has at most ${LIMITS.filterWords} words.`,
    ],
  ])('%s: the line is named, not the word', async (_what, list, expected) => {
    const error = await open(list).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toBe(`UserError: The word list ${file} ${expected}`)
  })

  test('no file, or none that can be read as one', async () => {
    const log = createLog({ logLevel: 'info', logFormat: 'json', clock: createTestClock(), write() {} })
    const message = (): Promise<string> =>
      createContentFilter({ file, log }).then(
        () => '',
        (error: unknown) => String(error),
      )
    expect(await message()).toBe(`UserError: The word list ${file} cannot be read: it does not exist.`)
    await mkdir(file)
    expect(await message()).toBe(`UserError: The word list ${file} cannot be read: it is not a file.`)
  })
})

describe('a file that changes', () => {
  test('is noticed without a restart', async () => {
    const { apply, lines, nextLine } = await open('one', 20)
    expect(apply('one two').content).toBe('*** two')
    const told = nextLine()
    await writeFile(`${file}.new`, 'two')
    await rename(`${file}.new`, file)
    await told
    expect(apply('one two').content).toBe('one ***')
    expect(lines).toEqual([expect.objectContaining({ level: 'info', msg: 'the word list was read again' })])
  })

  test('to something wrong changes nothing, is said once, and what mends it is taken', async () => {
    const { apply, lines, look } = await open('one')
    const reasons = () => lines.map(({ level, reason }) => [level, reason])
    await writeFile(file, 'two\nblok: hunter2')
    await look()
    await look()
    expect(apply('one two').content).toBe('*** two')
    const wrong = `The word list ${file} is wrong in line 2: what stands before the colon must be block or mask.`
    expect(reasons()).toEqual([['warn', wrong]])
    await rm(file)
    await look()
    expect(apply('one two').content).toBe('*** two')
    expect(reasons().at(-1)).toEqual(['warn', `The word list ${file} cannot be read: it does not exist.`])
    await writeFile(file, 'one')
    await look()
    expect(lines).toHaveLength(2)
    await writeFile(file, 'two\nblok: hunter2')
    await look()
    expect(reasons().at(-1)).toEqual(['warn', wrong])
    await writeFile(file, 'two')
    await look()
    expect(apply('one two').content).toBe('one ***')
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })
})

test('what is shown of a text that goes on shows no part of a word, and only grows', async () => {
  const filter = await open('mask: password\nblock: secret')
  const shownOf = (text: string): string[] => {
    const shown: string[] = []
    for (let end = 1; end <= text.length; end++) {
      const { content, verdict } = filter.applyToBeginning(text.slice(0, end))
      if (verdict === 'blocked') break
      shown.push(content as string)
    }
    return shown
  }
  for (const hidden of ['', '\u200b'.repeat(70)]) {
    for (const word of ['password', 'secret']) {
      const shown = shownOf(`𝐚 the 𝐰ord is ${[...word].join(hidden)}, they said, and went on for a while`)
      const last = (shown.at(-1) ?? '').replaceAll('\u200b', '')
      expect(
        word === 'secret' ? '𝐚 the 𝐰ord is ' : '𝐚 the 𝐰ord is ********, they said, and went on for a while',
      ).toContain(last)
      expect(last.length).toBeGreaterThan(word === 'secret' ? 8 : 40)
      for (const [i, text] of shown.entries()) expect(text.startsWith(shown[i - 1] ?? '')).toBe(true)
    }
  }
})

test('T50: a long text takes a moment of a processor, whatever the list', async () => {
  const words = [...Array.from({ length: 64 }, (_, i) => 'a'.repeat(i + 1)), '的', '的的', '(b+)+$']
  const { apply } = await open(words.join('\n'))
  const texts = [
    `${'a'.repeat(LIMITS.contentBytes)}!`,
    `${'b'.repeat(60_000)}!`,
    '的确'.repeat(LIMITS.contentBytes / 6),
    `x${'\u0301\u0316'.repeat(LIMITS.contentBytes / 4)}`,
    '\u200b'.repeat(LIMITS.contentBytes / 3),
    '\ufdfa'.repeat(LIMITS.contentBytes / 3),
    '𝐚'.repeat(LIMITS.contentBytes / 4),
  ]
  for (const text of texts) expect(await quickest(() => apply(text)), text.slice(0, 4)).toBeLessThan(MOMENT_MS)
})

test('people are filtered only where there is a list', () => {
  expect(() => loadConfig({ MCHAT_FILTER_PEOPLE: 'on' })).toThrow(
    'MCHAT_FILTER_PEOPLE is on, so MCHAT_FILTER_FILE must be set too.',
  )
  const config = loadConfig({ MCHAT_FILTER_PEOPLE: 'on', MCHAT_FILTER_FILE: 'words.txt' }, { cwd: '/etc/mchat' })
  expect(config).toMatchObject({ filterPeople: true, filterFile: '/etc/mchat/words.txt' })
  expect(loadConfig({})).toMatchObject({ filterPeople: false, filterFile: undefined })
})
