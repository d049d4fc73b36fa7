import { goesOn, isAfterWord, withoutCode } from '../delivery/words.ts'
import { createAutomaton } from './automaton.ts'
import { fold } from './fold.ts'

/** Tells whether somebody who talks to an agent wants a person instead. */
export interface HandoffWords {
  /**
   * @param agentNames what the agent is called, so that `@Help Desk human` is nothing but `human`; an employee_id needs
   *   not be among them
   */
  askForPerson(text: string, agentNames?: readonly string[]): boolean
}

/**
 * A single word of letters, such as `human`, must be the whole message, mentions and punctuation aside: within a sentence
 * it is more often about something else (`human resources policy`). Everything else, so phrases (`real person`) and
 * scripts without spaces (转人工), may stand anywhere, at the edges of words. Like keywords: case does not matter (see
 * fold), code is not looked at, blank words are none.
 */
export const createHandoffWords = (words: readonly string[]): HandoffWords => {
  const folded = words.map((word) => fold(word.trim())).filter((word) => word !== '')
  const alone = new Set(folded.filter((word) => SINGLE_WORD.test(word)))
  const anywhere = createAutomaton(
    folded.filter((word) => !alone.has(word)).map((word) => [word, { begins: goesOn(word, 0) }] as const),
  )

  return {
    askForPerson(text, agentNames = []) {
      const plain = withoutCode(fold(text))
      let found = false
      anywhere.find(plain, ({ start, end, value }) => {
        const isWhole = !(isAfterWord(plain, end) && goesOn(plain, end)) && !(value.begins && isAfterWord(plain, start))
        found = isWhole
        return isWhole ? 'end' : undefined
      })
      return found || alone.has(withoutMentions(plain, agentNames))
    },
  }
}

/** Of letters with spaces between words only; 人工 is not, `人工 agent` neither. */
const SINGLE_WORD =
  /^[[[\p{L}\p{N}\p{M}_]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]]'’\-]+$/v

const withoutMentions = (plain: string, agentNames: readonly string[]): string => {
  let rest = plain
  for (const name of agentNames) if (name !== '') rest = rest.replaceAll(`@${fold(name)}`, ' ')
  return rest
    .split(/\s+/)
    .filter((part) => !part.startsWith('@'))
    .join(' ')
    .replace(AROUND, '')
}

/** Punctuation and blanks on both sides; each character is looked at once from either end. */
const AROUND = /^[\s\p{P}\p{S}\p{Cf}]+|(?<![\s\p{P}\p{S}\p{Cf}])[\s\p{P}\p{S}\p{Cf}]+$/gu
