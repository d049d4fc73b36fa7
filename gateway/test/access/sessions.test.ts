import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSessionKeeper, type SessionKeeper } from '#src/access/sessions.ts'
import { createConfig } from '#src/config.ts'
import { createDirectory, type Directory } from '#src/db/directory.ts'
import { soleLease } from '#src/db/lease.ts'
import { clientSessions } from '#src/db/repositories/client-sessions.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { employees } from '#src/db/repositories/employees.ts'
import { createForget } from '#src/db/stale.ts'
import { databases, type TestDatabase } from '../../../tests/kit/databases.ts'
import { createTestClock, type TestClock } from '../../../tests/kit/test-clock.ts'
import { hire } from '../db/people.ts'

let database: TestDatabase
let clock: TestClock
let directory: Directory
let keeper: SessionKeeper
let employeeId: string
let clientId: string
let credentialId: string
let count = 0

beforeAll(async () => {
  const opened = await databases[0]?.open()
  if (opened === undefined) throw new Error('There is no PGlite.')
  database = opened
  clock = createTestClock()
  const config = createConfig({ limits: { sessionsPerEmployee: 3 } })
  directory = createDirectory(database)
  keeper = createSessionKeeper({
    config,
    database,
    directory,
    lease: soleLease,
    forget: createForget(directory, () => {}),
    clock,
    onError(error) {
      throw error
    },
  })
})
afterAll(() => database[Symbol.asyncDispose]())

const issue = async (expires_at?: Date): Promise<string> => {
  const id = `cred_${++count}`
  const secret_hash = `hash ${count}`
  await credentials.insert(database.kysely, {
    credential_id: id,
    employee_id: employeeId,
    client_id: null,
    kind: 'token',
    secret_hash,
    now: clock.date(),
    expires_at,
  })
  return id
}

beforeEach(async () => {
  employeeId = `e${++count}`
  clientId = `${employeeId}_web_1`
  await hire(database.kysely, employeeId)
  credentialId = await issue()
  clock.advance(1000)
})

const open = (credential: string | null = credentialId, client = clientId) =>
  keeper.open({ clientId: client, employeeId, credentialId: credential, deviceInfo: undefined })

const isLive = async (client = clientId): Promise<boolean> => {
  const row = await clientSessions.find(database.kysely, client)
  return row !== undefined && row.ended_at === null
}

test('opens, renews, and opens again after a logout', async () => {
  expect((await open())?.surplus).toEqual([])
  expect((await open())?.surplus).toEqual([])
  await clientSessions.end(database.kysely, [clientId], 'logout', clock.date())
  directory.sessions.invalidate(clientId)
  expect(await open()).toBeDefined()
  expect(await isLive()).toBe(true)
})

describe('what was verified a moment ago opens nothing', () => {
  test('once its credential is revoked', async () => {
    await credentials.revokeAllOf(database.kysely, employeeId, clock.date())
    expect(await open()).toBeUndefined()
    expect(await isLive()).toBe(false)
  })

  test('once its employee is disabled', async () => {
    await employees.update(database.kysely, employeeId, { status: 'disabled' }, clock.date())
    expect(await open()).toBeUndefined()
    expect(await open(null)).toBeUndefined()
    expect(await isLive()).toBe(false)
  })

  test.each(['revoked', 'disabled'] as const)(
    'once its session is %s, though the credential is good',
    async (reason) => {
      await open()
      await clientSessions.end(database.kysely, [clientId], reason, clock.date())
      expect(await open()).toBeUndefined()
      expect(await open(null)).toBeUndefined()
      expect(await isLive()).toBe(false)
      const other = `${employeeId}_web_2`
      expect(await open(credentialId, other)).toBeDefined()
      expect(await isLive(other)).toBe(true)
    },
  )

  test('with a credential that was never there', async () => {
    expect(await open('cred_none')).toBeUndefined()
  })
})

test('a credential made for it opens a revoked session again', async () => {
  await open()
  await clientSessions.end(database.kysely, [clientId], 'revoked', clock.date())
  const fresh = await issue()
  expect(await open(fresh)).toBeDefined()
  expect(await isLive()).toBe(true)
})

test('too many sessions end the longest unused ones, never the one that is opened', async () => {
  const devices = ['a', 'b', 'c', 'd', 'e'].map((device) => `${employeeId}_${device}_1`)
  const ended: string[] = []
  for (const device of devices) {
    ended.push(...((await open(credentialId, device))?.surplus ?? ['refused']))
    clock.advance(1000)
  }
  expect(ended).toEqual(devices.slice(0, 2))
  expect(await open(credentialId, devices[0])).toMatchObject({ surplus: [devices[2]] })
})

test('opening and revoking at the same time end with the session revoked or its opening refused', async () => {
  for (let round = 0; round < 20; round++) {
    await open()
    const revoke = database.transaction(async (tx) => {
      await clientSessions.end(tx, [clientId], 'revoked', clock.date())
    })
    await Promise.all([open(), revoke, open()])
    expect(await isLive()).toBe(false)
    clock.advance(1000)
    credentialId = await issue()
    clock.advance(1000)
  }
})

test('ends no later than the credential, however often it is used', async () => {
  const DAY = 86_400_000
  const ends = new Date(clock.now() + 40 * DAY)
  const credential = await issue(ends)
  const first = (await open(credential))?.expiresAt.getTime() ?? 0
  expect(Math.round((first - clock.now()) / DAY)).toBe(30)
  clock.advance(20 * DAY)
  const session = await directory.sessions.get(clientId)
  keeper.used(clientId, session?.lastSeenAt ?? 0)
  const expiry = async () => (await clientSessions.find(database.kysely, clientId))?.expires_at
  await expect.poll(expiry).toEqual(ends)
  clock.advance(20 * DAY)
  expect(await open(credential, `${employeeId}_phone_1`)).toBeUndefined()
  const tomorrow = new Date(clock.now() + DAY)
  expect(await open(await issue(tomorrow), `${employeeId}_phone_1`)).toMatchObject({ expiresAt: tomorrow })
})
