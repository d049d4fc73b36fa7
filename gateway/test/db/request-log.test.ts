import { expect, test } from 'vitest'
import { counters } from '#src/db/repositories/counters.ts'
import { requestLog } from '#src/db/repositories/request-log.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { LATER, NOW } from './people.ts'

const row = (seq_id: string, change: object = {}) => ({
  client_id: 'c',
  seq_id,
  employee_id: 'ann',
  action: 'group.create',
  payload_hash: 'h',
  response: { group_id: 'g', n: 1.5, list: [1, 'two', null], text: '中文 "q"' },
  created_at: NOW,
  ...change,
})

onEveryDatabase('request log', (kind) => {
  const shared = sharedDatabase(kind)

  test('the first answer to a request is kept', async () => {
    const db = shared.current.kysely
    expect(await requestLog.insert(db, row('1'))).toBe(true)
    expect(await requestLog.insert(db, row('1', { response: {}, payload_hash: 'other' }))).toBe(false)
    expect(await requestLog.find(db, 'c', '1')).toEqual({ ...row('1'), effects: null })
    expect(await requestLog.find(db, 'c', '2')).toBeUndefined()
    for (const [seq, response] of Object.entries({ array: [1], text: 'x', nothing: null })) {
      await requestLog.insert(db, row(seq, { response }))
      expect((await requestLog.find(db, 'c', seq))?.response).toEqual(response)
    }
  })

  test('effects wait to be settled, oldest first', async () => {
    const db = shared.current.kysely
    await requestLog.insert(db, row('late', { effects: [{ kick: 'a' }], created_at: LATER }))
    await requestLog.insert(db, row('early', { effects: { kick: 'b' } }))
    await requestLog.insert(db, row('none'))
    expect((await requestLog.unsettled(db, 10)).map((each) => each.seq_id)).toEqual(['early', 'late'])
    expect(await requestLog.unsettled(db, 1)).toMatchObject([{ seq_id: 'early', effects: { kick: 'b' } }])
    await requestLog.settle(db, 'c', 'early')
    expect((await requestLog.unsettled(db, 10)).map((each) => each.effects)).toEqual([[{ kick: 'a' }]])
    expect((await requestLog.find(db, 'c', 'early'))?.effects).toBeNull()
  })

  test('old rows are purged once they are settled', async () => {
    const db = shared.current.kysely
    const rows = Array.from({ length: 2500 }, (_, index) => ({ ...row(`s${index}`), response: '{}', effects: null }))
    await db.insertInto('request_log').values(rows).execute()
    await requestLog.insert(db, row('unsettled', { effects: {} }))
    await requestLog.insert(db, row('young', { created_at: LATER }))
    expect(await requestLog.purgeBefore(db, NOW)).toBe(0)
    expect(await requestLog.purgeBefore(db, LATER)).toBe(2500)
    expect(await requestLog.find(db, 'c', 'young')).toBeDefined()
    expect(await requestLog.find(db, 'c', 'unsettled')).toBeDefined()
  })

  test('of two transactions with the same key one writes', async () => {
    const database = shared.current
    const attempt = () =>
      database.transaction(async (tx) => {
        const inserted = await requestLog.insert(tx, row('1'))
        await new Promise((resolve) => setTimeout(resolve, 30))
        return inserted
      })
    expect((await Promise.all([attempt(), attempt(), attempt()])).sort()).toEqual([false, false, true])
  })
})

onEveryDatabase('counters', (kind) => {
  const shared = sharedDatabase(kind)

  test('a counter starts at 0 and counts every bump', async () => {
    const database = shared.current
    expect(await counters.get(database.kysely, 'org')).toBe(0)
    const bumps = Array.from({ length: 20 }, () => database.transaction((tx) => counters.bump(tx, 'org')))
    expect((await Promise.all(bumps)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    )
    expect(await counters.get(database.kysely, 'org')).toBe(20)
    expect(await counters.get(database.kysely, 'other')).toBe(0)
  })
})
