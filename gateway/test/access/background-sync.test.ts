import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBackgroundSync } from '../../src/access/background-sync.ts'
import { silentLog } from '../../src/ops/log.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** A broker that confirms nothing about some employees. */
const open = (failing: Set<string>) => {
  const asked: string[] = []
  const access = {
    async syncEmployees(employeeIds: readonly string[]) {
      asked.push(...employeeIds)
      if (employeeIds.some((id) => failing.has(id))) throw new Error('the broker is away')
    },
  }
  return { asked, background: createBackgroundSync(access, silentLog) }
}

test('what fails is tried again until it does not', async () => {
  const failing = new Set(['ann'])
  const { asked, background } = open(failing)
  background.sync(['ann', 'bob'])
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toEqual(['ann', 'bob', 'ann'])
  failing.clear()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(asked).toEqual(['ann', 'bob', 'ann', 'ann'])
  expect(vi.getTimerCount()).toBe(0)
})

test('nobody waits behind others that have failed', async () => {
  const { asked, background } = open(new Set(['ann']))
  background.sync(['ann'])
  await vi.advanceTimersByTimeAsync(60_000)
  asked.length = 0
  background.sync(['bob'])
  expect(asked).toEqual(['bob'])
})

test('nothing is tried again once it has been stopped', async () => {
  const { asked, background } = open(new Set(['ann']))
  background.sync(['ann'])
  await background.stop()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(asked).toEqual(['ann'])
})
