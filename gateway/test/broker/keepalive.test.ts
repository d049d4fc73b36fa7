import { expect, test } from 'vitest'
import type { ConnectedClients } from '#src/broker/connected-clients.ts'
import { Keepalive } from '#src/broker/keepalive.ts'
import { publishPacket } from '../../../tests/kit/raw-packets.ts'
import { openBroker, topics } from './broker-rig.ts'

const client = (keepaliveSeconds: number) => {
  const errors: string[] = []
  const reader = {
    heard: false,
    onHold: false,
    takeHeard() {
      const { heard } = reader
      reader.heard = false
      return heard
    },
  }
  return {
    client: { emit: (_event: 'error', error: Error) => errors.push(error.message) },
    keepaliveSeconds,
    reader,
    errors,
  }
}

const secondsUntilEnded = (
  connected: ReturnType<typeof client>,
  each: (second: number) => void = () => {},
): number | undefined => {
  const keepalive = new Keepalive([connected] as unknown as ConnectedClients)
  for (let second = 1; second <= 200; second++) {
    each(second)
    keepalive.secondPassed()
    if (connected.errors.length > 0) return second
  }
  return undefined
}

test('a silent client is ended after one and a half times what it announced, and not before', () => {
  expect(secondsUntilEnded(client(10))).toBe(17)
  expect(secondsUntilEnded(client(1))).toBe(3)
  expect(secondsUntilEnded(client(0))).toBeUndefined()
})

test('one that is heard now and then, or is not listened to, stays', () => {
  const heard = client(10)
  expect(secondsUntilEnded(heard, (second) => (heard.reader.heard = second % 15 === 0))).toBeUndefined()
  const onHold = client(10)
  onHold.reader.onHold = true
  expect(secondsUntilEnded(onHold)).toBeUndefined()
})

test('a client that only sends requests is heard, and one that falls silent leaves its will', async () => {
  await using rig = await openBroker()
  await using raw = await rig.open()
  const will = { topic: topics.status('ann'), payload: 'gone', retain: true }
  await raw.connect({ clientId: 'ann_web_1', username: 'ann', password: 'x', keepalive: 3, will })
  for (let seq = 1; seq <= 20; seq++) {
    await raw.write(publishPacket({ topic: topics.request('ann_web_1', `s${seq}`), qos: 1, packetId: seq }))
    await raw.next('puback')
    rig.broker.secondPassed()
  }
  expect(await raw.ping()).toBe(true)
  for (let second = 1; second <= 10; second++) rig.broker.secondPassed()
  await raw.closed
  await expect.poll(() => rig.statuses).toEqual(['gone'])
})
