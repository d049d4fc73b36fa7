import { createTopics } from '@mchat/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openOrganisation } from '../../../tests/conformance/organisation.ts'
import { describeAccess } from '../../src/access/connection.ts'
import type { EmqxRest } from '../../src/access/emqx/rest.ts'
import { createEmqxAccess } from '../../src/access/emqx.ts'
import { watchArrivals } from '../../src/access/hooks/arrivals.ts'
import { createConfig } from '../../src/config.ts'
import { clientSessions } from '../../src/db/repositories/client-sessions.ts'

const topics = createTopics()
const stack = new AsyncDisposableStack()
let organisation: Awaited<ReturnType<typeof openOrganisation>>
beforeAll(async () => {
  organisation = stack.use(await openOrganisation())
  await organisation.hire('ann')
})
afterAll(() => stack.disposeAsync())

/** Clients as EMQX lists them, each subscribed to what belongs to somebody else and never letting go of it. */
const openAccess = (clients: Awaited<ReturnType<EmqxRest['clientsOf']>>) => {
  const calls: string[] = []
  const call =
    <T>(name: string, answer: T) =>
    async (): Promise<T> => {
      calls.push(name)
      return answer
    }
  const rest: Pick<
    EmqxRest,
    'clientsOf' | 'subscriptionsOf' | 'forgetAuthorisations' | 'subscribe' | 'unsubscribe' | 'kick'
  > = {
    clientsOf: call('list', clients),
    subscriptionsOf: call('subscriptions', [topics.inbox('bob')]),
    forgetAuthorisations: call('forget', true),
    subscribe: call('subscribe', true),
    unsubscribe: call('unsubscribe', true),
    kick: call('kick', true),
  }
  let now = 0
  const access = createEmqxAccess({
    topics,
    database: organisation.database,
    rest,
    groupDelivery: 'topic',
    // Six seconds between two looks.
    clock: { monotonic: () => (now += 6000) },
    forgotten: call('forgotten', undefined),
    onGone: call('gone', undefined),
    description: describeAccess(createConfig({ broker: { kind: 'emqx', url: 'mqtt://x' } }), {
      mqtt: 1883,
      http: 8080,
    }),
  })
  return { access, calls }
}

test('no gateway answers from before when the broker is looked at', async () => {
  const { access, calls } = openAccess([])
  await access.syncEmployees(['ann'])
  expect(calls).toEqual(['forgotten', 'list'])
})

test('a client that keeps what it was told to let go is not called enforced', async () => {
  const clientId = 'ann_web_1'
  const { access, calls } = openAccess([{ clientId, connected: true }])
  await expect(access.syncEmployees(['ann'], clientId)).rejects.toMatchObject({ key: 'revocation_pending' })
  expect(calls).toEqual(['forgotten', 'list', 'forget', 'subscriptions', 'unsubscribe'])
})

test('a client without a session is thrown out when its will can no longer be judged by an old answer', async () => {
  const { access, calls } = openAccess([{ clientId: 'ann_web_1', connected: true }])
  await access.syncEmployees(['ann'])
  expect(calls).toEqual(['forgotten', 'list', 'forget', 'kick', 'gone'])
})

test('who arrives while a right is taken from them is looked at again, and others are left alone', async () => {
  const { clock, database, directory } = organisation
  const { promise: synced, resolve } = Promise.withResolvers<string>()
  const unexpected: unknown[] = []
  const arrivals = watchArrivals({
    directory,
    groupDelivery: 'topic',
    afterMs: 1,
    async sync(employeeId) {
      resolve(employeeId)
      if (employeeId !== 'ann') unexpected.push(employeeId)
    },
    onError: (error) => unexpected.push(error),
  })
  for (const employeeId of ['cat', 'dan']) await organisation.hire(employeeId)
  await organisation.found('g1')
  await organisation.join('g1', 'ann')
  for (const employee_id of ['ann', 'cat', 'dan']) {
    const session = { client_id: `${employee_id}_web_1`, employee_id, device_info: null, credential_id: null }
    const expires_at = new Date(clock.now() + 86_400_000)
    await clientSessions.open(database.kysely, { ...session, now: clock.date(), expires_at })
    await directory.employees.get(employee_id)
    await directory.groupsOf.get(employee_id)
  }
  const [ann, cat, dan] = ['ann', 'cat', 'dan'].map((employeeId) => arrivals.coming(employeeId))
  await organisation.leave('g1', 'ann')
  cat?.admitted('cat_web_1')
  dan?.admitted('dan_web_1')
  ann?.admitted('ann_web_1')
  expect(await synced).toBe('ann')
  expect(unexpected).toEqual([])
  arrivals.stop()
})
