import type { Database } from '../db/database.ts'
import { auditLog } from '../db/repositories/audit-log.ts'
import type { AuditChain } from './chain.ts'

const DAY = 86_400_000

/** So many are deleted in one transaction: while it runs no other row can be added. */
export const PURGED_AT_ONCE = 10_000

/**
 * Deletes the oldest of the rows that are older, and leaves a row that says so; the chain then begins after the last one
 * deleted. In one transaction, so that the log never lacks rows without saying it.
 * @param days at least 180: the database refuses what is younger
 * @returns how many; fewer than `PURGED_AT_ONCE`: no older ones are left
 */
export const purgeAudit = (database: Database, chain: AuditChain, days: number): Promise<number> =>
  database.transaction(async (tx) => {
    const { now } = await auditLog.lockHead(tx)
    const before = new Date(now.getTime() - days * DAY)
    const last = await auditLog.lastOfOldest(tx, before, PURGED_AT_ONCE)
    if (last === undefined) return 0
    const rows = await auditLog.countUpTo(tx, last.seq)
    // First: the database deletes nothing that no row says.
    await chain.append(tx, {
      operatorEmployeeId: null,
      clientId: 'mchat',
      seqId: `purge-${last.seq}`,
      action: 'audit.purge',
      target: null,
      params: { before: before.toISOString(), up_to_seq: last.seq, rows },
      code: 0,
      reason: null,
      payload: `purge ${last.seq}`,
    })
    return await auditLog.purgeUpTo(tx, last.seq, await chain.sealBase(tx, { seq: last.seq, hash: last.hash }))
  })
