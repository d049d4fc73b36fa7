import { ACTIONS, type ActionName, type Topics } from '@mchat/schema'
import { Value } from 'typebox/value'
import type { Database } from '../db/database.ts'
import { requestLog } from '../db/repositories/request-log.ts'
import type { Link } from '../link/link.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Caller, ChangeContext, ConnectionContext, ReadContext, RelayContext, Services } from './context.ts'
import type { HandlerRegistry } from './define-handler.ts'
import { QueuedDeliveries } from './deliveries.ts'
import type { Effect } from './effects.ts'
import type { Request } from './request.ts'
import type { Settle } from './settle.ts'
import { withholdSecrets } from './withhold-secrets.ts'

export interface HandlerParts {
  readonly services: Services
  readonly topics: Topics
  readonly database: Database
  readonly link: Link
  readonly metrics: Pick<Metrics, 'delivery'>
  readonly settle: Settle
  readonly handlers: HandlerRegistry
}

type AnyHandle = (context: unknown, input: unknown) => Promise<object> | object

/** Thrown inside a transaction when another one has answered the same request first. */
class AnsweredElsewhere extends Error {}

/**
 * Runs the handler in the surroundings its kind asks for, and sees to it that what it queued has happened before the
 * answer: a change is committed with its entry in the request log and settled, a relay is with the broker.
 * @returns the data of the answer, or undefined when somebody else has just answered this change
 */
export const createRunHandler = (parts: HandlerParts): ((request: Request) => Promise<object | undefined>) => {
  const { database, handlers, link, metrics, services, settle, topics } = parts

  const base = (request: Request) => ({ ...services, clientId: request.clientId, seqId: request.seqId })

  const relay = async (request: Request, caller: Caller, handle: AnyHandle): Promise<object> => {
    const deliver = new QueuedDeliveries(topics, services.directory, caller)
    const context: RelayContext = {
      ...services,
      clientId: request.clientId,
      seqId: request.seqId,
      caller,
      rawField: (name) => request.parsed?.raw(name) ?? 'null',
      deliver,
    }
    const data = await handle(context, request.input)
    await deliver.publish(link, metrics.delivery)
    return data
  }

  const change = async (request: Request, caller: Caller, handle: AnyHandle): Promise<object | undefined> => {
    const effects: Effect[] = []
    const now = services.clock.date()
    let data: object
    try {
      data = await database.transaction(async (tx) => {
        effects.length = 0
        const context: ChangeContext = { ...base(request), caller, tx, now, effects }
        const result = declared(request, await handle(context, request.input))
        const first = await requestLog.insert(tx, {
          client_id: request.clientId,
          seq_id: request.seqId,
          employee_id: caller.employeeId,
          action: request.action,
          payload_hash: request.payloadHash,
          response: request.definition === undefined ? {} : withholdSecrets(result, request.definition),
          effects: effects.length === 0 ? null : effects,
          created_at: now,
        })
        if (!first) throw new AnsweredElsewhere()
        return result
      })
    } catch (error) {
      if (error instanceof AnsweredElsewhere) return undefined
      throw error
    }
    if (effects.length > 0) {
      await settle(effects, request)
      await requestLog.settle(database.kysely, request.clientId, request.seqId)
    }
    return data
  }

  return async (request) => {
    const { caller, definition } = request
    const { handle } = handlers[request.action as ActionName] as unknown as { handle: AnyHandle }
    if (definition?.kind === 'connection') {
      const context: ConnectionContext = {
        ...base(request),
        vouchedEmployeeId: request.incoming.vouchedEmployeeId,
        db: database.kysely,
      }
      return declared(request, await handle(context, request.input))
    }
    // The session step lets nothing else through without a caller.
    if (caller === undefined) throw new Error('no caller')
    switch (definition?.kind) {
      case 'relay':
        return await relay(request, caller, handle)
      case 'change':
        return await change(request, caller, handle)
      default: {
        const context: ReadContext = { ...base(request), caller, db: database.kysely }
        return declared(request, await handle(context, request.input))
      }
    }
  }
}

/** Only what the action declares leaves the gateway, whatever a handler or a table has grown. */
const declared = (request: Request, data: object): object =>
  Value.Clean(ACTIONS[request.action as ActionName].output, data) as object
