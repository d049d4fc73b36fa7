import { type ActionDefinition, type AuditRowBrief, ERRORS } from '@mchat/schema'
import type { AuditChain } from '../audit/chain.ts'
import { auditedParams } from '../audit/params.ts'
import type { Changes } from '../changes/changes.ts'
import type { Database, Db } from '../db/database.ts'
import { groupCommit } from '../platform/group-commit.ts'
import { targetOf } from '../policies/target.ts'
import type { Caller } from './context.ts'
import type { Outcome, Request } from './request.ts'
import { toOutcome } from './respond.ts'

/** Writes the audit row of a request (contract 5, A). Actions that are not audited pass through. */
export interface RequestAudit {
  /**
   * Of a change that is done, last in its transaction: it and its row are there together or not at all.
   * @returns tells those who watch the log, once it is committed
   */
  done(tx: Db, request: Request, caller: Caller, data: object): Promise<() => void>
  /**
   * Of whatever else was answered: what only reads, and what was refused or failed. Without a row there is no such answer: it
   * is 503 then, and asking again is safe.
   */
  answered(request: Request, outcome: Outcome): Promise<Outcome>
}

/** So many that writing them keeps no change waiting for long: it needs the end of the chain, too. */
const ROWS_AT_ONCE = 20

interface Answer {
  readonly code: number
  readonly reason: string | null
  readonly data?: object
}

interface AnsweredRow {
  readonly request: Request
  readonly caller: Caller
  readonly answer: Answer
}

export const createRequestAudit = (
  database: Database,
  chain: AuditChain,
  changes: Pick<Changes, 'audited'>,
): RequestAudit => {
  const append = async (
    tx: Db,
    request: Request,
    caller: Caller,
    answer: Answer,
  ): Promise<AuditRowBrief | undefined> => {
    const { clientId, definition, input, incoming, isValid, noted, seqId } = request
    if (definition?.audited === undefined) return undefined
    const done = answer.code === 0 && Object.keys(noted).length > 0 ? { done: noted } : {}
    return await chain.append(tx, {
      operatorEmployeeId: caller.employeeId,
      clientId,
      seqId,
      action: request.action,
      target: targetOf(definition, input, caller.employeeId, answer.data as Record<string, unknown>),
      params: isValid ? { ...auditedParams(definition.audited, input), ...done } : null,
      code: answer.code,
      reason: answer.reason,
      payload: incoming.payload.toString('latin1'),
    })
  }

  const tell = (row: AuditRowBrief | undefined): void => {
    if (row !== undefined) changes.audited(row)
  }

  /** The log is one chain, so its rows are written one after the other: those that wait do so in one transaction. */
  const appendAnswered = groupCommit(ROWS_AT_ONCE, async (rows: readonly AnsweredRow[]) => {
    const written = await database.transaction(async (tx) => {
      const appended: (AuditRowBrief | undefined)[] = []
      for (const { answer, caller, request } of rows) appended.push(await append(tx, request, caller, answer))
      return appended
    })
    written.forEach(tell)
    return rows
  })

  return {
    async done(tx, request, caller, data) {
      const row = await append(tx, request, caller, { code: 0, reason: null, data })
      return () => tell(row)
    },
    async answered(request, outcome) {
      const { caller, definition } = request
      if (caller === undefined || !isToBeWritten(definition, outcome)) return outcome
      const answer = outcome.ok
        ? { code: 0, reason: null, data: outcome.data }
        : { code: ERRORS[outcome.key].code, reason: outcome.key }
      try {
        await appendAnswered({ request, caller, answer })
        return outcome
      } catch (error) {
        return toOutcome(error)
      }
    },
  }
}

const isToBeWritten = (definition: ActionDefinition | undefined, outcome: Outcome): boolean => {
  if (definition?.audited === undefined) return false
  // A change that is done has its row.
  if (outcome.ok) return definition.kind !== 'change'
  // Over the limit nothing is looked at: a flood must not become a flood of rows. The metrics count it.
  return outcome.key !== 'rate_limited' && outcome.key !== 'shutting_down'
}
