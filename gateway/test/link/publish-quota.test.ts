import { expect, test } from 'vitest'
import { PublishQuota } from '../../src/link/publish-quota.ts'
import { systemClock } from '../../src/platform/clock.ts'

test('no second holds more than the quota, and all get their turn in order', async () => {
  const quota = new PublishQuota({ publishesPerSecond: 100, unacknowledged: 1000 }, systemClock())
  const entered: number[] = []
  const order: number[] = []
  await Promise.all(
    Array.from({ length: 150 }, async (_, i) => {
      await quota.enter()
      entered.push(performance.now())
      order.push(i)
    }),
  )
  expect(order).toEqual(Array.from({ length: 150 }, (_, i) => i))
  for (const [i, time] of entered.entries()) {
    const inSecond = entered.slice(i).filter((other) => other < time + 1000).length
    expect(inSecond).toBeLessThanOrEqual(100)
  }
})

test('no more wait for their acknowledgement at once than the broker takes', async () => {
  const quota = new PublishQuota({ publishesPerSecond: 1_000_000, unacknowledged: 3 }, systemClock())
  let entered = 0
  const all = Array.from({ length: 8 }, () => quota.enter().then(() => void entered++))
  await Promise.all(all.slice(0, 3))
  expect(entered).toBe(3)
  for (let done = 1; done <= 5; done++) {
    quota.acknowledged()
    await all[2 + done]
    expect(entered).toBe(3 + done)
  }
})
