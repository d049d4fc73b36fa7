import { MChatError } from '@mchat/schema'
import { expect, it } from 'vitest'
import type { Login } from '#src/access/credentials.ts'
import { type AdmittedLogin, createLoginThrottle } from '#src/access/login-throttle.ts'
import { createConfig } from '#src/config.ts'
import { createCache } from '#src/db/cache.ts'
import type { SessionEntry } from '#src/db/directory.ts'
import { createBudgets } from '#src/limits/budgets.ts'

const MINUTE = 60_000

const start = async (rateLimit = true) => {
  let now = 0
  const limits = { failedLoginsPerAccount: 3, failedLoginsPerAddress: 5 }
  const times = { expiresAt: 0, lastSeenAt: 0, endedAt: null, deviceInfo: null, credentialId: null }
  const ends: Readonly<Record<string, string | null>> = { amy_phone_1: null, amy_tablet_1: null, amy_old_1: 'logout' }
  const sessions = createCache<SessionEntry>(10, async (clientId) => {
    const endReason = ends[clientId]
    return endReason === undefined ? undefined : { clientId, employeeId: 'amy', endReason, ...times }
  })
  for (const clientId of ['amy_phone_1', 'amy_old_1']) await sessions.get(clientId)
  const budgets = createBudgets({ monotonic: () => now }, { count: () => 1, tell() {} })
  const throttle = createLoginThrottle(createConfig({ rateLimit, limits }), { sessions }, budgets)
  const attempt = (given: Partial<Login> = {}): Login => ({
    username: 'amy',
    secret: 'guessed',
    clientId: 'amy_web_1',
    address: '10.0.0.1',
    ...given,
  })
  const begin = async (given: Partial<Login> = {}): Promise<AdmittedLogin | number> =>
    await throttle.admit(attempt(given)).catch((error: unknown) => {
      if (error instanceof MChatError && error.key === 'rate_limited') return Math.ceil(error.retryAfterMs ?? 0)
      throw error
    })
  /** How many of these tries were let as far as failing. */
  const fail = async (times: number, given: Partial<Login> = {}): Promise<number> => {
    let failed = 0
    for (let i = 0; i < times; i++) {
      const begun = await begin(given)
      if (typeof begun === 'number') continue
      begun.failed()
      failed++
    }
    return failed
  }
  const waits = async (given: Partial<Login> = {}): Promise<number> => {
    const begun = await begin(given)
    if (typeof begun === 'number') return begun
    begun.passed()
    return 0
  }
  const pass = (ms: number): void => {
    now += ms
  }
  return { begin, fail, waits, pass }
}

it('lets an account be guessed at so often, from anywhere, and again later', async () => {
  const { fail, pass, waits } = await start()
  await fail(2)
  expect(await waits()).toBe(0)
  await fail(1, { address: '10.0.0.2', clientId: 'amy_other_1' })
  expect(await waits()).toBe(5 * MINUTE)
  expect(await waits({ address: '10.0.0.3' })).toBe(5 * MINUTE)
  expect(await waits({ username: 'ben' })).toBe(0)
  pass(5 * MINUTE)
  expect(await waits()).toBe(0)
  await fail(1)
  expect(await waits()).toBe(5 * MINUTE)
})

it('does not keep a device out that has a session', async () => {
  const { fail, waits } = await start()
  await fail(100, { address: '10.0.0.2' })
  expect(await waits({ clientId: 'amy_phone_1', address: '10.0.0.2' })).toBe(0)
  expect(await waits({ clientId: 'amy_old_1', address: '10.0.0.3' })).toBeGreaterThan(0)
  expect(await waits({ clientId: 'amy_phone_1', username: 'ben', address: '10.0.0.3' })).toBe(0)
  // Guessing under the client_id of that device, which everybody can read, wears out who guesses alone.
  expect(await fail(100, { clientId: 'amy_phone_1', address: '10.0.0.9' })).toBe(3)
  expect(await waits({ clientId: 'amy_phone_1', address: '10.0.0.9' })).toBeGreaterThan(0)
  expect(await waits({ clientId: 'amy_phone_1', address: '10.0.0.10' })).toBe(0)
  expect(await waits({ clientId: 'amy_phone_1', address: '10.0.0.9', secret: 'A'.repeat(43) })).toBe(0)
})

it('finds out that a device has a session where it is not remembered', async () => {
  const { fail, waits } = await start()
  await fail(100, { address: '10.0.0.2' })
  expect(await waits({ clientId: 'amy_tablet_1', address: '10.0.0.2' })).toBe(0)
})

it('lets no more be tried at once than one after the other', async () => {
  const { begin, waits } = await start()
  const tries = await Promise.all(Array.from({ length: 100 }, () => begin()))
  const begun = tries.filter((each) => typeof each !== 'number')
  expect(begun).toHaveLength(3)
  for (const each of begun) each.failed()
  expect(await waits()).toBe(5 * MINUTE)
})

it('costs nothing whoever is let in', async () => {
  const { begin, waits } = await start()
  for (let i = 0; i < 100; i++) expect(await waits()).toBe(0)
  const begun = await Promise.all(Array.from({ length: 3 }, () => begin()))
  expect(await waits()).toBeGreaterThan(0)
  for (const each of begun) if (typeof each !== 'number') each.passed()
  expect(await waits()).toBe(0)
})

it('counts an address by what one machine can have', async () => {
  const { fail, waits } = await start()
  const secret = 'A'.repeat(43)
  for (let i = 1; i <= 5; i++) await fail(1, { secret, address: `2001:db8:0:7:${i}::1` })
  expect(await waits({ secret, address: '2001:db8:0:7::9' })).toBeGreaterThan(0)
  expect(await waits({ secret, address: '2001:db8:0:8::9' })).toBe(0)
})

it('remembers no name that nobody could have', async () => {
  const { fail, waits } = await start()
  await fail(4, { username: 'x'.repeat(60_000), clientId: 'y'.repeat(60_000) })
  expect(await waits({ username: 'x'.repeat(60_000), clientId: 'y'.repeat(60_000), address: undefined })).toBe(0)
})

it('counts wrong tokens against their address only', async () => {
  const { fail, waits } = await start()
  const secret = 'A'.repeat(43)
  await fail(4, { secret })
  expect(await waits({ secret })).toBe(0)
  await fail(1, { secret, username: 'ben' })
  expect(await waits({ secret })).toBe(3 * MINUTE)
  expect(await waits({ address: '10.0.0.2' })).toBe(0)
  expect(await waits({ address: undefined })).toBe(0)
})

it('is off with the other limits', async () => {
  const { fail, waits } = await start(false)
  await fail(1000)
  expect(await waits()).toBe(0)
})
