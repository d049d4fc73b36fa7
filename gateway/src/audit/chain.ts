import { hash } from 'node:crypto'
import type { Db } from '../db/database.ts'
import { type AuditRow, auditLog, type ChainEnd } from '../db/repositories/audit-log.ts'
import { canonicalJson } from '../delivery/canonical-json.ts'
import { createTextHmac } from '../delivery/hmac.ts'
import type { Keys } from '../platform/keys.ts'

/** What is written down about one request. */
export interface AuditEntry {
  /** null: the gateway itself. */
  readonly operatorEmployeeId: string | null
  readonly clientId: string
  readonly seqId: string
  readonly action: string
  readonly target: string | null
  /** null: it was refused before its fields were looked at. */
  readonly params: Readonly<Record<string, unknown>> | null
  readonly code: number
  readonly reason: string | null
  /** The payload, to recognise a repetition by; nothing of it can be told from what is stored. */
  readonly payload: string
}

/**
 * Adds rows to the audit log, each over the one before: `hash` is SHA-256 of the hash before and the row, which anybody can
 * check, and `seal` an HMAC of the row under a key of the deployment, which nobody can forge who only has the database.
 */
export interface AuditChain {
  /**
   * To be called last in a transaction: until it ends nobody else can add a row. Leaves no second row for a repetition of a
   * request that was done, or that was refused for the same reason, within 24 hours (contract 3.1, 3).
   */
  append(tx: Db, entry: AuditEntry): Promise<void>
  /** Is the row what was sealed? */
  isSealed(row: AuditRow): boolean
  isSealedEnd(name: 'head' | 'base', end: ChainEnd): boolean
  sealEnd(name: 'head' | 'base', end: Omit<ChainEnd, 'seal'>): string
}

/** What the hash before the first row is. */
export const GENESIS = '0'.repeat(64)

/** The text of a row that hash and seal are made over: canonical JSON (RFC 8785) of what audit.export gives. */
export const rowText = (row: Omit<AuditRow, 'hash' | 'seal' | 'request_mark'>): string =>
  canonicalJson({
    seq: row.seq,
    at: row.at.toISOString(),
    operator_employee_id: row.operator_employee_id,
    client_id: row.client_id,
    seq_id: row.seq_id,
    action: row.action,
    target: row.target,
    params: row.params,
    code: row.code,
    reason: row.reason,
    instance: row.instance,
  })

export const chainedHash = (before: string, text: string): string => hash('sha256', `${before}\n${text}`, 'hex')

export const createAuditChain = (keys: Pick<Keys, 'audit'>, instance: string): AuditChain => {
  const hmac = createTextHmac(keys.audit)
  // What it is for is part of what is sealed, so that none stands for another.
  const sealRow = (text: string): string => hmac(`row\n${text}`, 'base64url')
  const sealEnd: AuditChain['sealEnd'] = (name, end) => hmac(`${name}\n${end.seq}\n${end.hash}`, 'base64url')
  const mark = (payload: string): string => hmac(`request\n${payload}`, 'base64url').slice(0, 16)

  return {
    async append(tx, entry) {
      const { head, now } = await auditLog.lockHead(tx)
      const { clientId, operatorEmployeeId, payload, seqId, ...rest } = entry
      const unsealed = {
        ...rest,
        seq: (head?.seq ?? 0) + 1,
        at: now,
        operator_employee_id: operatorEmployeeId,
        client_id: clientId,
        seq_id: seqId,
        instance,
        request_mark: mark(payload),
      }
      if (await auditLog.isThere(tx, unsealed)) return
      const text = rowText(unsealed)
      const params = entry.params === null ? null : JSON.stringify(entry.params)
      const row = { ...unsealed, params, hash: chainedHash(head?.hash ?? GENESIS, text), seal: sealRow(text) }
      await auditLog.append(tx, row, sealEnd('head', row))
    },
    isSealed: (row) => sealRow(rowText(row)) === row.seal,
    isSealedEnd: (name, end) => sealEnd(name, end) === end.seal,
    sealEnd,
  }
}
