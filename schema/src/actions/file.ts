import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Timestamp } from '../entities.ts'
import { FILE_KEY_PATTERN } from '../file-keys.ts'
import { EmployeeId, GroupId } from '../id-fields.ts'
import { LIMITS } from '../limits.ts'

const FileKey = Type.String({
  maxLength: 256,
  pattern: FILE_KEY_PATTERN,
  description: 'Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by',
})
const FileName = Type.String({
  minLength: 1,
  maxLength: LIMITS.fileNameChars,
  description: 'What a download is called; it stands in no key and no path',
})
const ContentType = Type.String({
  minLength: 3,
  maxLength: 127,
  pattern: '^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$',
  description: 'One of `content_types` of config.storage; `application/octet-stream` for everything else',
})
const Sha256 = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'Of the bytes, in hex: then the store takes no others',
})
const Size = Type.Integer({ minimum: 0, maximum: LIMITS.fileBytes, description: 'Bytes' })
const UploadId = Type.String({
  maxLength: 2048,
  pattern: '^[A-Za-z0-9._-]+$',
  description: 'Of an upload in parts',
})
const PartNumber = Type.Integer({ minimum: 1, maximum: LIMITS.fileParts })
/** A request that is signed: to be sent as it is, with these headers. */
const SignedRequest = {
  url: Type.String({ description: 'Whoever has it may do what it says, until it expires' }),
  method: Type.Union([Type.Literal('PUT'), Type.Literal('GET')]),
  headers: Type.Record(Type.String(), Type.String(), { description: 'To be sent with it, unchanged' }),
}

const StoredFile = {
  key: FileKey,
  size: Size,
  content_type: Type.String(),
  file_name: Type.Union([Type.String(), Type.Null()]),
}

export const fileActions = {
  'file.upload_url': defineAction({
    summary:
      'Where to put a file: one PUT up to 100 MiB; above that an upload in parts, whose addresses file.part_urls gives. Then file.complete, and the key can be sent.',
    input: Type.Object({
      file_name: FileName,
      content_type: ContentType,
      size: Size,
      sha256: Type.Optional(Sha256),
      to_employee_id: Type.Optional(EmployeeId),
      group_id: Type.Optional(GroupId),
    }),
    output: Type.Object({
      key: FileKey,
      url: Type.Optional(SignedRequest.url),
      method: Type.Optional(SignedRequest.method),
      headers: Type.Optional(SignedRequest.headers),
      upload_id: Type.Optional(UploadId),
      part_size: Type.Optional(Type.Integer({ description: 'Bytes of every part but the last' })),
      part_count: Type.Optional(Type.Integer()),
      expires_at: Timestamp,
    }),
    rule: 'file_upload',
    kind: 'read',
    waits: true,
    errors: ['employee_not_found', 'quota_exceeded', 'storage_unavailable', 'no_storage'],
  }),
  'file.part_urls': defineAction({
    summary: 'Where to put parts of an upload. A part that is sent again replaces the one before.',
    input: Type.Object({
      key: FileKey,
      upload_id: UploadId,
      parts: Type.Array(Type.Object({ part_number: PartNumber, sha256: Type.Optional(Sha256) }), {
        minItems: 1,
        maxItems: LIMITS.filePartsPerRequest,
      }),
    }),
    output: Type.Object({
      parts: Type.Array(
        Type.Object({ part_number: Type.Integer(), size: Type.Integer({ description: 'Bytes' }), ...SignedRequest }),
      ),
      expires_at: Timestamp,
    }),
    rule: 'file_read',
    kind: 'read',
    waits: true,
    errors: ['file_not_found', 'storage_unavailable', 'no_storage'],
  }),
  'file.upload_status': defineAction({
    summary: 'Which parts of an upload have arrived, to go on where it broke off.',
    input: Type.Object({ key: FileKey, upload_id: UploadId }),
    output: Type.Object({
      size: Size,
      part_size: Type.Integer(),
      part_count: Type.Integer(),
      uploaded_parts: Type.Array(PartNumber),
    }),
    rule: 'file_read',
    kind: 'read',
    waits: true,
    errors: ['file_not_found', 'storage_unavailable', 'no_storage'],
  }),
  'file.complete': defineAction({
    summary:
      'Says that everything has been put there: the file is checked, and readable from now on. Asked again it answers the same.',
    input: Type.Object({ key: FileKey, upload_id: Type.Optional(UploadId) }),
    output: Type.Object(StoredFile),
    rule: 'file_read',
    kind: 'read',
    waits: true,
    errors: [
      'file_not_found',
      'file_incomplete',
      'file_refused',
      'quota_exceeded',
      'scan_unavailable',
      'storage_unavailable',
      'no_storage',
    ],
  }),
  'file.download_url': defineAction({
    summary: 'Where to get a file. Whoever has just lost the right to see it gets none.',
    input: Type.Object({ key: FileKey }),
    output: Type.Object({ ...StoredFile, ...SignedRequest, expires_at: Timestamp }),
    rule: 'file_read',
    kind: 'read',
    waits: true,
    errors: ['file_not_found', 'file_refused', 'scan_unavailable', 'storage_unavailable', 'no_storage'],
  }),
  'file.delete': defineAction({
    summary: 'Deletes a file of one’s own, or gives up an upload.',
    input: Type.Object({ key: FileKey, upload_id: Type.Optional(UploadId) }),
    output: Type.Object({ key: FileKey }),
    rule: 'everyone',
    kind: 'read',
    waits: true,
    errors: ['file_not_found', 'storage_unavailable', 'no_storage'],
    audited: ['key'],
  }),
}
