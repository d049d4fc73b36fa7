import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, types } from '@electric-sql/pglite'
import type { Tables } from '@mchat/schema/tables'
import { Kysely, PGliteDialect, sql } from 'kysely'
import type { Database } from './database.ts'
import { parseBigint, runTransaction } from './transaction.ts'

const PARSERS = { [types.INT8]: parseBigint }

export interface OpenPGliteOptions {
  /** The database is in `<directory>/database`. */
  readonly directory: string
}

export const openPGlite = async (options: OpenPGliteOptions): Promise<Database> => {
  const dataDir = join(options.directory, 'database')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  return pgliteDatabase(await PGlite.create({ dataDir, parsers: PARSERS }))
}

/** A database in memory that starts as a copy of `dump` (`PGlite.dumpDataDir`): a migrated one is there at once. */
export const openPGliteInMemory = async (dump?: Blob): Promise<Database> =>
  pgliteDatabase(await PGlite.create({ parsers: PARSERS, ...(dump === undefined ? {} : { loadDataDir: dump }) }))

const pgliteDatabase = (pglite: PGlite): Database => {
  const kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) })
  return {
    kysely,
    kind: 'pglite',
    transaction: (work) => runTransaction(kysely, work),
    maintain: (work) => kysely.connection().execute(work),
    async ping() {
      await sql`select 1`.execute(kysely)
    },
    async close() {
      await kysely.destroy()
      if (!pglite.closed) await pglite.close()
    },
  }
}
