import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBudgets } from '#src/limits/budgets.ts'
import type { TokenBuckets } from '#src/limits/token-bucket.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

interface Deployment {
  /** One for each gateway. */
  readonly buckets: readonly TokenBuckets[]
  readonly told: string[]
}

const deploy = (gateways: number, perSecond: number, burst: number, isHeard = true): Deployment => {
  const told: string[] = []
  const clock = { monotonic: () => performance.now() }
  const all = Array.from({ length: gateways }, (_, own) => {
    const budgets = createBudgets(clock, {
      count: () => gateways,
      tell(news) {
        told.push(news)
        if (!isHeard) return
        for (const [other, { budgets }] of all.entries()) if (other !== own) budgets.heard(news)
      },
    })
    return { budgets, buckets: budgets.buckets('client', perSecond, burst) }
  })
  return { buckets: all.map(({ buckets }) => buckets), told }
}

/** Asks ten times as often as is allowed, of one gateway after the other. Answers how many were given. */
const flood = ({ buckets }: Deployment, seconds: number, perSecond: number, key = 'amy_web_1'): number => {
  let given = 0
  for (let asked = 0; asked < seconds * perSecond * 10; asked++) {
    if (buckets[asked % buckets.length]?.take(key) === 0) given++
    vi.advanceTimersByTime(1000 / (perSecond * 10))
  }
  return given
}

describe.each([1, 2, 3, 8])('a budget of %i gateways', (gateways) => {
  test('holds over all of them within 20 %', () => {
    const given = flood(deploy(gateways, 60, 60), 30, 60)
    expect(given).toBeLessThanOrEqual(1.2 * (30 * 60 + 60))
    expect(given).toBeGreaterThanOrEqual(0.8 * 30 * 60)
  })

  test('is one budget where a broker sends everything to one of them', () => {
    const { buckets } = deploy(gateways, 20, 60)
    const given = flood({ buckets: buckets.slice(0, 1), told: [] }, 30, 20)
    expect(given).toBeGreaterThanOrEqual(0.95 * 30 * 20)
  })
})

test('what each of three gives on its own is three times as much', () => {
  expect(flood(deploy(3, 60, 60, false), 30, 60)).toBeGreaterThan(2 * (30 * 60 + 60))
})

test('who stays below the share of each gateway is not worth a word', () => {
  const deployment = deploy(3, 20, 60)
  for (let second = 0; second < 60; second++) {
    for (const { take } of deployment.buckets) expect(take('amy_web_1')).toBe(0)
    vi.advanceTimersByTime(1000)
  }
  expect(deployment.told).toEqual([])
})

test('one that floods leaves the others theirs', () => {
  const deployment = deploy(3, 20, 60)
  flood(deployment, 5, 20)
  for (const { take } of deployment.buckets) expect(take('bob_web_1')).toBe(0)
})

test('a gateway alone tells nothing', () => {
  const deployment = deploy(1, 20, 60)
  flood(deployment, 5, 20)
  expect(deployment.told).toEqual([])
})

test('what is told at one time has an end, in pieces that PostgreSQL takes, the greediest first', () => {
  const { buckets, told } = deploy(2, 1, 1000)
  const clientId = (i: number): string => `amy_${'x'.repeat(50)}_${i}`
  for (let i = 0; i < 5000; i++) buckets[0]?.take(clientId(i))
  for (let i = 0; i < 50; i++) buckets[0]?.take(clientId(4999))
  // Nobody has such an id, and it would not fit.
  for (let i = 0; i < 50; i++) buckets[0]?.take('"'.repeat(5000))
  vi.advanceTimersByTime(1000)
  expect(told.length).toBe(8)
  for (const news of told) expect(Buffer.byteLength(news)).toBeLessThanOrEqual(7000)
  expect(JSON.parse(told[0] ?? '[]')[0]).toEqual(['client', clientId(4999), 51])
})

test('news of a budget that this release does not know changes nothing', () => {
  const budgets = createBudgets({ monotonic: () => performance.now() }, { count: () => 2, tell() {} })
  const buckets = budgets.buckets('client', 1, 1)
  budgets.heard('[["another","amy_web_1",5],["client","bob_web_1",5]]')
  expect(buckets.take('amy_web_1')).toBe(0)
  expect(buckets.take('bob_web_1')).toBeGreaterThan(0)
})
