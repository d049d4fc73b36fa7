import Type from 'typebox'
import { defineAction } from '../action.ts'
import { AuditRow, Cursor, Instant, Limit, NextCursor, Timestamp } from '../entities.ts'
import { ClientId, EmployeeId } from '../id-fields.ts'

const filter = {
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  operator: Type.Optional(EmployeeId),
  // Not `action`, which is the name of the request itself.
  for_action: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  target: Type.Optional(ClientId),
  code: Type.Optional(Type.Integer({ minimum: 0, maximum: 999 })),
  changes_only: Type.Optional(
    Type.Boolean({
      description:
        'Only what was done and changed something: without what was looked at, tried in a dry run, refused or failed',
    }),
  ),
  cursor: Type.Optional(Cursor),
}
const FILTER = ['from', 'to', 'operator', 'for_action', 'target', 'code', 'changes_only', 'cursor'] as const
const Seq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const SeqOrNull = Type.Union([Type.Integer(), Type.Null()])

export const auditActions = {
  'audit.list': defineAction({
    summary: 'The audit log, newest first. `from` is included, `to` is not.',
    input: Type.Object({ ...filter, limit: Type.Optional(Limit) }),
    output: Type.Object({ rows: Type.Array(AuditRow), next_cursor: NextCursor }),
    rule: 'audit_read',
    kind: 'read',
    heavy: true,
    errors: [],
    audited: [...FILTER, 'limit'],
  }),
  'audit.export': defineAction({
    summary:
      'The audit log as a file, newest first, as much as fits; ask again with `next_cursor` for the rest. Spreadsheets do not take a cell of the CSV for a formula.',
    input: Type.Object({
      ...filter,
      format: Type.Union([Type.Literal('csv'), Type.Literal('ndjson')]),
    }),
    output: Type.Object({
      url: Type.String({ description: 'Where the file is to be fetched, until it expires' }),
      expires_at: Timestamp,
      content_type: Type.String(),
      file_name: Type.String(),
      rows: Type.Integer(),
      next_cursor: NextCursor,
    }),
    rule: 'audit_read',
    kind: 'read',
    heavy: true,
    waits: true,
    errors: ['quota_exceeded', 'storage_unavailable', 'no_storage'],
    audited: [...FILTER, 'format'],
  }),
  'audit.verify': defineAction({
    summary: 'Checks the audit log and names every row that was changed, is missing or was inserted.',
    input: Type.Object({ from_seq: Type.Optional(Seq) }),
    output: Type.Object({
      checked: Type.Integer({ description: 'Rows that were looked at' }),
      from_seq: SeqOrNull,
      to_seq: SeqOrNull,
      next_seq: Type.Union([Type.Integer(), Type.Null()], {
        description: '`from_seq` of the next part; null: it was checked to its end',
      }),
      heads: Type.Integer({ description: 'Signed heads that were compared' }),
      problems: Type.Array(
        Type.Object({
          problem: Type.Union([
            Type.Literal('changed'),
            Type.Literal('missing'),
            Type.Literal('inserted'),
            Type.Literal('head'),
          ]),
          seq: Type.Integer(),
          to_seq: Type.Optional(Type.Integer({ description: 'The last of those missing' })),
          day: Type.Optional(Type.String({ description: 'Of a signed head that does not fit the rows' })),
        }),
      ),
    }),
    rule: 'audit_read',
    kind: 'read',
    heavy: true,
    errors: [],
    audited: ['from_seq'],
  }),
}
