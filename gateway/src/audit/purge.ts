import type { Database } from '../db/database.ts'
import { auditLog } from '../db/repositories/audit-log.ts'
import type { AuditChain } from './chain.ts'

const DAY = 86_400_000

/**
 * Deletes the rows that are older, and leaves a row that says so; the chain then begins after the last one deleted. In one
 * transaction, so that the log never lacks rows without saying it.
 * @param days at least 180: the database refuses what is younger
 * @returns how many
 */
export const purgeAudit = (database: Database, chain: AuditChain, days: number): Promise<number> =>
  database.transaction(async (tx) => {
    const before = new Date((await auditLog.now(tx)).getTime() - days * DAY)
    const last = await auditLog.lastBefore(tx, before)
    if (last === undefined) return 0
    const purged = await auditLog.purgeUpTo(tx, last.seq)
    const base = { seq: last.seq, hash: last.hash }
    await auditLog.setBase(tx, { ...base, seal: chain.sealEnd('base', base) })
    await chain.append(tx, {
      operatorEmployeeId: null,
      clientId: 'mchat',
      seqId: `purge-${last.seq}`,
      action: 'audit.purge',
      target: null,
      params: { before: before.toISOString(), up_to_seq: last.seq, rows: purged },
      code: 0,
      reason: null,
      payload: `purge ${last.seq}`,
    })
    return purged
  })
