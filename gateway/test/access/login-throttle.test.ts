import { MChatError } from '@mchat/schema'
import { expect, it } from 'vitest'
import { createLoginThrottle, type LoginAttempt } from '#src/access/login-throttle.ts'
import { createConfig } from '#src/config.ts'
import { createCache } from '#src/db/cache.ts'
import type { SessionEntry } from '#src/db/directory.ts'
import { createBudgets } from '#src/limits/budgets.ts'

const MINUTE = 60_000

const start = async (rateLimit = true) => {
  let now = 0
  const limits = { failedLoginsPerAccount: 3, failedLoginsPerAddress: 5 }
  const times = { expiresAt: 0, lastSeenAt: 0, endedAt: null, deviceInfo: null, credentialId: null }
  const sessions = createCache<SessionEntry>(10, async (clientId) => ({
    clientId,
    employeeId: 'amy',
    endReason: clientId === 'amy_old_1' ? 'logout' : null,
    ...times,
  }))
  for (const clientId of ['amy_phone_1', 'amy_old_1']) await sessions.get(clientId)
  const budgets = createBudgets({ monotonic: () => now }, { count: () => 1, tell() {} })
  const throttle = createLoginThrottle(createConfig({ rateLimit, limits }), { sessions }, budgets)
  const attempt = (given: Partial<LoginAttempt> = {}): LoginAttempt => ({
    username: 'amy',
    secret: 'guessed',
    clientId: 'amy_web_1',
    address: '10.0.0.1',
    ...given,
  })
  const fail = (times: number, given: Partial<LoginAttempt> = {}): void => {
    for (let i = 0; i < times; i++) throttle.failed(attempt(given))
  }
  const waits = (given: Partial<LoginAttempt> = {}): number => {
    try {
      throttle.admit(attempt(given))
      return 0
    } catch (error) {
      if (error instanceof MChatError && error.key === 'rate_limited') return Math.ceil(error.retryAfterMs ?? 0)
      throw error
    }
  }
  const pass = (ms: number): void => {
    now += ms
  }
  return { fail, waits, pass }
}

it('lets an account be guessed at so often, from anywhere, and again later', async () => {
  const { fail, pass, waits } = await start()
  fail(2)
  expect(waits()).toBe(0)
  fail(1, { address: '10.0.0.2', clientId: 'amy_other_1' })
  expect(waits()).toBe(5 * MINUTE)
  expect(waits({ address: '10.0.0.3' })).toBe(5 * MINUTE)
  expect(waits({ username: 'ben' })).toBe(0)
  pass(5 * MINUTE)
  expect(waits()).toBe(0)
  fail(1)
  expect(waits()).toBe(5 * MINUTE)
})

it('does not keep a device out that has a session', async () => {
  const { fail, waits } = await start()
  fail(100, { address: '10.0.0.2' })
  expect(waits({ clientId: 'amy_phone_1', address: '10.0.0.2' })).toBe(0)
  expect(waits({ clientId: 'amy_old_1', address: '10.0.0.3' })).toBeGreaterThan(0)
  expect(waits({ clientId: 'amy_phone_1', username: 'ben', address: '10.0.0.3' })).toBe(0)
  // Guessing at it under the client_id of that device wears out that device alone.
  fail(3, { clientId: 'amy_phone_1' })
  expect(waits({ clientId: 'amy_phone_1' })).toBeGreaterThan(0)
})

it('counts wrong tokens against their address only', async () => {
  const { fail, waits } = await start()
  const secret = 'A'.repeat(43)
  fail(4, { secret })
  expect(waits({ secret })).toBe(0)
  fail(1, { secret, username: 'ben' })
  expect(waits({ secret })).toBe(3 * MINUTE)
  expect(waits({ address: '10.0.0.2' })).toBe(0)
  expect(waits({ address: undefined })).toBe(0)
})

it('is off with the other limits', async () => {
  const { fail, waits } = await start(false)
  fail(1000)
  expect(waits()).toBe(0)
})
