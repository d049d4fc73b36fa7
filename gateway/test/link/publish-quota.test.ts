import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PublishQuota, QuotaError } from '../../src/link/publish-quota.ts'

let now = 0
const clock = { monotonic: () => now }

beforeEach(() => {
  now = 0
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => void vi.useRealTimers())

const pass = async (milliseconds: number): Promise<void> => {
  for (let i = 0; i < milliseconds; i++) {
    now++
    await vi.advanceTimersByTimeAsync(1)
  }
}

/** Asks for so many at once; the times at which they entered, in the order of asking. */
const ask = (quota: PublishQuota, count: number): (number | undefined)[] => {
  const times: (number | undefined)[] = Array.from({ length: count })
  for (let i = 0; i < count; i++) {
    const entered = quota.enter(true)
    if (entered === true) times[i] = now
    else void entered.then(() => (times[i] = now))
  }
  return times
}

test('no second holds more than nine tenths of the quota, none holds much less, and all get their turn in order', async () => {
  const times = ask(new PublishQuota({ publishesPerSecond: 100, unacknowledged: 1000 }, clock), 300)
  await pass(4000)
  const entered = times.map((time) => time ?? Number.NaN)
  expect(entered).toEqual(entered.toSorted((a, b) => a - b))
  for (const [i, time] of entered.entries()) {
    const inSecond = entered.slice(i).filter((other) => other < time + 1000).length
    expect(inSecond).toBeLessThanOrEqual(90)
    if (i < 200) expect(inSecond).toBeGreaterThanOrEqual(75)
  }
})

test('no more wait for their acknowledgement at once than the broker takes', async () => {
  const quota = new PublishQuota({ publishesPerSecond: 1_000_000, unacknowledged: 3 }, clock)
  const times = ask(quota, 8)
  const entered = (): number => times.filter((time) => time !== undefined).length
  expect(entered()).toBe(3)
  for (let done = 1; done <= 5; done++) {
    quota.acknowledged()
    await pass(1)
    expect(entered()).toBe(3 + done)
  }
})

test('what would have to wait for longer than four seconds is refused, and what need not arrive does not wait', async () => {
  const quota = new PublishQuota({ publishesPerSecond: 100, unacknowledged: 1000 }, clock)
  ask(quota, 10 + 4 * 80)
  await expect(quota.enter(true)).rejects.toThrow(QuotaError)
  await pass(100)
  await expect(quota.enter(false)).rejects.toThrow(QuotaError)
  expect(quota.enter(true)).toBeInstanceOf(Promise)
})

test('what waits is refused when the connection is lost, and does not keep the process', async () => {
  const quota = new PublishQuota({ publishesPerSecond: 10, unacknowledged: 1000 }, clock)
  expect(quota.enter(true)).toBe(true)
  const waiting = [quota.enter(true), quota.enter(true)]
  quota.refuseAll()
  for (const one of waiting) await expect(one).rejects.toThrow('the connection was lost')
  expect(vi.getTimerCount()).toBe(0)
  await pass(1000)
  expect(quota.enter(true)).toBe(true)
})
