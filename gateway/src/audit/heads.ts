import { compactVerify, decodeProtectedHeader, importJWK } from 'jose'
import type { Database } from '../db/database.ts'
import { type AuditHeadRow, auditLog } from '../db/repositories/audit-log.ts'
import { signJws } from '../platform/jws.ts'
import type { Keys } from '../platform/keys.ts'

/** What is signed of a head. */
type Claims = Omit<AuditHeadRow, 'signature'>

export interface AuditHeads {
  /**
   * Signs where the chain ended, for the last day that is over, unless that was done.
   * @returns the latest head that there is
   */
  sign(database: Database): Promise<AuditHeadRow | undefined>
  /** Was it signed by this deployment, with just this in it? */
  isSigned(head: AuditHeadRow): Promise<boolean>
}

/** Whoever keeps a head can prove later that rows up to it were changed, also to somebody who does not trust the database. */
export const createAuditHeads = (keys: Keys): AuditHeads => ({
  async sign(database) {
    const midnight = startOfDay(await auditLog.now(database.kysely))
    const last = await auditLog.lastBefore(database.kysely, midnight)
    const latest = await auditLog.latestHead(database.kysely)
    if (last === undefined || (latest !== undefined && latest.seq >= last.seq)) return latest
    const claims: Claims = { day: last.at.toISOString().slice(0, 10), seq: last.seq, hash: last.hash }
    const head = { ...claims, signature: await signJws(claims, 'mchat-audit-head+jws', keys.current.signing) }
    await auditLog.insertHead(database.kysely, head)
    // Another gateway may have been first; what is in the database counts.
    return await auditLog.latestHead(database.kysely)
  },
  async isSigned(head) {
    try {
      const { kid } = decodeProtectedHeader(head.signature)
      const { publicJwk } = keys.all.find(({ signing }) => signing.kid === kid)?.signing ?? keys.current.signing
      const key = await importJWK(publicJwk, 'EdDSA')
      const { payload } = await compactVerify(head.signature, key)
      const { day, hash, seq } = JSON.parse(Buffer.from(payload).toString('utf8')) as Claims
      return day === head.day && seq === head.seq && hash === head.hash
    } catch {
      return false
    }
  },
})

const startOfDay = (time: Date): Date => new Date(`${time.toISOString().slice(0, 10)}T00:00:00.000Z`)
