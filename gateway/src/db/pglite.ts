import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, types } from '@electric-sql/pglite'
import type { Tables } from '@mchat/schema/tables'
import { Kysely, PGliteDialect, sql } from 'kysely'
import { UserError } from '../platform/user-error.ts'
import type { Database } from './database.ts'
import { withPreparedStatements } from './prepared-statements.ts'
import { parseBigint, runTransaction } from './transaction.ts'

const PARSERS = { [types.INT8]: parseBigint }

/**
 * For one process with one connection: the defaults would take 120 MB more memory, and let the write-ahead log grow to
 * 1 GB. Written into an existing directory too.
 */
const SETTINGS = [
  'max_connections = 5',
  'shared_buffers = 16MB',
  'max_wal_size = 64MB',
  'min_wal_size = 32MB',
  'jit = off',
]

export interface OpenPGliteOptions {
  /** The database is in `<directory>/database`. */
  readonly directory: string
}

export const openPGlite = async (options: OpenPGliteOptions): Promise<Database> => {
  const dataDir = join(options.directory, 'database')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  try {
    return pgliteDatabase(await PGlite.create({ dataDir, parsers: PARSERS, postgresqlconf: SETTINGS }))
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause
    throw new UserError(`The database in ${dataDir} cannot be opened: the disk is full.`, { cause })
  }
}

/** ENOSPC as WASI numbers it, or as Node names it, however it comes out of WebAssembly. */
const isDiskFull = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  (('errno' in error && error.errno === 51) || ('code' in error && error.code === 'ENOSPC'))

/** A database in memory that starts as a copy of `dump` (see `dumpPGlite`), or empty. */
export const openPGliteInMemory = async (dump?: Blob): Promise<Database> => pgliteDatabase(await createInMemory(dump))

/** The files of a database in memory after `prepare`. Opening a copy takes a tenth of the time that making one takes. */
export const dumpPGlite = async (prepare: (database: Database) => Promise<unknown>): Promise<Blob> => {
  const pglite = await createInMemory()
  const database = pgliteDatabase(pglite)
  try {
    await prepare(database)
    return await pglite.dumpDataDir('none')
  } finally {
    await database.close()
  }
}

const createInMemory = (dump?: Blob): Promise<PGlite> =>
  PGlite.create({
    parsers: PARSERS,
    postgresqlconf: SETTINGS,
    ...(dump === undefined ? {} : { loadDataDir: dump }),
  })

const pgliteDatabase = (pglite: PGlite): Database => {
  const kysely = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: withPreparedStatements(pglite) }) })
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
