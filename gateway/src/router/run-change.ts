import { type ActionDefinition, MChatError } from '@mchat/schema'
import type { Database, Db } from '../db/database.ts'
import type { Lease } from '../db/lease.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { requestLog } from '../db/repositories/request-log.ts'
import { authorise } from '../policies/authorise.ts'
import { lockedFacts } from '../policies/facts.ts'
import type { RequestAudit } from './audit.ts'
import { changedBy } from './changed.ts'
import type { Caller, ChangeContext, Services } from './context.ts'
import { declaredOutput } from './declared-output.ts'
import { type Effect, staleOf } from './effects.ts'
import { noteIn, type Request } from './request.ts'
import type { Settle } from './settle.ts'
import type { UnansweredSecrets } from './unanswered-secrets.ts'
import { withholdSecrets } from './withhold-secrets.ts'

export interface ChangeParts {
  readonly services: Services
  readonly database: Database
  readonly lease: Lease
  readonly settle: Settle
  readonly secrets: UnansweredSecrets
  readonly audit: RequestAudit
}

export type AnyHandle = (context: unknown, input: unknown) => Promise<object> | object

interface Committed {
  readonly data: object
  readonly tellOfRow: () => void
}

/** Thrown inside a transaction when another one has answered the same request first. */
class AnsweredElsewhere extends Error {}

/**
 * Commits a change together with its entry in the request log, then does what it asks for outside the database.
 * @returns the data of the answer, or undefined when somebody else has just answered this change
 */
export const createRunChange = (parts: ChangeParts) => {
  const { audit, database, lease, secrets, services, settle } = parts
  const { membersMayCreateGroups } = services.config

  const commit = (request: Request, caller: Caller, handle: AnyHandle, effects: Effect[]): Promise<Committed> => {
    const now = services.clock.date()
    const { clientId, seqId } = request
    return database.transaction(async (tx) => {
      effects.length = 0
      request.noted = {}
      const { challenge } = request
      // First: of two requests with one code the second waits here for the first.
      if (challenge !== undefined && !(await services.secondFactor.use(tx, challenge, now))) {
        throw new MChatError('challenge_failed')
      }
      const { employee } = caller
      const context: ChangeContext = {
        ...services,
        clientId,
        seqId,
        caller,
        tx,
        now,
        effects,
        note: noteIn(request),
        async judge(locked) {
          const facts = lockedFacts(tx, locked)
          await authorise(definitionOf(request), { employee, facts, membersMayCreateGroups }, request.input)
        },
      }
      const result = declaredOutput(request, await handle(context, request.input))
      if (!endsSession(effects, clientId)) await requireSession(tx, caller, now)
      const change = await lease.announce(tx, staleOf(effects))
      // At the end: the numbers of the others are part of the ids of their announcements.
      if (change !== undefined) effects.push({ kind: 'announced', change })
      const at = now.toISOString()
      const changed = changedBy(services.directory, { request, caller, data: result, effects, at })
      if (changed !== undefined) effects.push({ kind: 'changed', change: changed })
      const first = await requestLog.insert(tx, {
        client_id: clientId,
        seq_id: seqId,
        employee_id: caller.employeeId,
        action: request.action,
        payload_hash: request.payloadHash,
        response: withholdSecrets(result, definitionOf(request)),
        effects: effects.length === 0 ? null : effects,
        created_at: now,
      })
      if (!first) throw new AnsweredElsewhere()
      return { data: result, tellOfRow: await audit.done(tx, request, caller, result) }
    })
  }

  return async (request: Request, caller: Caller, handle: AnyHandle): Promise<object | undefined> => {
    const effects: Effect[] = []
    let committed: Committed
    try {
      committed = await commit(request, caller, handle, effects)
    } catch (error) {
      if (error instanceof AnsweredElsewhere) return undefined
      throw error
    }
    const { data, tellOfRow } = committed
    tellOfRow()
    secrets.keep(request, data)
    if (effects.length > 0) {
      await settle(effects, request)
      // The connection this came over is dealt with when it has been answered, and until then it is not all done.
      if (!endsSession(effects, request.clientId)) {
        await requestLog.settle(database.kysely, request.clientId, request.seqId)
      }
    }
    return data
  }
}

const definitionOf = ({ definition }: Request): ActionDefinition => {
  // The parse step lets nothing else through.
  if (definition === undefined) throw new Error('no action')
  return definition
}

/**
 * Looks again where nobody can change it until the commit: the session was found in memory, and a revocation may have
 * been committed since, which must not be followed by a change of the revoked (contract 3.1, 5). Last of all, because
 * whoever ends sessions locks the employee first, as handlers do.
 */
const requireSession = async (tx: Db, caller: Caller, now: Date): Promise<void> => {
  const session = await clientSessions.findForShare(tx, caller.clientId)
  const live = session?.ended_at === null && session.employee_id === caller.employeeId
  if (!live) throw new MChatError('session_revoked')
  if (session.expires_at.getTime() <= now.getTime()) throw new MChatError('session_expired')
}

/** Has this very change ended the session it came over? */
export const endsSession = (effects: readonly Effect[], clientId: string): boolean =>
  effects.some((effect) => effect.kind === 'sessions_changed' && effect.client_ids.includes(clientId))
