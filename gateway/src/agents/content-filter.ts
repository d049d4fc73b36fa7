import { readFile, stat } from 'node:fs/promises'
import { type Content, LIMITS } from '@mchat/schema'
import type { Log } from '../ops/log.ts'
import { explain } from '../platform/private-file.ts'
import { UserError } from '../platform/user-error.ts'
import { foldLoosely, starOut } from './loose-fold.ts'
import { parseWordList, type WordList, type Words } from './word-list.ts'

/** Keeps the words of a list out of messages. It follows its file, so that a new word needs no restart. */
export interface ContentFilter {
  /**
   * Looks at every string of a content but its type and the names of fields. What is nested deeper than a request may be
   * is blocked, since a list that cannot be held against it says nothing. Without a file everything passes.
   */
  apply(content: Content): Filtered
  /**
   * As `apply`, of a text that goes on: without the end of it, which may be the beginning of a word. What is returned for a
   * longer text begins with it.
   */
  applyToBeginning(text: string): Filtered
  /**
   * Looks at the file, which happens every ten seconds by itself. What cannot be used is logged, the list before stays,
   * and the next look tries again.
   */
  look(): Promise<void>
  /** Stops looking. */
  close(): void
}

export interface Filtered {
  /** What is `blocked` must not be delivered. */
  readonly verdict: 'pass' | 'masked' | 'blocked'
  /** The same object unless it is masked; a masked one is a copy. */
  readonly content: Content
}

export interface ContentFilterOptions {
  readonly file: string | undefined
  readonly log: Log
  readonly everyMs?: number
}

const LOOK_EVERY_MS = 10_000
/** So that a slip of the finger (a database, a device) is refused before it is read. */
const LARGEST_FILE = 64 * 1024 * 1024

/** @throws UserError when the file cannot be used from the beginning */
export const createContentFilter = async (options: ContentFilterOptions): Promise<ContentFilter> => {
  const { everyMs = LOOK_EVERY_MS, file, log } = options
  if (file === undefined) {
    const pass = (content: Content): Filtered => ({ verdict: 'pass', content })
    return { apply: pass, applyToBeginning: pass, look: () => Promise.resolve(), close() {} }
  }
  let bytes = await readList(file)
  let words = parseWordList(bytes, file)
  let problem: string | undefined

  const attempt = async (): Promise<void> => {
    try {
      const found = await readList(file)
      if (!found.equals(bytes)) {
        words = parseWordList(found, file)
        bytes = found
        log.info({ file }, 'the word list was read again')
      }
      problem = undefined
    } catch (error) {
      const reason = error instanceof UserError ? error.message : String(error)
      if (reason !== problem) log.warn({ reason }, 'the word list was not read again; the one before is kept')
      problem = reason
    }
  }
  // One look after the other: of two at once the older could win.
  let last: Promise<void> = Promise.resolve()
  const look = (): Promise<void> => {
    last = last.then(attempt)
    return last
  }
  let timer: NodeJS.Timeout | undefined
  const schedule = (): void => {
    timer = setTimeout(() => void look().then(() => timer !== undefined && schedule()), everyMs).unref()
  }
  schedule()

  return {
    apply: (content) => filter(content, words.automaton),
    applyToBeginning: (text) => filterBeginning(text, words),
    look,
    close() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

const readList = async (file: string): Promise<Buffer> => {
  try {
    const { isFile, size } = await stat(file).then((stats) => ({ isFile: stats.isFile(), size: stats.size }))
    if (!isFile) throw new Error('it is not a file')
    if (size > LARGEST_FILE) throw new Error('it is larger than 64 MiB')
    return await readFile(file)
  } catch (error) {
    throw new UserError(`The word list ${file} cannot be read: ${explain(error)}.`, { cause: error })
  }
}

/** Thrown through the levels of a content, and nowhere else. */
const BLOCKED = Symbol('blocked')

const filter = (content: Content, words: Words): Filtered => {
  try {
    if (typeof content === 'string') {
      const masked = maskText(content, words)
      return masked === content ? { verdict: 'pass', content } : { verdict: 'masked', content: masked }
    }
    const { type, ...rest } = content
    const masked = maskValue(rest, words, 0) as typeof rest
    return masked === rest ? { verdict: 'pass', content } : { verdict: 'masked', content: { ...masked, type } }
  } catch (error) {
    if (error === BLOCKED) return { verdict: 'blocked', content }
    throw error
  }
}

const filterBeginning = (text: string, { automaton, longest }: WordList): Filtered => {
  const { content, verdict } = filter(text, automaton)
  if (verdict === 'blocked') return { verdict, content }
  const { starts } = foldLoosely(text)
  // Counted as words are compared: between two letters there may be any number of characters that nobody sees.
  const decided = longest === 0 ? text : text.slice(0, starts.at(-longest) ?? 0)
  // Starring out keeps the number of characters.
  return { verdict, content: [...(content as string)].slice(0, [...decided].length).join('') }
}

/** @returns the value itself where nothing is masked, otherwise a copy */
const maskValue = (value: unknown, words: Words, depth: number): unknown => {
  if (typeof value === 'string') return maskText(value, words)
  if (typeof value !== 'object' || value === null) return value
  if (depth > LIMITS.jsonDepth) throw BLOCKED
  if (Array.isArray(value)) {
    const masked = value.map((item) => maskValue(item, words, depth + 1))
    return masked.every((item, index) => item === value[index]) ? value : masked
  }
  const entries = Object.entries(value)
  const masked = entries.map(([name, item]) => [name, maskValue(item, words, depth + 1)] as const)
  return masked.every(([, item], index) => item === entries[index]?.[1]) ? value : Object.fromEntries(masked)
}

const maskText = (original: string, words: Words): string => {
  const { ends, starts, text } = foldLoosely(original)
  const ranges: (readonly [start: number, end: number])[] = []
  words.find(text, ({ end, start, value }) => {
    if (value === 'block') throw BLOCKED
    const until = ends[end - 1] as number
    let from = starts[start] as number
    // They come by where they end, the longest first: each is within the last one, joins the last ones, or is behind them.
    for (let last = ranges.at(-1); last !== undefined && last[1] >= from; last = ranges.at(-1)) {
      if (last[0] <= from && last[1] >= until) return undefined
      from = Math.min(from, last[0])
      ranges.pop()
    }
    ranges.push([from, until])
    return undefined
  })
  let masked = ''
  let from = 0
  for (const [start, end] of ranges) {
    masked += original.slice(from, start) + starOut(original.slice(start, end))
    from = end
  }
  return masked + original.slice(from)
}
