import { expect, it } from 'vitest'
import { record, startWorld } from './kit/world.ts'

const TOPIC = 'mchat/inbox/alice/changes'
const event = (dropped: number) => ({ type: 'changes', changes: [], dropped, sent_at: '2026-01-01T00:00:00.000Z' })

it('nothing is watched unless it is asked for', async () => {
  const { broker, join } = await startWorld()
  await join('alice')
  expect(broker.subscribes.flatMap(({ filters }) => filters)).not.toContain(TOPIC)
})

it('changes are watched until the last who asked has stopped', async () => {
  const { broker, join } = await startWorld()
  const alice = await join('alice')
  const heard = record(alice, 'changes')
  const stops = [alice.watchChanges(), alice.watchChanges()]
  await expect.poll(() => broker.subscribes.flatMap(({ filters }) => filters)).toContain(TOPIC)
  stops[0]?.()
  const next = heard.next()
  await broker.publish(TOPIC, event(1))
  expect(await next).toEqual(event(1))
  const unsubscribed = new Promise((resolve) => broker.aedes.once('unsubscribe', resolve))
  stops[1]?.()
  expect(await unsubscribed).toEqual([TOPIC])
})

it('changes are watched again after the broker has lost the session', async () => {
  const { broker, join } = await startWorld()
  const alice = await join('alice')
  const heard = record(alice, 'changes')
  alice.watchChanges()
  await expect.poll(() => broker.subscribes.filter(({ filters }) => filters.includes(TOPIC))).toHaveLength(1)
  await broker.loseSession(alice.clientId ?? '')
  await expect.poll(() => broker.subscribes.filter(({ filters }) => filters.includes(TOPIC))).toHaveLength(2)
  const next = heard.next()
  await broker.publish(TOPIC, event(2))
  expect(await next).toEqual(event(2))
})

it('what is told there beside changes is left to later versions', async () => {
  const { broker, join } = await startWorld()
  const alice = await join('alice')
  const heard = record(alice, 'changes')
  alice.watchChanges()
  await expect.poll(() => broker.subscribes.flatMap(({ filters }) => filters)).toContain(TOPIC)
  const next = heard.next()
  await broker.publish(TOPIC, { ...event(3), type: 'hologram' })
  await broker.publish(TOPIC, event(4))
  expect(await next).toEqual(event(4))
  expect(heard.all).toHaveLength(1)
})
