import { textOf } from './agent-texts.ts'
import { LIMITS } from './generated/contract.ts'
import type { AgentRun } from './generated/types.ts'

/**
 * Why a handler failed, for the log of the gateway: the message of the error, or only its name where the message quotes
 * what was said. A `SyntaxError` always does: `JSON.parse` has a piece of what it could not read in it.
 * @param written by the handler so far
 * @returns undefined: it threw something else than an error
 */
export const failureReason = (error: unknown, run: AgentRun, written: string): string | undefined => {
  if (!(error instanceof Error)) return undefined
  const { message, name } = error
  const said = [run.message, ...run.context_messages].map(({ content }) => textOf(content))
  const isQuoted = [...said, written].some((text = '') => text.trim() !== '' && message.includes(text.trim()))
  const reason = message === '' || isQuoted || error instanceof SyntaxError ? name : message
  // By code points, as JSON Schema counts: half a character would be none.
  return [...reason].slice(0, LIMITS.agentReasonChars).join('')
}
