import type { FirstDeliveries } from './check-deliveries.ts'
import type { Violation } from './checker.ts'
import { crashAfter, type FaultWindow } from './fault-windows.ts'
import { ownerOfSession } from './history.ts'
import type { Memberships } from './memberships.ts'
import type { Request } from './requests.ts'

interface Parts {
  readonly accepted: readonly Request[]
  readonly firsts: FirstDeliveries
  readonly memberships: Memberships
  readonly windows: readonly FaultWindow[]
  readonly report: (violation: Violation) => void
}

/**
 * I3: a message whose predecessor of the same sender and conversation was answered before it was sent comes after it.
 *
 * For somebody who is a member only at times, of what was sent and received in one stay: a repetition by a gateway that
 * was paused may come to one who joined after the first time, and is the first that one sees of it.
 *
 * A broker that is killed forgets what was accepted just before, and also that the request was answered: then it hands the
 * request out again, and who had lost the message gets it late.
 */
export const checkOrder = ({ accepted, firsts, memberships, report, windows }: Parts): void => {
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
      checkSession(session, concerned, positions, { report, windows })
    }
  }
}

const checkSession = (
  session: string,
  inOrder: readonly Request[],
  positions: ReadonlyMap<string, { readonly position: number; readonly t: number }>,
  { report, windows }: Pick<Parts, 'report' | 'windows'>,
): void => {
  let latest = -1
  let latestId = ''
  let waiting: { readonly acceptedAt: number; readonly position: number; readonly msgId: string }[] = []
  for (const { acceptedAt = 0, first, key, msgIds } of inOrder) {
    const [msgId = ''] = msgIds
    const delivery = positions.get(msgId)
    if (delivery === undefined) continue
    const { position, t } = delivery
    for (const earlier of waiting) {
      if (earlier.acceptedAt >= first.t || earlier.position <= latest) continue
      latest = earlier.position
      latestId = earlier.msgId
    }
    waiting = waiting.filter((earlier) => earlier.acceptedAt >= first.t)
    if (position < latest) {
      report({ invariant: 'I3', message: `${session} got ${msgId} before ${latestId}`, request: key })
    }
    const crashedAt = crashAfter(windows, acceptedAt)
    const isLate = crashedAt !== undefined && t > crashedAt
    if (!isLate) waiting.push({ acceptedAt, position, msgId })
  }
}
