import { LIMITS } from '@mchat/schema'
import { goesOn, isAfterWord, withoutCode } from '../delivery/words.ts'
import { createAutomaton } from './automaton.ts'
import { fold } from './fold.ts'

/** Finds the agents that a text calls by one of their trigger keywords. */
export interface KeywordMatcher {
  /** @returns the employee_ids of all agents in the deployment that it calls, whoever may hear the text */
  find(text: string): Set<string>
}

export interface AgentKeywords {
  readonly employeeId: string
  readonly keywords: readonly string[]
}

/**
 * Keywords are literals: `.*` is a point and an asterisk. Upper and lower case are the same (see fold), code is not
 * looked at, and where a keyword begins or ends with a letter of a word, the word must begin or end there, too: `art` is
 * not in `party`, but 报销 is in 我要报销单. Keywords that a profile must not have are no keywords here either: blank
 * ones, single letters of words, what is not well-formed, and what is past the limits of length and number.
 */
export const createKeywordMatcher = (agents: Iterable<AgentKeywords>): KeywordMatcher => {
  const keywords = new Map<string, Keyword>()
  for (const { employeeId, keywords: given } of agents) {
    for (const raw of given.slice(0, LIMITS.keywords)) {
      const literal = literalOf(raw)
      if (literal === undefined) continue
      const keyword = keywords.get(literal)
      if (keyword === undefined) keywords.set(literal, { ...edgesOf(literal), employeeIds: [employeeId] })
      else keyword.employeeIds.push(employeeId)
    }
  }
  const automaton = createAutomaton(keywords)

  return {
    find(text) {
      const employeeIds = new Set<string>()
      if (keywords.size === 0) return employeeIds
      const plain = withoutCode(fold(text))
      const found = new Set<Keyword>()
      // Keywords that end together are told one after the other.
      let endLooked = -1
      let endsInWord = false
      automaton.find(plain, ({ start, end, value: keyword }) => {
        if (end !== endLooked) {
          endLooked = end
          endsInWord = goesOn(plain, end)
        }
        // The shorter ones end with the same letter.
        if (keyword.endsWord && endsInWord) return 'next'
        if (found.has(keyword) || (keyword.beginsWord && isAfterWord(plain, start))) return undefined
        found.add(keyword)
        for (const employeeId of keyword.employeeIds) employeeIds.add(employeeId)
        return found.size === keywords.size ? 'end' : undefined
      })
      return employeeIds
    },
  }
}

interface Keyword {
  readonly beginsWord: boolean
  readonly endsWord: boolean
  readonly employeeIds: string[]
}

const literalOf = (raw: string): string | undefined => {
  if (raw.length > 2 * LIMITS.keywordChars || !raw.isWellFormed() || [...raw].length > LIMITS.keywordChars) return
  const literal = fold(raw.trim())
  const isLetter = [...literal].length === 1 && edgesOf(literal).beginsWord
  return literal === '' || isLetter ? undefined : literal
}

const edgesOf = (literal: string): Pick<Keyword, 'beginsWord' | 'endsWord'> => ({
  beginsWord: goesOn(literal, 0),
  endsWord: isAfterWord(literal, literal.length),
})
