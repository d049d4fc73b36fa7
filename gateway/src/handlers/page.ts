import { invalidField, isId, LIMITS } from '@mchat/schema'

/** One page of a list in the order of the ids. Ask the repository for `after` and `limit`: one row more than is shown. */
export interface Page {
  readonly after: string | undefined
  readonly limit: number
}

/** @throws MChatError 400 for a cursor that no page ended with */
export const pageOf = (input: { readonly cursor?: string; readonly limit?: number }): Page => ({
  after: input.cursor === undefined ? undefined : decodeCursor(input.cursor),
  limit: (input.limit ?? LIMITS.pageSizeDefault) + 1,
})

/** The rows to show, and the cursor of the next page; null when this is the last one. */
export const cutPage = <T>(
  found: readonly T[],
  page: Page,
  idOf: (row: T) => string,
): { readonly rows: T[]; readonly next_cursor: string | null } => {
  const rows = found.slice(0, page.limit - 1)
  const last = rows.at(-1)
  return { rows, next_cursor: found.length < page.limit || last === undefined ? null : encodeCursor(idOf(last)) }
}

const encodeCursor = (id: string): string => Buffer.from(id).toString('base64url')

const decodeCursor = (cursor: string): string => {
  const id = Buffer.from(cursor, 'base64url').toString()
  if (!isId(id) || encodeCursor(id) !== cursor) throw invalidField('cursor', 'cursor', 'is not a cursor of this list')
  return id
}
