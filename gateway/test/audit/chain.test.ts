import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { type AuditEntry, chainedHash, createAuditChain, GENESIS, rowText } from '#src/audit/chain.ts'
import { createAuditHeads } from '#src/audit/heads.ts'
import { PURGED_AT_ONCE, purgeAudit } from '#src/audit/purge.ts'
import { type AuditProblem, verifyAudit } from '#src/audit/verify.ts'
import { type AuditRow, auditLog } from '#src/db/repositories/audit-log.ts'
import { createTextHmac } from '#src/delivery/hmac.ts'
import { testKeys } from '../../../tests/kit/keys.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'

const keys = testKeys()
const DAY = 86_400_000
const sealHead = (end: { seq: number; hash: string }): string =>
  createTextHmac(keys.current.audit)(`head\n${end.seq}\n${end.hash}`, 'base64url')
let count = 0
const entry = (given: Partial<AuditEntry> = {}): AuditEntry => ({
  operatorEmployeeId: 'amy',
  clientId: 'amy_web_1',
  seqId: `s${++count}`,
  action: 'group.create',
  target: 'g',
  params: { name: '发布 é', member_ids: ['ben', 'cy'], nested: { b: 1, a: [true, null] } },
  code: 0,
  reason: null,
  payload: 'the payload',
  ...given,
})

