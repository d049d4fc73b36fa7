import { describe, expect, it } from 'vitest'
import { whyInvalid } from './bench.ts'
import { compareAudit } from './check-audit.ts'
import { compareMembers, expectedMembers } from './check-state.ts'
import { check } from './checker.ts'
import type { History, HistoryEvent } from './history.ts'

const sessions = new Map([
  ['ann_a_1', new Set(['g|g1', 'p|ann|bob'])],
  ['bob_a_1', new Set(['g|g1', 'p|ann|bob'])],
  ['eve_a_1', new Set<string>()],
])

const invoke = (t: number, seq: string, conversation = 'g|g1'): HistoryEvent => ({
  type: 'invoke',
  t,
  client: 'ann_a_1',
  seq,
  sender: 'ann',
  conversation,
  hash: `hash-${seq}`,
})
const response = (t: number, seq: string, msgId = `msg-${seq}`, code = 0): HistoryEvent => ({
  type: 'response',
  t,
  client: 'ann_a_1',
  seq,
  code,
  msgId,
})
const deliver = (t: number, session: string, seq: string, changes: Partial<HistoryEvent> = {}): HistoryEvent =>
  ({
    type: 'deliver',
    t,
    session,
    msgId: `msg-${seq}`,
    sender: 'ann',
    conversation: 'g|g1',
    hash: `hash-${seq}`,
    ...changes,
  }) as HistoryEvent
const everywhere = (t: number, seq: string): HistoryEvent[] => [deliver(t, 'ann_a_1', seq), deliver(t, 'bob_a_1', seq)]

/** Gus is added to g1 and removed from it. */
const guests = new Map([['gus_a_1', new Set(['g|g1'])]])

const judge = (...events: HistoryEvent[]): string[] => {
  const history: History = { events, sessions, guests }
  return [...new Set(check(history).violations.map((violation) => violation.invariant))]
}

const fault = (t: number): HistoryEvent => ({ type: 'fault', t, what: 'cut' })
const healed = (t: number): HistoryEvent => ({ type: 'healed', t, what: 'cut' })
const subscribed = (t: number): HistoryEvent => ({
  type: 'subscribed',
  t,
  session: 'gus_a_1',
  conversation: 'g|g1',
})

/** Ann asks at this time, and is answered one later. */
const change = (t: number, seq: string, joins: boolean): HistoryEvent[] => [
  {
    type: 'invoke',
    t,
    client: 'ann_a_1',
    seq,
    sender: 'ann',
    kind: 'change',
    member: { group: 'g1', employee: 'gus', joins },
  },
  { type: 'response', t: t + 1, client: 'ann_a_1', seq, code: 0, answer: '{}' },
]
const add = (t: number, seq: string): HistoryEvent[] => change(t, seq, true)
const remove = (t: number, seq: string): HistoryEvent[] => change(t, seq, false)

const fromGus = (t: number): HistoryEvent => ({
  type: 'invoke',
  t,
  client: 'gus_a_1',
  seq: 'g',
  sender: 'gus',
  conversation: 'g|g1',
  hash: 'hash-g',
})
const answerToGus = (t: number, code: number): HistoryEvent => ({
  type: 'response',
  t,
  client: 'gus_a_1',
  seq: 'g',
  code,
  msgId: code === 0 ? 'msg-g' : undefined,
})
const everywhereFromGus = (t: number): HistoryEvent[] =>
  everywhere(t, 'g').map((event) => ({ ...event, sender: 'gus' }) as HistoryEvent)

