import { LIMITS } from '@mchat/schema'
import type { Db } from '../db/database.ts'
import { type AuditHeadRow, auditLog } from '../db/repositories/audit-log.ts'
import { type AuditChain, chainedHash, GENESIS, rowText } from './chain.ts'

export interface AuditProblem {
  readonly problem: 'changed' | 'missing' | 'inserted' | 'head'
  /** The row, or the first of those that are missing. */
  readonly seq: number
  /** The last of those that are missing. */
  readonly to_seq?: number
  /** Of a signed head that does not fit. */
  readonly day?: string
}

export interface Verification {
  readonly checked: number
  readonly from_seq: number | null
  readonly to_seq: number | null
  /** Where the next part begins; null: it was checked to the end. */
  readonly next_seq: number | null
  readonly heads: number
  readonly problems: AuditProblem[]
}

const BATCH = 1000

export interface VerifyParts {
  readonly db: Db
  readonly chain: AuditChain
  readonly isSigned: (head: AuditHeadRow) => Promise<boolean>
}

/**
 * Looks at every row from one on, in order: whether it is what was sealed, whether none is missing before it, and whether
 * the signed heads fit. A row with a bad seal was changed; past the sealed end of the chain it was inserted.
 * @param from undefined: the first
 */
export const verifyAudit = async ({ db, chain, isSigned }: VerifyParts, from?: number): Promise<Verification> => {
  const base = await auditLog.chainEnd(db, 'base')
  const head = await auditLog.chainEnd(db, 'head')
  const problems: AuditProblem[] = []
  // An end of the chain with a bad seal says nothing, and is itself what was changed.
  const start = base !== undefined && chain.isSealedEnd('base', base) ? base : undefined
  if (base !== undefined && start === undefined) problems.push({ problem: 'changed', seq: base.seq })
  const isHeadGenuine = head !== undefined && chain.isSealedEnd('head', head)
  if (head !== undefined && !isHeadGenuine) problems.push({ problem: 'changed', seq: head.seq })

  /** Rows are added meanwhile, and the end moves with each: what is past the end that was read first may be before it now. */
  const endAfter = async (seq: number): Promise<number | undefined> => {
    if (!isHeadGenuine || seq <= head.seq) return isHeadGenuine ? head.seq : undefined
    const moved = await auditLog.chainEnd(db, 'head')
    return moved !== undefined && chain.isSealedEnd('head', moved) ? moved.seq : head.seq
  }

  const first = Math.max(from ?? 0, (start?.seq ?? 0) + 1)
  const hashes = new Map<number, string>()
  let expected = first
  let previous = first === (start?.seq ?? 0) + 1 ? (start?.hash ?? GENESIS) : (await auditLog.find(db, first - 1))?.hash
  let checked = 0
  let isEnd = false
  while (!isEnd && checked < LIMITS.auditVerifyRows) {
    const limit = Math.min(BATCH, LIMITS.auditVerifyRows - checked)
    const rows = await auditLog.inOrder(db, expected, limit)
    isEnd = rows.length < limit
    const end = await endAfter(rows.at(-1)?.seq ?? 0)
    for (const row of rows) {
      if (row.seq > expected) {
        problems.push({ problem: 'missing', seq: expected, to_seq: row.seq - 1 })
        previous = undefined
      }
      const hash = previous === undefined ? row.hash : chainedHash(previous, rowText(row))
      if (end !== undefined && row.seq > end) problems.push({ problem: 'inserted', seq: row.seq })
      else if (!chain.isSealed(row) || hash !== row.hash) problems.push({ problem: 'changed', seq: row.seq })
      hashes.set(row.seq, row.hash)
      previous = row.hash
      expected = row.seq + 1
      checked++
    }
  }
  if (isEnd && isHeadGenuine && head.seq >= expected && head.seq >= first) {
    problems.push({ problem: 'missing', seq: expected, to_seq: head.seq })
  }
  const heads = await auditLog.headsBetween(db, first, isEnd ? Number.MAX_SAFE_INTEGER : expected - 1)
  for (const each of heads) {
    const fits = hashes.get(each.seq) === each.hash && (await isSigned(each))
    if (!fits) problems.push({ problem: 'head', seq: each.seq, day: each.day })
  }
  const seqs = { from_seq: checked === 0 ? null : first, to_seq: checked === 0 ? null : expected - 1 }
  return { checked, ...seqs, next_seq: isEnd ? null : expected, heads: heads.length, problems }
}
