import type { History, HistoryEvent } from './history.ts'

/** One broken promise, with what is needed to look into it. */
export interface Violation {
  /** The invariant of the reliability plan: I1 loss, I2 retry, I3 order, I6 answer, I7 invention, I8 isolation. */
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I6' | 'I7' | 'I8'
  readonly message: string
}

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly attempted: number
  readonly accepted: number
  readonly deliveries: number
  /** Deliveries beyond the first of a message to a session. Allowed, since QoS 1 is at least once. */
  readonly repeated: number
  readonly faults: number
}

type Invoke = Extract<HistoryEvent, { type: 'invoke' }>

interface Send {
  readonly first: Invoke
  readonly codes: Set<number>
  readonly msgIds: Set<string>
  /** When it was first answered with code 0. */
  acceptedAt: number | undefined
}

/** Judges a complete history: every fault is over and every session has been connected long enough to be drained. */
export const check = (history: History): Verdict => {
  const sends = collectSends(history.events)
  const violations: Violation[] = []
  const firsts = collectFirstDeliveries(history, sends, violations)
  const accepted = [...sends.values()].filter((send) => send.acceptedAt !== undefined)
  checkAnswers(sends, violations)
  checkLoss(history, accepted, firsts, violations)
  checkOrder(accepted, firsts, violations)
  const deliveries = history.events.filter((event) => event.type === 'deliver').length
  return {
    violations,
    attempted: sends.size,
    accepted: accepted.length,
    deliveries,
    repeated: deliveries - [...firsts.values()].reduce((sum, positions) => sum + positions.size, 0),
    faults: history.events.filter((event) => event.type === 'fault').length,
  }
}

const collectSends = (events: readonly HistoryEvent[]): Map<string, Send> => {
  const sends = new Map<string, Send>()
  for (const event of events) {
    if (event.type === 'invoke') {
      const key = `${event.client}/${event.seq}`
      if (!sends.has(key)) sends.set(key, { first: event, codes: new Set(), msgIds: new Set(), acceptedAt: undefined })
    } else if (event.type === 'response') {
      const send = sends.get(`${event.client}/${event.seq}`)
      if (send === undefined) continue
      send.codes.add(event.code)
      if (event.code !== 0 || event.msgId === undefined) continue
      send.msgIds.add(event.msgId)
      send.acceptedAt ??= event.t
    }
  }
  return sends
}

/** Position of the first delivery of each message in each session: session → msg_id → position. */
const collectFirstDeliveries = (
  history: History,
  sends: ReadonlyMap<string, Send>,
  violations: Violation[],
): Map<string, Map<string, number>> => {
  const attempts = new Set(
    [...sends.values()].map(({ first }) => `${first.sender}|${first.conversation}|${first.hash}`),
  )
  const firsts = new Map<string, Map<string, number>>(
    [...history.sessions.keys()].map((session) => [session, new Map()]),
  )
  for (const [position, event] of history.events.entries()) {
    if (event.type !== 'deliver') continue
    if (!attempts.has(`${event.sender}|${event.conversation}|${event.hash}`)) {
      violations.push({ invariant: 'I7', message: `${event.session} got ${event.msgId}, which nobody sent like that` })
    }
    if (history.sessions.get(event.session)?.has(event.conversation) !== true) {
      violations.push({ invariant: 'I8', message: `${event.session} got ${event.msgId} of ${event.conversation}` })
      continue
    }
    const positions = firsts.get(event.session)
    if (positions !== undefined && !positions.has(event.msgId)) positions.set(event.msgId, position)
  }
  return firsts
}

const checkAnswers = (sends: ReadonlyMap<string, Send>, violations: Violation[]): void => {
  const owners = new Map<string, string>()
  for (const [key, send] of sends) {
    if (send.codes.size === 0) violations.push({ invariant: 'I6', message: `${key} was never answered` })
    if (send.msgIds.size > 1) {
      violations.push({ invariant: 'I2', message: `${key} was answered with ${[...send.msgIds].join(' and ')}` })
    }
    for (const msgId of send.msgIds) {
      const owner = owners.get(msgId)
      if (owner !== undefined) violations.push({ invariant: 'I2', message: `${key} and ${owner} share ${msgId}` })
      owners.set(msgId, key)
    }
  }
}

const checkLoss = (
  history: History,
  accepted: readonly Send[],
  firsts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  violations: Violation[],
): void => {
  for (const { first, msgIds } of accepted) {
    const [msgId] = msgIds
    for (const [session, conversations] of history.sessions) {
      if (!conversations.has(first.conversation) || msgId === undefined) continue
      // An inbox carries what others say; the own messages of a private conversation are known to the sender.
      if (first.conversation.startsWith('p|') && session.startsWith(`${first.sender}_`)) continue
      if (firsts.get(session)?.has(msgId) === true) continue
      violations.push({ invariant: 'I1', message: `${session} never got ${msgId} (${first.client}/${first.seq})` })
    }
  }
}

/** A message whose predecessor of the same sender and conversation was answered before it was sent comes after it. */
const checkOrder = (
  accepted: readonly Send[],
  firsts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  violations: Violation[],
): void => {
  const chains = Map.groupBy(accepted, ({ first }) => `${first.sender}|${first.conversation}`)
  for (const chain of chains.values()) {
    const inOrder = chain.toSorted((a, b) => a.first.t - b.first.t)
    for (const [session, positions] of firsts) {
      let latest = -1
      let latestId = ''
      let waiting: { readonly acceptedAt: number; readonly position: number; readonly msgId: string }[] = []
      for (const { first, msgIds, acceptedAt = 0 } of inOrder) {
        const [msgId = ''] = msgIds
        const position = positions.get(msgId)
        if (position === undefined) continue
        for (const earlier of waiting) {
          if (earlier.acceptedAt >= first.t || earlier.position <= latest) continue
          latest = earlier.position
          latestId = earlier.msgId
        }
        waiting = waiting.filter((earlier) => earlier.acceptedAt >= first.t)
        if (position < latest)
          violations.push({ invariant: 'I3', message: `${session} got ${msgId} before ${latestId}` })
        waiting.push({ acceptedAt, position, msgId })
      }
    }
  }
}
