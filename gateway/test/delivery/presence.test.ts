import { createTopics } from '@mchat/schema'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPresence, type Presence } from '#src/delivery/presence.ts'
import type { Link } from '#src/link/link.ts'

const topics = createTopics()

let told: string[]
let presence: Presence
beforeEach(() => {
  vi.useFakeTimers()
  told = []
  const link: Link = {
    start: async () => {},
    drain: async () => {},
    notReady: () => undefined,
    async publish(topic, payload, { qos, retain }) {
      const { status, device = '' } = JSON.parse(payload.toString())
      expect({ qos, retain }).toEqual({ qos: 1, retain: true })
      told.push(`${topic.split('/').at(-1)} ${status} ${device}`.trim())
    },
  }
  presence = createPresence(link, topics, {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    timestamp: () => new Date().toISOString(),
    date: () => new Date(),
  })
})
afterEach(() => {
  vi.useRealTimers()
})

const say = (employeeId: string, status: string, device?: string): Promise<void> =>
  presence.say(employeeId, Buffer.from(JSON.stringify({ status, device })))

test('a few changes are told at once', async () => {
  await say('ann', 'online', 'a')
  await say('ann', 'offline')
  await say('bob', 'online')
  expect(told).toEqual(['ann online a', 'ann offline', 'bob online'])
})

test('of many changes the last is told, when its time has come, and never more than one a second', async () => {
  for (let i = 0; i < 1000; i++) await say('ann', 'online', `d${i}`)
  expect(told).toHaveLength(5)
  await vi.advanceTimersByTimeAsync(1000)
  expect(told.slice(5)).toEqual(['ann online d999'])
  for (let second = 0; second < 10; second++) {
    for (let i = 0; i < 20; i++) await say('ann', 'online', `s${second}-${i}`)
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect(told.length).toBeLessThanOrEqual(17)
  expect(told.at(-1)).toBe('ann online s9-19')
  expect(vi.getTimerCount()).toBe(0)
})

test('one employee’s changes do not slow down those of others', async () => {
  for (let i = 0; i < 100; i++) await say('ann', 'online', `d${i}`)
  await say('bob', 'online')
  expect(told.at(-1)).toBe('bob online')
})

test('whoever is gone is told to be at once, and nothing older comes after it', async () => {
  for (let i = 0; i < 100; i++) await say('ann', 'online', `d${i}`)
  await presence.offline('ann')
  expect(told.at(-1)).toBe('ann offline')
  const count = told.length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toHaveLength(count)
})

test('the pace comes back after a rest', async () => {
  for (let i = 0; i < 100; i++) await say('ann', 'online', `d${i}`)
  await vi.advanceTimersByTimeAsync(60_000)
  told.length = 0
  for (let i = 0; i < 10; i++) await say('ann', 'online', `e${i}`)
  expect(told).toHaveLength(5)
})

test('what is not a status is ignored, and costs nothing', async () => {
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"status":"away"}',
    '{"status":1}',
    `{"status":"online"${' '.repeat(1024)}}`,
  ]) {
    for (let i = 0; i < 10; i++) await presence.say('ann', Buffer.from(text))
  }
  expect(told).toEqual([])
  await say('ann', 'online')
  expect(told).toEqual(['ann online'])
})
