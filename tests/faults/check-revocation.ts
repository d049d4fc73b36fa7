import type { FirstDeliveries } from './check-deliveries.ts'
import type { Violation } from './checker.ts'
import { crashAfter, type FaultWindow, overlaps } from './fault-windows.ts'
import { type History, ownerOfSession } from './history.ts'
import type { Memberships } from './memberships.ts'
import type { Request } from './requests.ts'

interface Parts {
  readonly history: History
  readonly messages: readonly Request[]
  readonly firsts: FirstDeliveries
  readonly memberships: Memberships
  readonly windows: readonly FaultWindow[]
  readonly report: (violation: Violation) => void
}

/** What was published but is still on its way when its receiver is removed may be withheld. */
const UNDER_WAY_MS = 5000

/**
 * I4: after the answer to a removal nothing published later reaches the removed, and nothing of theirs is accepted.
 * I4b: after the answer to an addition the new member is heard, and hears everything once it has subscribed.
 */
export const checkRevocation = (parts: Parts): void => {
  for (const request of parts.messages) checkSender(request, parts)
  for (const [session, conversations] of parts.history.guests ?? []) {
    for (const conversation of conversations) checkReceiver(session, conversation, parts)
  }
}

const checkSender = ({ first, key, responses }: Request, { memberships, report }: Parts): void => {
  const { conversation = '', sender, t } = first
  if (!memberships.isGuestEmployee(sender, conversation)) return
  const outUntil = memberships.surelyOutUntil(sender, conversation, t)
  for (const { code, t: answeredAt } of responses) {
    if (code === 0 && outUntil !== undefined && answeredAt < outUntil) {
      report({ invariant: 'I4', message: `${key} was accepted from ${sender}, who had been removed`, request: key })
    }
    const isRefused = code === 401 || code === 403 || code === 404
    if (isRefused && memberships.surelyIn(sender, conversation, t, answeredAt) !== undefined) {
      report({ invariant: 'I4b', message: `${key} was refused with ${code} to ${sender}, a member`, request: key })
    }
  }
}

const checkReceiver = (session: string, conversation: string, parts: Parts): void => {
  const { firsts, history, memberships, messages, report, windows } = parts
  const employee = ownerOfSession(session)
  const subscriptions = history.events.flatMap((event) =>
    event.type === 'subscribed' && event.session === session && event.conversation === conversation ? [event.t] : [],
  )
  const away = history.events.flatMap((event) =>
    (event.type === 'away' || event.type === 'back') && event.session === session ? [event.t] : [],
  )
  for (const { acceptedAt, first, invokes, key, msgIds } of messages) {
    if (first.conversation !== conversation) continue
    const [msgId = ''] = msgIds
    const got = firsts.get(session)?.get(msgId)
    const outUntil = memberships.surelyOutUntil(employee, conversation, first.t)
    if (got !== undefined && outUntil !== undefined) {
      const isAtOnce = got.t < outUntil
      // Handed out once, as a whole while the receiver was out: a queue has kept it.
      const isQueued =
        invokes.length === 1 &&
        (acceptedAt ?? Number.POSITIVE_INFINITY) < outUntil &&
        !windows.some((window) => overlaps(window, first.t - UNDER_WAY_MS, got.t))
      if (isAtOnce || isQueued) {
        report({ invariant: 'I4', message: `${session} got ${msgId}, sent after its removal`, request: key })
      }
    }
    if (got !== undefined || acceptedAt === undefined) continue
    const stay = memberships.surelyIn(employee, conversation, first.t, acceptedAt)
    if (stay === undefined) continue
    const subscribed = subscriptions.some(
      (t) => t >= stay.addAsked && t < first.t && crashAfter(windows, t) === undefined,
    )
    const until = stay.removeAsked
    const isDisturbed =
      until !== Number.POSITIVE_INFINITY &&
      (until - acceptedAt < UNDER_WAY_MS ||
        away.some((t) => t >= stay.addAsked && t <= until) ||
        windows.some((window) => overlaps(window, first.t - 30_000, until)))
    if (subscribed && !isDisturbed && crashAfter(windows, acceptedAt) === undefined) {
      report({ invariant: 'I4b', message: `${session} never got ${msgId}, though a member`, request: key })
    }
  }
}
