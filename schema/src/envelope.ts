import Type, { type Static } from 'typebox'
import { SeqId } from './id-fields.ts'

/** The version of the wire contract; `config.server` tells it. */
export const CONTRACT_VERSION = 1

/** Why one field of a request was refused (contract 3, code 400). */
export const FieldError = Type.Object({
  field: Type.String({ description: 'Path of the field, e.g. `opts.avatar`; empty for the request as a whole' }),
  rule: Type.String({ description: 'The rule that was broken, e.g. `required`, `maxLength`' }),
  message: Type.String(),
})
export type FieldError = Static<typeof FieldError>

/** What `data` may hold when `code` is not 0; it is null otherwise. */
export const FailureData = Type.Object({
  errors: Type.Optional(Type.Array(FieldError, { description: 'Each field that was refused, and why' })),
})
export type FailureData = Static<typeof FailureData>

/** What every request has beside the fields of its action. Unknown fields are ignored. */
export const Request = Type.Object({
  action: Type.String({ minLength: 1, maxLength: 64 }),
  seq_id: Type.Optional(SeqId),
})
export type Request = Static<typeof Request>

/** The one answer a request gets (contract 3). */
export const Response = Type.Object({
  seq_id: SeqId,
  code: Type.Integer({ description: '0, or a code of the error table' }),
  message: Type.String({ description: 'For people, in the language of the deployment' }),
  data: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  reason: Type.Optional(Type.String({ description: 'A stable word for programs' })),
  retry_after_ms: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type Response = Static<typeof Response>
