import { describe, expect, it } from 'vitest'
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

const judge = (...events: HistoryEvent[]): string[] => {
  const history: History = { events, sessions }
  return [...new Set(check(history).violations.map((violation) => violation.invariant))]
}

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
})
