import { LIMITS, MChatError } from '@mchat/schema'
import { defineHandler } from '#src/router/define-handler.ts'

export default defineHandler('sync.relay', async (context, input) => {
  const { caller, clientId, clock, deliver, directory, messageIds, seqId } = context
  const payload = context.rawField('payload').trim()
  if (Buffer.byteLength(payload) > LIMITS.syncPayloadBytes) {
    throw new MChatError('too_large', {
      fields: [{ field: 'payload', rule: 'maxBytes', message: `at most ${LIMITS.syncPayloadBytes} bytes as JSON` }],
    })
  }
  const to = input.to_client_id
  if (to !== undefined && !(await directory.sessionsOf.get(caller.employeeId))?.has(to)) {
    throw new MChatError('session_not_found')
  }
  const syncId = messageIds.eventId(clientId, seqId, 'sync')
  const sentAt = clock.timestamp()
  const target = to === undefined ? '' : `,"to_client_id":"${to}"`
  deliver.ownDevices(
    `{"type":"relay","sync_id":"${syncId}","from_client_id":"${clientId}"${target},"kind":"${input.kind}","payload":${payload},"sent_at":"${sentAt}"}`,
  )
  return { sync_id: syncId, sent_at: sentAt }
})
