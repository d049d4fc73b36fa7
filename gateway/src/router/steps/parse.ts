import { createHash } from 'node:crypto'
import { findAction, invalidField, MChatError } from '@mchat/schema'
import { parseJsonObject } from '../../platform/strict-json.ts'
import type { Request } from '../request.ts'

/** Reads the payload and finds the action. */
export const parse = (request: Request): void => {
  const parsed = parseJsonObject(request.incoming.payload)
  const { action, seq_id: seqId } = parsed.value
  if (typeof action !== 'string') {
    throw invalidField('action', action === undefined ? 'required' : 'type', 'action must be a string.')
  }
  if (seqId !== undefined && seqId !== request.seqId) throw new MChatError('seq_id_mismatch')
  const definition = findAction(action)
  if (definition === undefined) throw new MChatError('unknown_action')
  request.action = action
  request.definition = definition
  request.parsed = parsed
  if (definition.kind === 'change') {
    request.payloadHash = createHash('sha256').update(request.incoming.payload).digest('hex')
  }
}
