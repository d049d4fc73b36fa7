import type { FirstDeliveries } from './check-deliveries.ts'
import type { Violation } from './checker.ts'
import { ownerOfSession } from './history.ts'
import type { Memberships } from './memberships.ts'
import type { Request } from './requests.ts'

/**
 * I3: a message whose predecessor of the same sender and conversation was answered before it was sent comes after it.
 *
 * For somebody who is a member only at times, of what was sent and received in one stay: a repetition by a gateway that
 * was paused may come to one who joined after the first time, and is the first that one sees of it.
 */
export const checkOrder = (
  accepted: readonly Request[],
  firsts: FirstDeliveries,
  memberships: Memberships,
  report: (violation: Violation) => void,
): void => {
  const chains = Map.groupBy(accepted, ({ first }) => `${first.sender}|${first.conversation}`)
  for (const chain of chains.values()) {
    const inOrder = chain.toSorted((a, b) => a.first.t - b.first.t)
    const conversation = inOrder[0]?.first.conversation ?? ''
    for (const [session, positions] of firsts) {
      const employee = ownerOfSession(session)
      const concerned = memberships.isGuest(session, conversation)
        ? inOrder.filter(({ acceptedAt = 0, first, msgIds: [msgId = ''] }) => {
            const stay = memberships.surelyIn(employee, conversation, first.t, acceptedAt)
            return stay !== undefined && (positions.get(msgId)?.t ?? 0) < stay.removeAsked
          })
        : inOrder
      checkSession(session, concerned, positions, report)
    }
  }
}

const checkSession = (
  session: string,
  inOrder: readonly Request[],
  positions: ReadonlyMap<string, { readonly position: number }>,
  report: (violation: Violation) => void,
): void => {
  let latest = -1
  let latestId = ''
  let waiting: { readonly acceptedAt: number; readonly position: number; readonly msgId: string }[] = []
  for (const { acceptedAt = 0, first, key, msgIds } of inOrder) {
    const [msgId = ''] = msgIds
    const position = positions.get(msgId)?.position
    if (position === undefined) continue
    for (const earlier of waiting) {
      if (earlier.acceptedAt >= first.t || earlier.position <= latest) continue
      latest = earlier.position
      latestId = earlier.msgId
    }
    waiting = waiting.filter((earlier) => earlier.acceptedAt >= first.t)
    if (position < latest) {
      report({ invariant: 'I3', message: `${session} got ${msgId} before ${latestId}`, request: key })
    }
    waiting.push({ acceptedAt, position, msgId })
  }
}
