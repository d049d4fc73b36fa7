import { type MChatClient, RequestTimeoutError } from '@mchat/sdk'
import { MutationObserver, QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { changeOptions } from '../src/calls/change.ts'

const ABOUT = { action: 'agent.disable', seqId: 'lost-1' }

/** A gateway that answers, or does not. */
const startAsking = () => {
  const seqIds: (string | undefined)[] = []
  const gateway = { isAway: false }
  const client = {
    request: (_action: string, _input: object, { seqId }: { readonly seqId?: string } = {}) => {
      seqIds.push(seqId)
      return gateway.isAway ? Promise.reject(new RequestTimeoutError(ABOUT, 30_000)) : Promise.resolve({})
    },
  } as unknown as MChatClient
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } })
  const change = (action: 'agent.disable' | 'agent.enable') =>
    new MutationObserver(queries, changeOptions(client, queries, action, { moves: ['agent'] })).mutate({
      employee_id: 'emp_1',
    })
  return { change, gateway, queries, seqIds }
}

test('a change is done when it was answered, while what it moved is still being read again', async () => {
  const { change, queries } = startAsking()
  let asked = 0
  const observer = new QueryObserver(queries, {
    queryKey: ['agent.list'],
    queryFn: () => (asked++ === 0 ? 'before' : new Promise<string>(() => undefined)),
    meta: { movedBy: ['agent'] },
  })
  const answered = new Promise((resolve) => observer.subscribe(({ data }) => data === 'before' && resolve(data)))
  await answered
  await change('agent.disable')
  expect(asked).toBe(2)
  expect(observer.getCurrentResult()).toMatchObject({ data: 'before', isFetching: true })
})

test('an agent that is switched off, on and off again is asked for three times, answered or not', async () => {
  const { change, gateway, seqIds } = startAsking()
  await change('agent.disable')
  await change('agent.enable')
  await change('agent.disable')
  expect(seqIds).toEqual([undefined, undefined, undefined])
  gateway.isAway = true
  await expect(change('agent.disable')).rejects.toThrow(RequestTimeoutError)
  gateway.isAway = false
  await change('agent.enable')
  await change('agent.disable')
  expect(seqIds.slice(3)).toEqual([undefined, undefined, undefined])
})

test('a change that was not answered is asked for again as the same one, from wherever on the page', async () => {
  const { change, gateway, seqIds } = startAsking()
  gateway.isAway = true
  await expect(change('agent.disable')).rejects.toThrow(RequestTimeoutError)
  gateway.isAway = false
  await change('agent.disable')
  expect(seqIds).toEqual([undefined, 'lost-1'])
})
