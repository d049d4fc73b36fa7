import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Timestamp } from '../entities.ts'

export const configActions = {
  'config.server': defineAction({
    summary: 'What a client may know of the deployment: version, limits, features.',
    input: Type.Object({}),
    output: Type.Object({
      version: Type.String(),
      contract: Type.Integer({ description: 'Version of the wire contract' }),
      service_id: Type.Union([Type.String(), Type.Null()]),
      language: Type.String(),
      group_delivery: Type.Union([Type.Literal('topic'), Type.Literal('inbox')]),
      actions: Type.Array(Type.String()),
      limits: Type.Record(Type.String(), Type.Number()),
      server_time: Timestamp,
    }),
    rule: 'everyone',
    kind: 'read',
    errors: [],
  }),
}
