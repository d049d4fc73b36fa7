import { expect, test } from 'vitest'
import type { ConnectedClients } from '#src/broker/connected-clients.ts'
import { Keepalive } from '#src/broker/keepalive.ts'
import { publishPacket } from '../../../tests/kit/raw-packets.ts'
import { openBroker, topics } from './broker-rig.ts'

const client = (keepaliveSeconds: number) => {
  const errors: string[] = []
  const holds = new Set<string>()
  return {
    client: { emit: (_event: 'error', error: Error) => errors.push(error.message) },
    keepaliveSeconds,
    silentSeconds: 0,
    undrainedSeconds: 0,
    reader: {
      heard: false,
      get onHold() {
        return holds.size > 0
      },
      isHeld: (reason: string) => holds.has(reason),
    },
    holds,
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
  onHold.holds.add('requests')
  expect(secondsUntilEnded(onHold)).toBeUndefined()
})

test('one that takes nothing of what it was sent is ended', () => {
  const full = client(0)
  expect(secondsUntilEnded(full, (second) => void (second === 5 && full.holds.add('drain')))).toBe(35)
  expect(full.errors).toEqual(['drain timeout'])
})

test('a client that only sends requests is heard, and one that falls silent leaves its will', async () => {
  await using rig = await openBroker()
  await using raw = await rig.open()
  const will = { topic: topics.status('ann'), payload: 'gone', retain: true }
  await raw.connect({ clientId: 'ann_web_1', username: 'ann', password: 'x', keepalive: 1, will })
  const started = performance.now()
  let seq = 0
  while (performance.now() - started < 4000 && !raw.isClosed) {
    await raw.write(publishPacket({ topic: topics.request('ann_web_1', `s${++seq}`), qos: 1, packetId: seq }))
    await raw.next('puback')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(raw.isClosed).toBe(false)
  await raw.closed
  await expect.poll(() => rig.statuses).toEqual(['gone'])
})
