import { expect, test } from 'vitest'
import type { RawClient } from '../../../tests/kit/raw-client.ts'
import { type BrokerRig, openBroker, topics } from './broker-rig.ts'

const CLIENT = 'ann_web_1'
const INBOX = topics.inbox('ann')
const FULL = { limits: { queuedMessages: 5, inflight: 2 } }

const isSessionPresent = (raw: RawClient): boolean => raw.packets.find(({ type }) => type === 'connack')?.body[0] === 1
const textsOf = (raw: RawClient): string[] => raw.publishes.map(({ payload }) => payload.toString())
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1))

const leave = async (rig: BrokerRig, raw: RawClient): Promise<void> => {
  await raw[Symbol.asyncDispose]()
  await expect.poll(() => rig.broker.connections).toBe(0)
}

const subscribeAndLeave = async (rig: BrokerRig): Promise<void> => {
  const raw = await rig.connect(CLIENT, { clean: false })
  await raw.subscribe(INBOX)
  await leave(rig, raw)
}

test('who comes back to a full queue is told that the session is new, and gets what was accepted before all else', async () => {
  await using rig = await openBroker({}, FULL)
  await subscribeAndLeave(rig)
  for (const text of numbered(8)) await rig.rig.publish(INBOX, text)
  await using back = await rig.connect(CLIENT, { clean: false })
  expect(isSessionPresent(back)).toBe(false)
  expect(await back.subscribe(INBOX)).toEqual([1])
  await rig.rig.publish(INBOX, 'later')
  await expect.poll(() => textsOf(back)).toEqual([...numbered(6), 'later'])
  await leave(rig, back)
  await rig.rig.publish(INBOX, 'an ordinary session')
  await using again = await rig.connect(CLIENT, { clean: false })
  expect(isSessionPresent(again)).toBe(true)
  await expect.poll(() => textsOf(again)).toEqual(['an ordinary session'])
})

test('who is connected and does not keep up is disconnected, and then comes back as others do', async () => {
  await using rig = await openBroker({}, FULL)
  await using raw = await rig.connect(CLIENT, { clean: false })
  await raw.subscribe(INBOX)
  // All in one turn, before anything can be acknowledged.
  await Promise.all(numbered(8).map((text) => rig.rig.publish(INBOX, text)))
  await raw.closed
  await using back = await rig.connect(CLIENT, { clean: false })
  expect(isSessionPresent(back)).toBe(false)
  await expect.poll(() => textsOf(back)).toEqual(numbered(8))
})

test('a session that ends while its client is away is forgotten by the broker too', async () => {
  await using rig = await openBroker()
  await subscribeAndLeave(rig)
  expect([...rig.broker.clientIdsOf('ann')]).toEqual([CLIENT])
  await rig.sessions.revoke(CLIENT, [INBOX])
  expect([...rig.broker.clientIdsOf('ann')]).toEqual([])
})

test('a session that ends while its client is connected does not make the broker forget the client', async () => {
  await using rig = await openBroker()
  await using raw = await rig.connect(CLIENT, { clean: false })
  await raw.subscribe(INBOX)
  await rig.sessions.revoke(CLIENT, [INBOX])
  await rig.sessions.purge(CLIENT)
  expect([...rig.broker.clientIdsOf('ann')]).toEqual([CLIENT])
  await using successor = await rig.connect(CLIENT, { clean: true })
  await raw.closed
  expect(await successor.ping()).toBe(true)
  expect([...rig.broker.clientIdsOf('ann')]).toEqual([CLIENT])
})
