import { findAction } from '@mchat/schema'
import type { Clock } from '../platform/clock.ts'
import { createLineBudget } from './line-budget.ts'
import type { Log, LogLevel } from './log.ts'

/** One answered request. An interface to the outside (docs/reference/log.md): fields are added, never changed. */
export interface RequestLine {
  readonly client_id: string
  readonly seq_id: string
  readonly employee_id?: string | undefined
  /** `unknown` when there is no such action. */
  readonly action: string
  readonly code: number
  readonly reason?: string | undefined
  /** From taking the request until its answer was handed to the broker. */
  readonly ms: number
  /** What went wrong, for code 500. */
  readonly error?: unknown
}

/** @returns what the router calls once for every request */
export const createRequestLog = (log: Log, clock: Pick<Clock, 'monotonic'>): ((line: RequestLine) => void) => {
  const withinBudget = createLineBudget(log, clock, 'request lines left out')
  return (line) => {
    const level = levelOf(line)
    if (!log.isEnabled(level)) return
    if (level !== 'debug' && !withinBudget()) return
    log[level]({ ...line, ms: Math.round(line.ms * 1000) / 1000 }, 'request')
  }
}

/** What works and changes nothing (messages, questions) is only worth a line to somebody who asks for `debug`. */
const levelOf = ({ action, code }: RequestLine): LogLevel => {
  if (code === 0) return findAction(action)?.kind === 'change' ? 'info' : 'debug'
  if (code === 500) return 'error'
  return code > 500 ? 'warn' : 'info'
}
