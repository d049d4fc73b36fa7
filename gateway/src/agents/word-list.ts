import { LIMITS } from '@mchat/schema'
import { UserError } from '../platform/user-error.ts'
import { type Automaton, createAutomaton } from './automaton.ts'
import { foldLoosely } from './loose-fold.ts'

/** What becomes of a content with a word of the list: it is not delivered, or the word is starred out. */
export type WordAction = 'block' | 'mask'

/** Finds in what foldLoosely makes of a text. */
export type Words = Automaton<WordAction>

export interface WordList {
  readonly automaton: Words
  /** UTF-16 units of the longest word, as it is compared. */
  readonly longest: number
}

const LINE = /^(?:(?<action>[A-Za-z]+):(?=\s|$)|(?<tight>block|mask):)?\s*(?<word>.*)$/u

/**
 * One entry in a line: `block: word`, `mask: word`, or only the word, which is then masked; blank lines and those that
 * begin with `#` are none. A word that is listed for both is blocked.
 * @param file what the content is called in errors
 * @throws UserError which names the file and the line, not what is there
 */
export const parseWordList = (bytes: Uint8Array, file: string): WordList => {
  const actions = new Map<string, WordAction>()
  for (const [index, line] of decode(bytes, file)
    .split(/\r\n|\r|\n/)
    .entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const refuse = (what: string): UserError =>
      new UserError(`The word list ${file} is wrong in line ${index + 1}: ${what}.`)
    const { action: named, tight, word = '' } = LINE.exec(trimmed)?.groups ?? {}
    const action = named ?? tight ?? 'mask'
    if (action !== 'block' && action !== 'mask') {
      throw refuse('what stands before the colon must be block or mask')
    }
    if ([...word].length > LIMITS.keywordChars) throw refuse(`a word has at most ${LIMITS.keywordChars} characters`)
    const { text } = foldLoosely(word)
    if (text.trim() === '') throw refuse('there is no word')
    if (actions.get(text) !== 'block') actions.set(text, action)
    if (actions.size > LIMITS.filterWords) throw refuse(`a list has at most ${LIMITS.filterWords} words`)
  }
  const longest = [...actions.keys()].reduce((most, { length }) => Math.max(most, length), 0)
  return { automaton: createAutomaton(actions), longest }
}

const decode = (bytes: Uint8Array, file: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new UserError(`The word list ${file} is wrong in line ${wrongLine(bytes)}: it is not UTF-8.`, {
      cause: error,
    })
  }
}

/** The first line that is not UTF-8; a line break is never part of another character. */
const wrongLine = (bytes: Uint8Array): number => {
  const decoder = new TextDecoder('utf-8')
  return decoder.decode(bytes).split('\ufffd')[0]?.split('\n').length ?? 1
}
