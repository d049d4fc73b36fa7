import { type RawBuilder, sql } from 'kysely'

/** The generation of keys that a tagged text names (platform/keys.ts). */
export const untaggedGeneration = (column: string): RawBuilder<number> =>
  sql<number>`coalesce(substring(${sql.ref(column)} from '^([1-9][0-9]{0,8})\\.')::int, 1)`