describe('the history checker', () => {
  it('accepts a history in which everything is as promised, repetitions included', () => {
    expect(
      judge(
        invoke(1, '1'),
        ...everywhere(2, '1'),
        invoke(3, '1'),
        response(4, '1'),
        response(5, '1'),
        invoke(6, '2'),
        ...everywhere(7, '2'),
        deliver(7, 'bob_a_1', '1'),
        response(8, '2'),
      ),
    ).toEqual([])
  })

  it('says nothing of a private message missing in the inbox of its sender', () => {
    const changes = { conversation: 'p|ann|bob' } as Partial<HistoryEvent>
    expect(judge(invoke(1, '1', 'p|ann|bob'), deliver(2, 'bob_a_1', '1', changes), response(3, '1'))).toEqual([])
  })

  it('catches a lost message (I1)', () => {
    expect(judge(invoke(1, '1'), deliver(2, 'ann_a_1', '1'), response(3, '1'))).toEqual(['I1'])
  })

  it('catches a retry answered with another msg_id (I2)', () => {
    expect(
      judge(invoke(1, '1'), ...everywhere(2, '1'), response(3, '1'), invoke(4, '1'), response(5, '1', 'msg-other')),
    ).toEqual(['I2'])
  })

  it('catches two requests that share a msg_id (I2)', () => {
    const history = judge(
      invoke(1, '1'),
      ...everywhere(2, '1'),
      response(3, '1'),
      invoke(4, '2'),
      ...everywhere(5, '2'),
      response(6, '2', 'msg-1'),
    )
    expect(history).toContain('I2')
  })

  it('catches messages in the wrong order (I3)', () => {
    expect(
      judge(
        invoke(1, '1'),
        response(2, '1'),
        invoke(3, '2'),
        response(4, '2'),
        ...everywhere(5, '2'),
        ...everywhere(6, '1'),
      ),
    ).toEqual(['I3'])
  })

  it('allows any order of messages that were sent at the same time', () => {
    expect(
      judge(
        invoke(1, '1'),
        invoke(2, '2'),
        response(3, '1'),
        response(4, '2'),
        ...everywhere(5, '2'),
        ...everywhere(6, '1'),
      ),
    ).toEqual([])
  })

  it('catches a request without an answer (I6)', () => {
    expect(judge(invoke(1, '1'), ...everywhere(2, '1'))).toEqual(['I6'])
  })

  it('catches a message that nobody sent (I7), also one with another content or from another sender', () => {
    expect(judge(deliver(1, 'bob_a_1', '1'))).toEqual(['I7'])
    expect(
      judge(invoke(1, '1'), ...everywhere(2, '1'), deliver(3, 'bob_a_1', '1', { hash: 'x' }), response(4, '1')),
    ).toEqual(['I7'])
  })

  it('catches a message in a session that is not entitled to it (I8)', () => {
    expect(judge(invoke(1, '1'), ...everywhere(2, '1'), deliver(3, 'eve_a_1', '1'), response(4, '1'))).toEqual(['I8'])
  })

  it('catches a repetition of a change that is answered otherwise (I2)', () => {
    expect(
      judge(...add(1, '1'), { ...response(3, '1', undefined), answer: '{"added_ids":[]}' } as HistoryEvent),
    ).toEqual(['I2'])
  })

  it('catches a seq that is used again for something else and not refused (I2)', () => {
    const again = { ...invoke(3, '1'), kind: 'change', conflicts: true } as HistoryEvent
    expect(judge(...add(1, '1'), again)).toEqual(['I2'])
    expect(judge(...add(1, '1'), again, response(4, '1', undefined, 409))).toEqual([])
  })

  it('catches an answer that is late (I6), and lets a fault put it off', () => {
    const late = [invoke(1, '1'), ...everywhere(2, '1'), response(20_000, '1')]
    const cut: HistoryEvent[] = [fault(100), healed(900)]
    expect(judge(...late)).toEqual(['I6'])
    expect(judge(late[0] as HistoryEvent, ...cut, ...late.slice(1))).toEqual([])
    expect(judge(late[0] as HistoryEvent, ...cut, ...everywhere(2, '1'), response(31_000, '1'))).toEqual(['I6'])
  })

  it('catches a late answer during a fault that nobody may notice (I6)', () => {
    const harmless = { ...fault(0), isHarmless: true } as HistoryEvent
    expect(judge(harmless, invoke(1, '1'), ...everywhere(2, '1'), response(5500, '1'), healed(9000))).toEqual(['I6'])
  })

  it('catches a wrong code, and an answer to what nobody asked (I6)', () => {
    expect(judge(invoke(1, '1'), response(2, '1', undefined, 403))).toEqual(['I6'])
    expect(judge({ ...invoke(1, '1'), kind: 'read', expect: 400 } as HistoryEvent, response(2, '1'))).toEqual(['I6'])
    expect(judge(response(2, '9'))).toEqual(['I6'])
  })

  it('catches a message that was refused and yet delivered (I7)', () => {
    expect(judge(invoke(1, '1'), deliver(2, 'bob_a_1', '1'), response(3, '1', undefined, 413))).toContain('I7')
  })

  it('catches a repeated delivery that nothing explains (I1b), and lets a fault explain it', () => {
    const twice = [invoke(1, '1'), ...everywhere(2, '1'), deliver(3, 'bob_a_1', '1'), response(4, '1')]
    expect(judge(...twice)).toEqual(['I1b'])
    expect(judge(fault(0), healed(1), ...twice)).toEqual([])
  })

  it('allows a killed broker to lose what it acknowledged in its last second, and no more', () => {
    const crash = (t: number) => ({ ...fault(t), crashesBroker: true }) as HistoryEvent
    const lost = [invoke(1, '1'), deliver(2, 'ann_a_1', '1'), response(3, '1')]
    expect(judge(...lost, crash(1000))).toEqual([])
    expect(judge(...lost, crash(4000))).toEqual(['I1'])
  })

  it('allows what a killed broker had forgotten to come late (I3), and nothing else', () => {
    const crash = (t: number) => ({ ...fault(t), crashesBroker: true }) as HistoryEvent
    const late = (crashedAt: number) =>
      judge(
        invoke(1, '1'),
        deliver(2, 'ann_a_1', '1'),
        response(3, '1'),
        crash(crashedAt),
        healed(crashedAt + 1),
        invoke(4500, '2'),
        ...everywhere(4501, '2'),
        response(4502, '2'),
        deliver(4600, 'bob_a_1', '1'),
      )
    expect(late(1000)).toEqual([])
    expect(late(4000)).toEqual(['I3'])
  })

  describe('of somebody who is added and removed', () => {
    const stay = [...add(1, '1'), subscribed(3), ...remove(1000, '2')]

    it('accepts what is sent to a member and nothing afterwards', () => {
      expect(judge(...stay, invoke(1100, '3'), ...everywhere(1101, '3'), response(1102, '3'))).toEqual([])
      const first = [invoke(10, '3'), ...everywhere(11, '3'), deliver(11, 'gus_a_1', '3'), response(12, '3')]
      expect(judge(...stay.slice(0, 3), ...first, ...remove(1000, '2'))).toEqual([])
    })

    it('catches a message that reaches the removed (I4), at once or from a queue', () => {
      const after = [invoke(1100, '3'), ...everywhere(1101, '3'), response(1102, '3')]
      expect(judge(...stay, ...after, deliver(1103, 'gus_a_1', '3'))).toEqual(['I4'])
      expect(judge(...stay, ...after, ...add(2000, '4'), deliver(2003, 'gus_a_1', '3'))).toEqual(['I4'])
    })

    it('catches a message accepted from the removed (I4)', () => {
      expect(judge(...stay, fromGus(1100), ...everywhereFromGus(1101), answerToGus(1102, 0))).toEqual(['I4'])
      expect(judge(...stay, fromGus(1100), answerToGus(1102, 403))).toEqual([])
    })

    it('catches a member who is refused (I4b), and one who is not sent what the others get', () => {
      expect(judge(...add(1, '1'), fromGus(10), answerToGus(11, 403))).toEqual(['I4b'])
      const sent = [invoke(10, '3'), ...everywhere(11, '3'), response(12, '3')]
      expect(judge(...add(1, '1'), subscribed(3), ...sent)).toEqual(['I4b'])
      expect(judge(...add(1, '1'), ...sent)).toEqual([])
    })

    it('catches members that the answers do not add up to (I10)', () => {
      const members = expectedMembers({ events: [...add(1, '1')], sessions }, new Map([['g1', ['ann', 'bob']]]))
      const [[, expected] = ['', { surely: new Set<string>(), perhaps: new Set<string>() }]] = members
      expect(compareMembers('a gateway', expected, ['admin', 'ann', 'bob', 'gus'])).toEqual([])
      expect(compareMembers('a gateway', expected, ['admin', 'ann', 'eve', 'gus'])).toHaveLength(2)
    })
  })

  it('calls a run with little traffic, few faults or many silences invalid', () => {
    const verdict = { ...check({ events: [], sessions }), attempted: 10_000, accepted: 10_000 }
    const plague = { planned: 20, injected: 20, skipped: [] }
    expect(whyInvalid(verdict, plague, 100)).toEqual([])
    expect(whyInvalid(verdict, plague, 1000)).toHaveLength(1)
    expect(whyInvalid(verdict, { ...plague, injected: 19 }, 100)).toHaveLength(1)
    expect(whyInvalid({ ...verdict, unanswered: 3000 }, plague, 100)).toHaveLength(1)
  })
})

