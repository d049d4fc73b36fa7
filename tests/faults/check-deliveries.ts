import type { Violation } from './checker.ts'
import { type FaultWindow, overlaps } from './fault-windows.ts'
import type { Deliver, History } from './history.ts'
import type { Memberships } from './memberships.ts'
import type { Request } from './requests.ts'

/** Position in the history and time of the first delivery of each message: session → msg_id. */
export type FirstDeliveries = ReadonlyMap<
  string,
  ReadonlyMap<string, { readonly position: number; readonly t: number }>
>

interface Parts {
  readonly history: History
  readonly messages: readonly Request[]
  readonly memberships: Memberships
  readonly windows: readonly FaultWindow[]
  readonly report: (violation: Violation) => void
}

/** How long after a fault a connection may still come back and bring again what it was not acknowledged for. */
const AFTERMATH_MS = 35_000

/** I7: whatever is delivered was sent like that. I8: to whom it concerns. I1b: again only where there was a reason. */
export const checkDeliveries = ({ history, memberships, messages, report, windows }: Parts): FirstDeliveries => {
  const attempts = new Map<string, Request>()
  const byMsgId = new Map<string, Request>()
  for (const message of messages) {
    const { conversation, hash, sender } = message.first
    attempts.set(`${sender}|${conversation}|${hash}`, message)
    for (const msgId of message.msgIds) byMsgId.set(msgId, message)
  }
  const absences = collectAbsences(history)
  const firsts = new Map<string, Map<string, { position: number; t: number }>>()
  for (const sessions of [history.sessions, history.guests ?? new Map()]) {
    for (const session of sessions.keys()) firsts.set(session, new Map())
  }

  for (const [position, event] of history.events.entries()) {
    if (event.type !== 'deliver') continue
    const attempt = attempts.get(`${event.sender}|${event.conversation}|${event.hash}`)
    checkInvention(event, attempt, report)
    if (!isEntitled(history, memberships, event)) {
      report({ invariant: 'I8', message: `${event.session} got ${event.msgId} of ${event.conversation}` })
      continue
    }
    const positions = firsts.get(event.session)
    const before = positions?.get(event.msgId)
    if (before === undefined) {
      positions?.set(event.msgId, { position, t: event.t })
      continue
    }
    const message = byMsgId.get(event.msgId) ?? attempt
    const from = (message?.first.t ?? before.t) - AFTERMATH_MS
    const isExplained =
      (message?.invokes.length ?? 0) > 1 ||
      windows.some((window) => overlaps(window, from, event.t)) ||
      absences.get(event.session)?.some(({ t }) => t >= from && t <= event.t) === true
    if (!isExplained && attempt !== undefined) {
      const about = message === undefined ? {} : { request: message.key }
      report({ invariant: 'I1b', message: `${event.session} got ${event.msgId} again for no reason`, ...about })
    }
  }
  return firsts
}

const checkInvention = (event: Deliver, attempt: Request | undefined, report: (violation: Violation) => void): void => {
  if (attempt === undefined) {
    report({ invariant: 'I7', message: `${event.session} got ${event.msgId}, which nobody sent like that` })
    return
  }
  const codes = attempt.responses.map(({ code }) => code)
  const isRefused = codes.length > 0 && codes.every((code) => code >= 400 && code < 500 && code !== 429)
  if (isRefused) {
    const message = `${event.session} got ${event.msgId}, which was refused with ${codes[0]}`
    report({ invariant: 'I7', message, request: attempt.key })
  }
}

const isEntitled = (history: History, memberships: Memberships, { conversation, session }: Deliver): boolean =>
  history.sessions.get(session)?.has(conversation) === true || memberships.isGuest(session, conversation)

const collectAbsences = ({ events }: History): Map<string, { readonly t: number }[]> => {
  const absences = new Map<string, { t: number }[]>()
  for (const event of events) {
    if (event.type !== 'away' && event.type !== 'back') continue
    const known = absences.get(event.session)
    if (known === undefined) absences.set(event.session, [event])
    else known.push(event)
  }
  return absences
}
