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
  'config.storage': defineAction({
    summary:
      'What a client needs to put files of its own into the object store without asking for each: a grant for a while, for its own folder alone. After an upload, file.complete.',
    input: Type.Object({}),
    output: Type.Object({
      endpoint: Type.String({ description: 'The base URL of the store' }),
      bucket: Type.String(),
      region: Type.String(),
      path_style: Type.Boolean({ description: 'Whether the bucket stands in the path, or in the host name' }),
      key_prefix: Type.String({ description: 'Files may be put at this and a lower-case UUID' }),
      final_prefix: Type.String({ description: 'Their key, from file.complete on, is this and the same UUID' }),
      content_types: Type.Array(Type.String(), { description: 'What file.upload_url takes a file as' }),
      max_bytes: Type.Integer({ description: 'Of one file that is put like this' }),
      post: Type.Object(
        { url: Type.String(), fields: Type.Record(Type.String(), Type.String()) },
        { description: 'A form (POST policy): `fields`, then `key`, and `file` last' },
      ),
      credentials: Type.Optional(
        Type.Object(
          { access_key_id: Type.String(), secret_access_key: Type.String(), session_token: Type.String() },
          { description: 'Of AWS STS, where the deployment has a role for it' },
        ),
      ),
      expires_at: Timestamp,
    }),
    rule: 'everyone',
    kind: 'read',
    waits: true,
    errors: ['storage_unavailable', 'no_storage'],
  }),
}
