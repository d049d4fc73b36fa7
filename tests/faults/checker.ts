import { checkAnswers } from './check-answers.ts'
import { checkDeliveries, type FirstDeliveries } from './check-deliveries.ts'
import { checkOrder } from './check-order.ts'
import { checkRevocation } from './check-revocation.ts'
import { crashAfter, faultWindows } from './fault-windows.ts'
import type { History } from './history.ts'
import { Memberships } from './memberships.ts'
import { collectRequests, isMessage, type Request } from './requests.ts'

/**
 * The invariants of the reliability plan (docs/reliability.md): I1 loss, I1b repetition without a reason, I2 retry, I3
 * order, I4 revocation, I4b grant, I5 audit, I6 answer, I7 invention, I8 isolation, I10 state.
 */
export type Invariant = 'I1' | 'I1b' | 'I2' | 'I3' | 'I4' | 'I4b' | 'I5' | 'I6' | 'I7' | 'I8' | 'I10'

/** One broken promise, with what is needed to look into it. */
export interface Violation {
  readonly invariant: Invariant
  readonly message: string
  /** `client/seq` of the request that it is about. */
  readonly request?: string
}

export interface Verdict {
  readonly violations: readonly Violation[]
  /** Messages. */
  readonly attempted: number
  readonly accepted: number
  readonly unanswered: number
  readonly deliveries: number
  /** Deliveries beyond the first of a message to a session. Allowed, since QoS 1 is at least once. */
  readonly repeated: number
  /** Messages missing somewhere that a killed broker may have lost; allowed. */
  readonly lostInCrash: number
  readonly faults: number
}

/** Without a fault, on a machine that has nothing else to do. */
const ANSWERED_MS = 5000
/** Beside other tests a processor may be away for seconds: there everything is answered, and how soon is not the question. */
export const ANSWERED_ANYWHERE_MS = 60_000

/**
 * Judges a complete history: every fault is over and every session has been connected long enough to be drained.
 * @param answeredMs how long an answer may take without a fault
 */
export const check = (history: History, answeredMs = ANSWERED_MS): Verdict => {
  const { requests, unasked } = collectRequests(history)
  const all = [...requests.values()]
  const memberships = new Memberships(history, all)
  const windows = faultWindows(history)
  const violations: Violation[] = []
  const report = (violation: Violation): void => void violations.push(violation)

  const messages = all.filter(isMessage)
  const accepted = messages.filter(({ acceptedAt }) => acceptedAt !== undefined)
  const firsts = checkDeliveries({ history, messages, memberships, windows, report })
  checkAnswers({ requests: all, unasked, memberships, windows, answeredMs, report })
  const lostInCrash = checkLoss(history, accepted, firsts, windows, report)
  checkOrder({ accepted, firsts, memberships, windows, report })
  checkRevocation({ history, messages, firsts, memberships, windows, report })
  const deliveries = history.events.filter((event) => event.type === 'deliver').length
  return {
    violations,
    attempted: messages.length,
    accepted: accepted.length,
    unanswered: all.filter(({ done }) => done === undefined).length,
    deliveries,
    repeated: deliveries - [...firsts.values()].reduce((sum, positions) => sum + positions.size, 0),
    lostInCrash,
    faults: windows.length,
  }
}

const checkLoss = (
  history: History,
  accepted: readonly Request[],
  firsts: FirstDeliveries,
  windows: ReturnType<typeof faultWindows>,
  report: (violation: Violation) => void,
): number => {
  let lostInCrash = 0
  for (const { acceptedAt = 0, first, key, msgIds } of accepted) {
    const { conversation = '', sender } = first
    const [msgId] = msgIds
    for (const [session, conversations] of history.sessions) {
      if (!conversations.has(conversation) || msgId === undefined) continue
      // An inbox carries what others say; the own messages of a private conversation are known to the sender.
      if (conversation.startsWith('p|') && session.startsWith(`${sender}_`)) continue
      if (firsts.get(session)?.has(msgId) === true) continue
      if (crashAfter(windows, acceptedAt) !== undefined) lostInCrash++
      else report({ invariant: 'I1', message: `${session} never got ${msgId} (${key})`, request: key })
    }
  }
  return lostInCrash
}
