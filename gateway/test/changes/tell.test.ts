import { type Change, type Changes, createTopics, type RoleGrant } from '@mchat/schema'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Gathered } from '#src/changes/pending.ts'
import { createTell, type Tell } from '#src/changes/tell.ts'
import { createDirectory, type Directory } from '#src/db/directory.ts'
import { clientSessions } from '#src/db/repositories/client-sessions.ts'
import { employees } from '#src/db/repositories/employees.ts'
import type { Link, PublishOptions } from '#src/link/link.ts'
import { silentLog } from '#src/ops/log.ts'
import { databases, type TestDatabase } from '../../../tests/kit/databases.ts'
import { createTestClock, type TestClock } from '../../../tests/kit/test-clock.ts'
import { found, hire } from '../db/people.ts'

const topics = createTopics()
const AT = '2026-01-01T00:00:00.000Z'
const group = (id: string): Change => ({
  noun: 'group',
  action: 'group.update',
  target_id: id,
  operator_id: 'x',
  at: AT,
})
const gathered = (...changes: Change[]): Gathered => ({
  changes: changes.map((change) => ({ change })),
  dropped: new Map(),
})

let database: TestDatabase
let directory: Directory
let clock: TestClock
let tell: Tell
let published: { readonly to: string; readonly event: Changes }[] = []
let publish: Link['publish']
let count = 0

beforeAll(async () => {
  const opened = await databases.find(({ name }) => name === 'pglite')?.open()
  if (opened === undefined) throw new Error('There is no PGlite.')
  database = opened
})
afterAll(() => database[Symbol.asyncDispose]())

const deliver = (topic: string, payload: Buffer): void => {
  const to = topic.split('/')[2] ?? ''
  published.push({ to, event: JSON.parse(payload.toString()) as Changes })
}

beforeEach(async () => {
  await database.kysely.deleteFrom('employee_role').execute()
  await database.kysely.deleteFrom('client_session').execute()
  clock = createTestClock()
  directory = createDirectory(database)
  published = []
  publish = async (topic, payload) => deliver(topic, payload)
  const link = { publish: (...what: Parameters<Link['publish']>) => publish(...what) }
  tell = createTell({ topics, database, directory, link, metrics: { delivery() {} }, clock, log: silentLog })
})

const appoint = async (id: string, ...roles: RoleGrant[]): Promise<void> => {
  await employees.replaceRoles(database.kysely, id, roles)
  directory.employees.invalidate(id)
}

/** Somebody who holds these roles and has a session that ends in an hour. */
const watcher = async (...roles: RoleGrant[]): Promise<string> => {
  const id = `w${++count}`
  await hire(database.kysely, id)
  await appoint(id, ...roles)
  await clientSessions.open(database.kysely, {
    client_id: `${id}_web_1`,
    employee_id: id,
    device_info: null,
    credential_id: null,
    now: clock.date(),
    expires_at: new Date(clock.now() + 3_600_000),
  })
  return id
}

test('those are told who are active, hold a role for it, and have a session', async () => {
  const admin = await watcher({ role: 'admin' })
  await watcher({ role: 'auditor' })
  await watcher()
  const disabled = await watcher({ role: 'admin' })
  await employees.update(database.kysely, disabled, { status: 'disabled' }, clock.date())
  const away = await watcher({ role: 'admin' })
  await clientSessions.end(database.kysely, [`${away}_web_1`], 'logout', clock.date())
  expect(await tell(gathered(group('g1')))).toBe(true)
  expect(published.map(({ to }) => to)).toEqual([admin])
  expect(published[0]?.event).toEqual({ type: 'changes', changes: [group('g1')], sent_at: expect.any(String) })
  clock.advance(3_600_000)
  await tell(gathered(group('g2')))
  expect(published).toHaveLength(1)
})

test('nobody is told twice for holding two roles', async () => {
  const owner = await watcher({ role: 'owner' }, { role: 'admin' })
  await tell(gathered(group('g1')))
  expect(published.map(({ to }) => to)).toEqual([owner])
})

test('whose role goes while the link waits to publish hears nothing, nor of having missed it', async () => {
  const id = await watcher({ role: 'admin' })
  const stays = await watcher({ role: 'admin' })
  publish = async (topic, payload, { stillHolds }: PublishOptions) => {
    if (topic === topics.inboxChanges(id)) await appoint(id)
    let holds = stillHolds?.() ?? true
    while (typeof holds !== 'boolean') holds = (await holds) && (stillHolds?.() ?? true)
    if (holds) deliver(topic, payload)
  }
  await tell(gathered(group('g1')))
  await tell(gathered(group('g2')))
  expect(published.map(({ to }) => to)).toEqual([stays, stays])
})

test('whom it could not be published to hears how much that was as soon as it can be', async () => {
  const id = await watcher({ role: 'admin' })
  publish = () => Promise.reject(new Error('the broker is away'))
  expect(await tell(gathered(group('g1'), group('g2')))).toBe(false)
  expect(await tell(gathered())).toBe(false)
  publish = async (topic, payload) => deliver(topic, payload)
  expect(await tell(gathered(group('g3')))).toBe(true)
  expect(published).toEqual([{ to: id, event: expect.objectContaining({ changes: [group('g3')], dropped: 2 }) }])
  expect(await tell(gathered())).toBe(true)
  expect(published).toHaveLength(1)
})

test('what was dropped is told to those who may have been told of it', async () => {
  const auditor = await watcher({ role: 'auditor' })
  await watcher({ role: 'hr' })
  await tell({ changes: [], dropped: new Map([['audit', 9]]) })
  expect(published).toEqual([{ to: auditor, event: expect.objectContaining({ changes: [], dropped: 9 }) }])
})

test('a limited grant is judged by where employees are now', async () => {
  await found(database.kysely, 'sales')
  await found(database.kysely, 'north', 'sales')
  await hire(database.kysely, 'seller', { department_id: 'north' })
  await hire(database.kysely, 'helper')
  await hire(database.kysely, 'bot', { is_ai_agent: true, agent_profile: {} })
  const limited = await watcher({ role: 'hr', department_id: 'sales' })
  const agents = await watcher({ role: 'agent_manager' })
  const of = (id: string): Change => ({ ...group(id), noun: 'employee' }) as Change
  await tell(gathered(of('seller'), of('helper'), of('bot')))
  const told = new Map(published.map(({ event, to }) => [to, event.changes]))
  expect(told.get(limited)).toEqual([of('seller')])
  expect(told.get(agents)).toEqual([of('bot')])
})
