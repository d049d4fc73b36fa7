import { expect, test } from 'vitest'
import { openBroker, topics } from './broker-rig.ts'

const CLIENT = 'ann_web_1'

test('who comes back is told of each status that has changed once, the newest, behind its messages', async () => {
  await using rig = await openBroker()
  const raw = await rig.connect(CLIENT, { clean: false })
  await raw.subscribe(topics.statusAll, topics.inbox('ann'))
  await rig.rig.tell(topics.status('bob'), 'seen')
  expect((await raw.nextPublish())?.payload.toString()).toBe('seen')
  expect(await raw.ping()).toBe(true)
  await raw[Symbol.asyncDispose]()
  await expect.poll(() => rig.broker.connections).toBe(0)
  for (let n = 1; n <= 500; n++) await rig.rig.tell(topics.status(n % 2 === 0 ? 'bob' : 'cid'), String(n))
  await rig.rig.publish(topics.inbox('ann'), 'a message')
  expect(rig.sessions.stats().queuedMessages).toBe(1)
  await using back = await rig.connect(CLIENT, { clean: false })
  expect(back.packets.find(({ type }) => type === 'connack')?.body[0]).toBe(1)
  await expect.poll(() => back.publishes.map(({ payload }) => `${payload}`)).toEqual(['a message', '499', '500'])
})
