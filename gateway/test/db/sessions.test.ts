import { expect, test } from 'vitest'
import { toDatabaseError } from '#src/db/database-error.ts'
import { clientSessions } from '#src/db/repositories/client-sessions.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hireAll, LATER, LATER_TEXT, NOW, NOW_TEXT } from './people.ts'

const TOMORROW = new Date('2026-01-03T00:00:00.000Z')

onEveryDatabase('credentials', (kind) => {
  const shared = sharedDatabase(kind)
  const ann = { employee_id: 'ann', client_id: null, now: NOW }

  test('a token is found by its hash until it is revoked', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann')
    const token = { ...ann, credential_id: 't1', kind: 'token', secret_hash: 'h1' } as const
    await credentials.insert(db, { ...token, client_id: 'ann_phone_1', expires_at: LATER })
    expect(await credentials.findByTokenHash(db, 'h1')).toEqual({
      credential_id: 't1',
      employee_id: 'ann',
      client_id: 'ann_phone_1',
      kind: 'token',
      secret_hash: 'h1',
      created_at: NOW,
      issued_by: null,
      expires_at: LATER,
      revoked_at: null,
    })
    expect(await credentials.findByTokenHash(db, 'h2')).toBeUndefined()
    const twice = credentials.insert(db, { ...token, credential_id: 't2' })
    expect(await twice.catch(toDatabaseError)).toBe('unique_violation')
    expect([await credentials.revoke(db, 't1', LATER), await credentials.revoke(db, 't1', LATER)]).toEqual([
      true,
      false,
    ])
    expect(await credentials.findByTokenHash(db, 'h1')).toBeUndefined()
    expect(await credentials.find(db, 't1')).toMatchObject({ credential_id: 't1', revoked_at: LATER })
    expect(await credentials.find(db, 't2')).toBeUndefined()
  })

  test('passwords are found by employee, newest first, and may be alike', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    const password = { ...ann, kind: 'password', secret_hash: 'same' } as const
    await credentials.insert(db, { ...password, credential_id: 'p1' })
    await credentials.insert(db, { ...password, credential_id: 'p2', now: LATER })
    await credentials.insert(db, { ...password, credential_id: 'p3', employee_id: 'bob' })
    await credentials.insert(db, { ...password, credential_id: 't1', kind: 'token' })
    expect((await credentials.passwordsOf(db, 'ann')).map((row) => row.credential_id)).toEqual(['p2', 'p1'])
    expect((await credentials.findByTokenHash(db, 'same'))?.credential_id).toBe('t1')
  })

  test('all of an employee are revoked but one', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    for (const id of ['a', 'b', 'c']) {
      await credentials.insert(db, { ...ann, credential_id: id, kind: 'token', secret_hash: id })
    }
    await credentials.insert(db, { ...ann, employee_id: 'bob', credential_id: 'd', kind: 'token', secret_hash: 'd' })
    await credentials.revoke(db, 'a', NOW)
    expect(await credentials.revokeAllOf(db, 'ann', LATER, 'c')).toEqual(['b'])
    expect((await credentials.findByTokenHash(db, 'c'))?.revoked_at).toBeNull()
    expect(await credentials.revokeAllOf(db, 'ann', LATER)).toEqual(['c'])
    expect(await credentials.findByTokenHash(db, 'd')).toBeDefined()
  })
})

onEveryDatabase('client sessions', (kind) => {
  const shared = sharedDatabase(kind)
  const open = (client_id: string, change: object = {}) =>
    clientSessions.open(shared.current.kysely, {
      client_id,
      employee_id: 'ann',
      device_info: 'phone',
      credential_id: 'c1',
      now: NOW,
      expires_at: TOMORROW,
      ...change,
    })

  test('a session is opened, ended and opened anew', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann')
    const opened = {
      client_id: 'ann_1_2',
      employee_id: 'ann',
      device_info: 'phone',
      connected_at: NOW_TEXT,
      last_seen_at: NOW_TEXT,
      expires_at: TOMORROW.toISOString(),
    }
    expect(await open('ann_1_2')).toEqual(opened)
    expect(await clientSessions.listOf(db, 'ann')).toEqual([opened])
    expect(await clientSessions.end(db, ['ann_1_2', 'none'], 'revoked', LATER)).toEqual(['ann_1_2'])
    expect(await clientSessions.end(db, ['ann_1_2'], 'logout', LATER)).toEqual([])
    expect(await clientSessions.end(db, [], 'logout', LATER)).toEqual([])
    expect(await clientSessions.listOf(db, 'ann')).toEqual([])
    expect(await clientSessions.find(db, 'ann_1_2')).toEqual({
      client_id: 'ann_1_2',
      employee_id: 'ann',
      device_info: 'phone',
      credential_id: 'c1',
      connected_at: NOW,
      last_seen_at: NOW,
      expires_at: TOMORROW,
      ended_at: LATER,
      end_reason: 'revoked',
    })
    expect(await clientSessions.touch(db, 'ann_1_2', LATER, TOMORROW)).toBe(false)
    const anew = await open('ann_1_2', { now: LATER, device_info: null, credential_id: null })
    expect(anew).toMatchObject({ connected_at: LATER_TEXT, device_info: null })
    expect(await clientSessions.find(db, 'ann_1_2')).toMatchObject({ ended_at: null, end_reason: null })
    expect(await clientSessions.find(db, 'none')).toBeUndefined()
  })

  test('a touch slides on and never back', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann')
    await open('a')
    const later = new Date(TOMORROW.getTime() + 5)
    expect(await clientSessions.touch(db, 'a', LATER, later)).toBe(true)
    expect(await clientSessions.touch(db, 'a', NOW, TOMORROW)).toBe(true)
    expect(await clientSessions.find(db, 'a')).toMatchObject({ last_seen_at: LATER, expires_at: later })
  })

  test('live ones come least recently seen first, without the expired where the time is given', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann', 'bob')
    await open('a', { now: LATER })
    await open('b')
    await open('c', { expires_at: LATER })
    await open('d', { employee_id: 'bob' })
    await open('e')
    await clientSessions.end(db, ['e'], 'surplus', NOW)
    const live = await clientSessions.liveOf(db, 'ann')
    expect(live.map((row) => row.client_id)).toEqual(['b', 'c', 'a'])
    expect(live[0]).toEqual({ client_id: 'b', last_seen_at: NOW })
    expect((await clientSessions.liveOf(db, 'ann', LATER)).map((row) => row.client_id)).toEqual(['b', 'a'])
    expect((await clientSessions.listOf(db, 'ann')).map((row) => row.client_id)).toEqual(['a', 'b', 'c'])
    expect((await clientSessions.listOf(db, 'ann', LATER)).map((row) => row.client_id)).toEqual(['a', 'b'])
  })

  test('those that have expired are ended once', async () => {
    const db = shared.current.kysely
    await hireAll(db, 'ann')
    await open('a', { expires_at: LATER })
    await open('b')
    expect(await clientSessions.endExpired(db, NOW)).toEqual([])
    expect(await clientSessions.endExpired(db, LATER)).toEqual([{ client_id: 'a', employee_id: 'ann' }])
    expect(await clientSessions.endExpired(db, LATER)).toEqual([])
    expect(await clientSessions.find(db, 'a')).toMatchObject({ ended_at: LATER, end_reason: 'expired' })
  })
})
