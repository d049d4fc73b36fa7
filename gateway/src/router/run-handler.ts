import type { ActionName } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import type { ConnectionContext, ReadContext, Services } from './context.ts'
import { declaredOutput } from './declared-output.ts'
import type { HandlerRegistry } from './define-handler.ts'
import { noteIn, type Outcome, type Request } from './request.ts'
import { toOutcome } from './respond.ts'
import { type AnyHandle, type ChangeParts, createRunChange } from './run-change.ts'
import { createRunRelay, type RelayParts } from './run-relay.ts'

export interface HandlerParts extends ChangeParts, RelayParts {
  readonly services: Services
  readonly database: Database
  readonly handlers: HandlerRegistry
}

/**
 * Runs the handler in the surroundings its kind asks for, and sees to it that what it queued has happened before the
 * answer: a change is committed with its entry in the request log and settled, a relay is with the broker. What waits for
 * somebody outside is answered later.
 * @returns the data of the answer, or undefined when somebody else has just answered this change
 */
export const createRunHandler = (parts: HandlerParts): ((request: Request) => Promise<object | undefined>) => {
  const { database, handlers, services } = parts
  const runChange = createRunChange(parts)
  const runRelay = createRunRelay(parts)

  return async (request) => {
    const { caller, clientId, definition, seqId } = request
    const note = noteIn(request)
    const { handle } = handlers[request.action as ActionName] as unknown as { handle: AnyHandle }
    if (definition?.kind === 'connection') {
      const { vouchedEmployeeId } = request.incoming
      const context: ConnectionContext = { ...services, clientId, seqId, note, vouchedEmployeeId, db: database.kysely }
      return declaredOutput(request, await handle(context, request.input))
    }
    // The session step lets nothing else through without a caller.
    if (caller === undefined) throw new Error('no caller')
    switch (definition?.kind) {
      case 'relay':
        return await runRelay(request, caller, handle)
      case 'change':
        return await runChange(request, caller, handle)
      default: {
        const context: ReadContext = { ...services, clientId, seqId, note, caller, db: database.kysely }
        const read = async (): Promise<object> => declaredOutput(request, await handle(context, request.input))
        if (definition?.waits !== true) return await read()
        request.later = read().then((data): Outcome => ({ ok: true, data }), toOutcome)
        return {}
      }
    }
  }
}
