import { type Changes, type ClientEvents, type EventName, type Handler, RequestTimeoutError } from '@mchat/sdk'
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { followMoves, type MovingClient } from '../src/calls/moves.ts'
import type { Noun } from '../src/calls/nouns.ts'
import { sameRequestsOf } from '../src/calls/same-request.ts'

let client: MovingClient
let handlers: Map<EventName, (event: never) => unknown>
let queries: QueryClient
let stop: () => void

beforeEach(() => {
  vi.useFakeTimers()
  handlers = new Map()
  client = {
    on: <N extends EventName>(name: N, handler: Handler<N>) => {
      handlers.set(name, handler as never)
      return () => handlers.delete(name)
    },
    watchChanges: () => () => undefined,
    watchProfiles: () => () => undefined,
  }
  queries = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } })
  stop = followMoves(client, queries)
})
afterEach(() => {
  stop()
  queries.clear()
  vi.useRealTimers()
})

const emit = <N extends EventName>(name: N, event: ClientEvents[N]): void => {
  handlers.get(name)?.(event as never)
}
const moved = (noun: Noun, dropped?: number): void => {
  const change = { noun, action: 'group.update', operator_id: null, at: '2030-01-01T00:00:00.000Z' }
  const more = dropped === undefined ? {} : { dropped }
  emit('changes', { type: 'changes', changes: [change], sent_at: change.at, ...more } as Changes)
}

/** What somebody looks at, and how often it was asked and answered. */
const look = (movedBy: readonly Noun[], takesMs: number) => {
  const seen = { asked: 0, answered: 0 }
  const observer = new QueryObserver(queries, {
    queryKey: [movedBy],
    queryFn: async () => {
      seen.asked++
      await new Promise((resolve) => setTimeout(resolve, takesMs))
      return seen.asked
    },
    meta: { movedBy },
  })
  observer.subscribe(({ data }) => {
    if (typeof data === 'number') seen.answered = data
  })
  return seen
}

test('several changes are one reason to ask again, and only what they move is asked', async () => {
  const groups = look(['group'], 10)
  const people = look(['employee'], 10)
  await vi.advanceTimersByTimeAsync(100)
  moved('group')
  moved('group')
  await vi.advanceTimersByTimeAsync(1000)
  expect([groups.asked, people.asked]).toEqual([2, 1])
})

test('what takes longer to answer than changes are apart is answered all the same, and asked once more at the end', async () => {
  const runs = look(['run'], 700)
  await vi.advanceTimersByTimeAsync(1000)
  for (let i = 0; i < 20; i++) {
    moved('run')
    await vi.advanceTimersByTimeAsync(200)
  }
  expect(runs.answered).toBeGreaterThan(3)
  moved('run')
  const before = runs.asked
  await vi.advanceTimersByTimeAsync(3000)
  expect(runs.asked).toBeGreaterThan(before)
  expect(runs.answered).toBe(runs.asked)
})

test('where changes were left out, everything is asked again', async () => {
  const groups = look(['group'], 10)
  const numbers = look(['stats'], 10)
  await vi.advanceTimersByTimeAsync(100)
  moved('group', 3)
  await vi.advanceTimersByTimeAsync(1000)
  expect([groups.asked, numbers.asked]).toEqual([2, 2])
})

test('what was not answered is no longer the same request once something of its kind has moved, or may have', async () => {
  const sent: (string | undefined)[] = []
  const disable = () =>
    sameRequestsOf(client)
      .send({ action: 'agent.disable', input: {}, moves: ['agent'], creates: false }, (seqId) => {
        sent.push(seqId)
        return Promise.reject(new RequestTimeoutError({ action: 'agent.disable', seqId: 's1' }, 30_000))
      })
      .catch(() => undefined)
  await disable()
  moved('group')
  await disable()
  moved('agent')
  await disable()
  moved('group', 3)
  await disable()
  expect(sent).toEqual([undefined, 's1', undefined, undefined])
})
