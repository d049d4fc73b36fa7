import { MChatError } from '@mchat/schema'
import type { Database } from '../../db/database.ts'
import { requestLog } from '../../db/repositories/request-log.ts'
import type { Effect } from '../effects.ts'
import type { Request } from '../request.ts'
import { endsSession } from '../run-change.ts'
import type { Settle } from '../settle.ts'
import type { UnansweredSecrets } from '../unanswered-secrets.ts'

/**
 * Answers a repeated change as it was answered before (contract 3.1, 3), after finishing what its first gateway may not
 * have come to.
 * @returns the data of the earlier answer, or undefined for a request that is new
 * @throws MChatError `seq_id_reused` when the seq_id stood for another request
 */
export type FindAnswered = (request: Request) => Promise<object | undefined>

export const createFindAnswered =
  (database: Database, settle: Settle, secrets: UnansweredSecrets): FindAnswered =>
  async (request) => {
    if (request.definition?.kind !== 'change') return undefined
    const row = await requestLog.find(database.kysely, request.clientId, request.seqId)
    if (row === undefined) return undefined
    if (row.payload_hash !== request.payloadHash) throw new MChatError('seq_id_reused')
    if (row.effects !== null) {
      const effects = row.effects as readonly Effect[]
      await settle(effects, request)
      if (!endsSession(effects, request.clientId)) {
        await requestLog.settle(database.kysely, request.clientId, request.seqId)
      }
    }
    return secrets.find(request) ?? (row.response as object)
  }
