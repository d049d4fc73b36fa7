import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Timestamp } from '../entities.ts'
import { ClientId } from '../id-fields.ts'

export const syncActions = {
  'sync.relay': defineAction({
    summary: "Passes something on to one's own other devices, e.g. the history a new device asks for.",
    input: Type.Object({
      kind: Type.String({ pattern: '^[a-z0-9_.]{1,64}$', description: 'What the payload is; agreed between clients' }),
      payload: Type.Unknown(),
      to_client_id: Type.Optional(ClientId),
    }),
    output: Type.Object({ sync_id: Type.String(), sent_at: Timestamp }),
    rule: 'everyone',
    kind: 'relay',
    errors: ['session_not_found'],
    opaque: ['payload'],
  }),
}