describe('the audit log', () => {
  const auditOf = (events: HistoryEvent[], ...rows: [seq: string, code: number][]): string[] =>
    compareAudit(
      { events, sessions },
      rows.map(([seq, code]) => ({ key: `ann_a_1/${seq}`, code })),
    ).map(({ message }) => message)
  const asked = (seq: string): HistoryEvent => add(1, seq)[0] as HistoryEvent
  const refused = (seq: string, code: number): HistoryEvent[] => [asked(seq), response(2, seq, undefined, code)]

  it('has a row for what was answered', () => {
    expect(auditOf(add(1, 'a'), ['a', 0])).toEqual([])
    expect(auditOf(refused('a', 403), ['a', 403])).toEqual([])
    expect(auditOf(add(1, 'a'))).toEqual(['ann_a_1/a: was answered 0 and has no such row'])
    expect(auditOf(refused('a', 403))).toEqual(['ann_a_1/a: was answered 403 and has no such row'])
    expect(auditOf(refused('a', 403), ['a', 404])).toHaveLength(2)
  })

  it('has one, also of what was asked twice or answered 503 first', () => {
    const slowly = [asked('a'), response(2, 'a', undefined, 503), response(3, 'a')]
    expect(auditOf(slowly, ['a', 0])).toEqual([])
    expect(auditOf(slowly, ['a', 0], ['a', 0])).toEqual(['ann_a_1/a: has more than one row with 0'])
  })

  it('may have one of what was never answered, and has none of what was never asked', () => {
    expect(auditOf([asked('a')])).toEqual([])
    expect(auditOf([asked('a')], ['a', 0])).toEqual([])
    expect(auditOf([], ['a', 0])).toEqual(['ann_a_1/a: has a row and was never asked'])
  })

  it('does not say that what was refused was done', () => {
    expect(auditOf(refused('a', 403), ['a', 403], ['a', 0])).toEqual([
      'ann_a_1/a: has a row that it was done, and was refused',
    ])
  })
})