onEveryDatabase('the audit log', (kind) => {
  const shared = sharedDatabase(kind)
  const db = () => shared.current.kysely
  const chain = createAuditChain(keys, 'gateway-1')
  const heads = createAuditHeads(keys)
  const append = (given: Partial<AuditEntry> = {}) => shared.current.transaction((tx) => chain.append(tx, entry(given)))
  const rows = () => auditLog.inOrder(db(), 0, 1000)
  const verify = (from?: number) => verifyAudit({ db: db(), chain, isSigned: heads.isSigned }, from)
  const problems = async (): Promise<AuditProblem[]> => (await verify()).problems
  /** As somebody who may do everything in the database and does not have the secret. */
  const tamper = async (...statements: string[]): Promise<void> => {
    const superuser = await shared.current.superuser()
    await superuser.transaction(async (tx) => {
      await sql`set local session_replication_role = replica`.execute(tx)
      for (const statement of statements) await sql.raw(statement).execute(tx)
    })
  }

  it('tells of a row without its fields, and yet whether something was only tried', async () => {
    expect(await append()).not.toHaveProperty('dry_run')
    const tried = await append({ params: { dry_run: true, rows: 3 } })
    expect(tried).toMatchObject({ dry_run: true })
    expect(tried).not.toHaveProperty('params')
  })

  it('has a row for each entry, in order and without a gap, also when they come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => append()))
    const all = await rows()
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    for (const [i, row] of all.entries()) {
      expect(row).toMatchObject({ operator_employee_id: 'amy', action: 'group.create', instance: 'gateway-1', code: 0 })
      expect(row.params).toEqual(entry().params)
      expect(row.at.getTime()).toBeGreaterThanOrEqual(all[i - 1]?.at.getTime() ?? 0)
      expect(row.hash).toBe(chainedHash(all[i - 1]?.hash ?? GENESIS, rowText(row)))
    }
    expect(await verify()).toEqual({ checked: 20, from_seq: 1, to_seq: 20, next_seq: null, heads: 0, problems: [] })
  })

  it('fits together also while rows are added', async () => {
    await append()
    let looks = 0
    const meanwhile = db().withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        // The two ends have been read, and the rows have not.
        if (++looks === 2) await append()
        return result
      },
    })
    const verified = await verifyAudit({ db: meanwhile, chain, isSigned: heads.isSigned })
    expect(verified).toMatchObject({ checked: 2, problems: [] })
  })

  it('has no row of what was rolled back', async () => {
    await append()
    const failed = shared.current.transaction(async (tx) => {
      await chain.append(tx, entry())
      throw new Error('rolled back')
    })
    await expect(failed).rejects.toThrow('rolled back')
    await append()
    expect((await rows()).map(({ seq }) => seq)).toEqual([1, 2])
    expect(await problems()).toEqual([])
  })

  it('has one row for a repetition with the same outcome, and one for each outcome', async () => {
    const same = { seqId: 'again', payload: 'p' }
    await append({ ...same, code: 403, reason: 'forbidden', params: null })
    await append({ ...same, code: 403, reason: 'forbidden', params: null })
    expect(await rows()).toHaveLength(1)
    await append({ ...same, code: 403, reason: 'not_group_owner' })
    await append({ ...same })
    // It was done: whatever comes later of the same request is a repetition.
    await append({ ...same })
    await append({ ...same, code: 401, reason: 'session_revoked' })
    expect((await rows()).map(({ code }) => code)).toEqual([403, 403, 0])
    await append({ ...same, payload: 'another' })
    await append({ ...same, clientId: 'amy_phone_1' })
    expect(await rows()).toHaveLength(5)
  })

  it('keeps nothing that tells the payload', async () => {
    await append({ payload: '{"token":"123456"}' })
    const [row] = await rows()
    expect(JSON.stringify(row)).not.toContain('123456')
    expect(row?.request_mark).toMatch(/^[\w-]{16}$/)
  })

  describe('cannot be changed (T56)', () => {
    beforeEach(() => append())
    const refused = ['update audit_log set code = 1', 'delete from audit_log', 'truncate audit_log']
    it.each(refused)('by %s', async (statement) => {
      await expect(sql.raw(statement).execute(db())).rejects.toMatchObject({ code: '42501' })
      expect(await rows()).toHaveLength(1)
    })
    it.each(['update audit_head set seq = 1', 'delete from audit_head', 'truncate audit_head'])(
      'by %s',
      async (text) => {
        await auditLog.insertHead(db(), { day: '2026-01-01', seq: 1, hash: 'h', signature: 's' })
        await expect(sql.raw(text).execute(db())).rejects.toMatchObject({ code: '42501' })
        expect(await auditLog.latestHead(db())).toMatchObject({ day: '2026-01-01', seq: 1 })
      },
    )
  })

  describe('tells', () => {
    beforeEach(async () => {
      for (let i = 0; i < 9; i++) await append()
    })

    const changes = [
      `operator_employee_id = 'ben'`,
      `at = at + interval '1 second'`,
      `params = '{}'`,
      `params = null`,
      `code = 403`,
      `reason = 'forbidden'`,
      `target = null`,
      `seq_id = 'x'`,
      `instance = 'x'`,
      `action = 'group.leave'`,
      `hash = '${GENESIS}'`,
      `seal = 'x'`,
    ]
    it.each(changes)('a changed row: %s', async (change) => {
      await tamper(`update audit_log set ${change} where seq = 4`)
      expect((await problems())[0]).toEqual({ problem: 'changed', seq: 4 })
    })

    it('a changed row whose hashes were made to fit (T56)', async () => {
      await tamper(`update audit_log set code = 403 where seq = 4`)
      let previous = (await auditLog.find(db(), 3))?.hash ?? ''
      for (const row of await auditLog.inOrder(db(), 4, 100)) {
        previous = chainedHash(previous, rowText(row))
        await tamper(`update audit_log set hash = '${previous}' where seq = ${row.seq}`)
      }
      expect(await problems()).toEqual([{ problem: 'changed', seq: 4 }])
    })

    it('missing rows, at the end too', async () => {
      await tamper('delete from audit_log where seq in (3, 4, 7)')
      expect(await problems()).toEqual([
        { problem: 'missing', seq: 3, to_seq: 4 },
        { problem: 'missing', seq: 7, to_seq: 7 },
      ])
      await tamper('delete from audit_log where seq > 7')
      expect((await problems()).at(-1)).toEqual({ problem: 'missing', seq: 7, to_seq: 9 })
      await tamper('delete from audit_log')
      expect(await problems()).toEqual([{ problem: 'missing', seq: 1, to_seq: 9 }])
    })

    it('inserted rows', async () => {
      const columns =
        'at, operator_employee_id, client_id, seq_id, action, target, params, code, reason, instance, request_mark'
      const copy = (seq: number) =>
        `insert into audit_log (seq, hash, seal, ${columns}) select ${seq}, hash, seal, ${columns} from audit_log where seq = 5`
      await tamper(copy(10))
      expect(await problems()).toEqual([{ problem: 'inserted', seq: 10 }])
      await tamper('delete from audit_log where seq in (8, 10)', copy(8))
      expect(await problems()).toEqual([
        { problem: 'changed', seq: 8 },
        { problem: 'changed', seq: 9 },
      ])
    })

    it('an end of the chain that was moved', async () => {
      await tamper('delete from audit_log where seq > 7', `update audit_chain set seq = 7 where name = 'head'`)
      expect(await problems()).toContainEqual({ problem: 'changed', seq: 7 })
    })

    it('which part it has looked at', async () => {
      expect(await verify(4)).toEqual({ checked: 6, from_seq: 4, to_seq: 9, next_seq: null, heads: 0, problems: [] })
      expect(await verify(100)).toMatchObject({ checked: 0, from_seq: null, problems: [] })
    })
  })

  describe('of earlier days', () => {
    const seal = createTextHmac(keys.current.audit)
    /** As the gateway of that day would have done. */
    const appendAt = (daysAgo: number): Promise<AuditRow> =>
      shared.current.transaction(async (tx) => {
        const { head, now } = await auditLog.lockHead(tx)
        const at = new Date(now.getTime() - daysAgo * DAY)
        const { clientId, operatorEmployeeId, payload, seqId, ...rest } = entry()
        const names = { operator_employee_id: operatorEmployeeId, client_id: clientId, seq_id: seqId }
        const row = { ...rest, ...names, seq: (head?.seq ?? 0) + 1, at, instance: 'gateway-1', request_mark: payload }
        const hash = chainedHash(head?.hash ?? GENESIS, rowText(row))
        const sealed = { ...row, hash, seal: seal(`row\n${rowText(row)}`, 'base64url') }
        const end = { seq: row.seq, hash }
        await auditLog.append(tx, { ...sealed, params: JSON.stringify(row.params) }, sealHead(end))
        return sealed
      })

    it('is purged when it is older than it has to be, and says so (T60)', async () => {
      for (const days of [500, 181, 179, 1]) await appendAt(days)
      expect(await purgeAudit(shared.current, chain, 180)).toBe(2)
      const left = await rows()
      expect(left.map(({ seq, action }) => [seq, action])).toEqual([
        [3, 'group.create'],
        [4, 'group.create'],
        [5, 'audit.purge'],
      ])
      expect(left.at(-1)).toMatchObject({ operator_employee_id: null, params: { up_to_seq: 2, rows: 2 } })
      expect(await verify()).toMatchObject({ checked: 3, from_seq: 3, problems: [] })
      expect(await purgeAudit(shared.current, chain, 180)).toBe(0)
      expect(await rows()).toHaveLength(3)
      await tamper('delete from audit_log where seq = 3')
      expect(await problems()).toEqual([{ problem: 'missing', seq: 3, to_seq: 3 }])
    })

    it('is purged part by part, so that nobody waits long for a row of their own', async () => {
      await appendAt(200)
      const copies = `select seq + n, at, client_id, seq_id, action, code, instance, request_mark, hash, seal`
      const columns = copies.slice('select '.length).replace('seq + n', 'seq')
      await tamper(
        `insert into audit_log (${columns}) ${copies} from audit_log, generate_series(1, ${PURGED_AT_ONCE}) as n`,
        `update audit_chain set seq = ${PURGED_AT_ONCE + 1} where name = 'head'`,
      )
      expect(await purgeAudit(shared.current, chain, 180)).toBe(PURGED_AT_ONCE)
      expect(await purgeAudit(shared.current, chain, 180)).toBe(1)
      const left = (await rows()).map(({ action, params }) => [action, params?.up_to_seq])
      expect(left).toEqual([
        ['audit.purge', PURGED_AT_ONCE],
        ['audit.purge', PURGED_AT_ONCE + 1],
      ])
    })

    it('is never purged before 180 days', async () => {
      await appendAt(179)
      await expect(purgeAudit(shared.current, chain, 30)).rejects.toMatchObject({ code: '42501' })
      expect(await rows()).toHaveLength(1)
    })

    it('has a signed head for each day', async () => {
      expect(await heads.sign(shared.current)).toBeUndefined()
      await appendAt(2)
      const { seq, hash, at } = await appendAt(2)
      const head = await heads.sign(shared.current)
      expect(head).toMatchObject({ seq, hash, day: at.toISOString().slice(0, 10) })
      await append()
      expect(await heads.sign(shared.current)).toEqual(head)
      expect(head && (await heads.isSigned(head))).toBe(true)
      expect(head && (await heads.isSigned({ ...head, seq: 1 }))).toBe(false)
      expect(await verify()).toMatchObject({ heads: 1, problems: [] })
      await tamper(`update audit_head set hash = '${GENESIS}'`)
      expect(await problems()).toEqual([{ problem: 'head', seq, day: head?.day }])
    })

    it('tells by a head what was taken from the end together with the end', async () => {
      await appendAt(2)
      const { seq } = await appendAt(2)
      await heads.sign(shared.current)
      const first = await auditLog.find(db(), 1)
      const end = { seq: 1, hash: first?.hash ?? '' }
      // With a seal from an older backup.
      const sealed = sealHead(end)
      await tamper(
        'delete from audit_log where seq > 1',
        `update audit_chain set seq = 1, hash = '${end.hash}', seal = '${sealed}' where name = 'head'`,
      )
      expect(await problems()).toEqual([expect.objectContaining({ problem: 'head', seq })])
    })
  })
})
