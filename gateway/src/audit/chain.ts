import { hash } from 'node:crypto'
import type { AuditRowBrief } from '@mchat/schema'
import type { Db } from '../db/database.ts'
import { type AuditRow, auditLog, type ChainEnd } from '../db/repositories/audit-log.ts'
import { canonicalJson } from '../delivery/canonical-json.ts'
import { createTextHmac } from '../delivery/hmac.ts'
import { type Keys, perGeneration, tagged, untagged } from '../platform/keys.ts'

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
   * @returns the row as it is shown, without its params; undefined: there is one already
   */
  append(tx: Db, entry: AuditEntry): Promise<AuditRowBrief | undefined>
  /** Is the row what was sealed? */
  isSealed(row: AuditRow): boolean
  /** Sealed with the current keys, that is: with older ones somebody may have moved the end who has an old secret. */
  isSealedEnd(name: 'head' | 'base', end: ChainEnd): boolean
  /** Where what was purged ends, sealed. Locks the chain as `append` does. */
  sealBase(tx: Db, base: Omit<ChainEnd, 'seal'>): Promise<string>
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

export const createAuditChain = (keys: Keys, instance: string): AuditChain => {
  const macOf = perGeneration(keys, (set) => createTextHmac(set.audit))
  // What it is for is part of what is sealed, so that none stands for another.
  const seal = (generation: number, text: string): string => tagged(generation, macOf(generation)(text, 'base64url'))
  const sealRow = (generation: number, text: string): string => seal(generation, `row\n${text}`)
  const sealEnd = (generation: number, name: 'head' | 'base', end: Omit<ChainEnd, 'seal'>): string =>
    seal(generation, `${name}\n${end.seq}\n${end.hash}`)
  const mark = (generation: number, payload: string): string =>
    macOf(generation)(`request\n${payload}`, 'base64url').slice(0, 16)
  const knows = (generation: number): boolean => keys.all.some((set) => set.generation === generation)
  /** Never an older one than before: a gateway may not have heard yet that a rotation is finished. */
  const generationAfter = (head: ChainEnd | undefined): number => {
    const before = head === undefined ? 1 : untagged(head.seal).generation
    return knows(before) ? Math.max(before, keys.current.generation) : keys.current.generation
  }

  return {
    async append(tx, entry) {
      const { head, now } = await auditLog.lockHead(tx)
      const generation = generationAfter(head)
      const { clientId, operatorEmployeeId, payload, seqId, ...rest } = entry
      const unsealed = {
        ...rest,
        seq: (head?.seq ?? 0) + 1,
        at: now,
        operator_employee_id: operatorEmployeeId,
        client_id: clientId,
        seq_id: seqId,
        instance,
        request_mark: mark(generation, payload),
      }
      // A repetition may have been seen before a rotation.
      const marks = keys.all.map((set) => mark(set.generation, payload))
      if (await auditLog.isThere(tx, unsealed, marks)) return undefined
      const text = rowText(unsealed)
      const params = entry.params === null ? null : JSON.stringify(entry.params)
      const hash = chainedHash(head?.hash ?? GENESIS, text)
      const row = { ...unsealed, params, hash, seal: sealRow(generation, text) }
      await auditLog.append(tx, row, sealEnd(generation, 'head', row))
      const { params: _params, request_mark: _mark, seal: _seal, ...brief } = row
      return { ...brief, at: now.toISOString(), ...(entry.params?.dry_run === true ? { dry_run: true } : {}) }
    },
    isSealed(row) {
      const { generation } = untagged(row.seal)
      return knows(generation) && sealRow(generation, rowText(row)) === row.seal
    },
    isSealedEnd(name, end) {
      const { generation } = untagged(end.seal)
      return knows(generation) && generation >= keys.current.generation && sealEnd(generation, name, end) === end.seal
    },
    async sealBase(tx, base) {
      const { head } = await auditLog.lockHead(tx)
      return sealEnd(generationAfter(head), 'base', base)
    },
  }
}
