import { openAsBlob } from 'node:fs'
import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Database } from '../../gateway/src/db/database.ts'
import { migrate } from '../../gateway/src/db/migrations/migrate.ts'
import { dumpPGlite, openPGliteInMemory } from '../../gateway/src/db/pglite.ts'
import { openPostgres } from '../../gateway/src/db/postgres.ts'
import { POSTGRES_URL } from './postgres.ts'
import { createDatabase } from './postgres-database.ts'
import { schemaFingerprint } from './schema-fingerprint.ts'

/** A migrated, empty database; gone after `await using database = await open()`. */
export interface TestDatabase extends Database, AsyncDisposable {
  /** PostgreSQL only: what `MCHAT_DATABASE_URL` would be. Its role may do what gateways do, and nothing else. */
  readonly url: string | undefined
  /** PostgreSQL only: what `MCHAT_DATABASE_OWNER_URL` would be. */
  readonly ownerUrl: string | undefined
  /** The same database for whoever may do everything; with PGlite that is everybody. Closed with this one. */
  superuser(): Promise<Database>
}

export interface DatabaseKind {
  readonly name: 'pglite' | 'postgres'
  /** Why it cannot be opened here; undefined when it can. */
  readonly missing: string | undefined
  open(): Promise<TestDatabase>
}

const silent = { info() {}, warn() {} }

const pglite: DatabaseKind = {
  name: 'pglite',
  missing: undefined,
  async open() {
    const database = await openPGliteInMemory(await migratedDump())
    return {
      ...database,
      url: undefined,
      ownerUrl: undefined,
      superuser: async () => database,
      [Symbol.asyncDispose]: () => database.close(),
    }
  },
}

const adminUrl = process.env[POSTGRES_URL] || undefined

const postgres: DatabaseKind = {
  name: 'postgres',
  missing: adminUrl === undefined ? 'PostgreSQL is not installed' : undefined,
  async open() {
    if (adminUrl === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
    const { url, ownerUrl, superuserUrl, drop } = await createDatabase(adminUrl)
    const database = await openPostgres({ url, log: silent })
    let superuser: Promise<Database> | undefined
    return {
      ...database,
      url,
      ownerUrl,
      superuser() {
        superuser ??= openPostgres({ url: superuserUrl, log: silent })
        return superuser
      },
      async [Symbol.asyncDispose]() {
        await database.close()
        await (await superuser)?.close()
        await drop()
      },
    }
  },
}

export const databases: readonly DatabaseKind[] = [pglite, postgres]

/** Made once per schema and kept where that is possible, since making one takes seconds and loading it half of one. */
const migratedDump = async (): Promise<Blob> => {
  const directory = join(import.meta.dirname, '../../node_modules/.cache/mchat')
  const path = join(directory, `pglite-memory-${schemaFingerprint()}.tar`)
  const kept = await stat(path).catch(() => undefined)
  if (kept !== undefined) return openAsBlob(path)
  const dump = await dumpPGlite(async (database) => {
    await migrate(database)
    await dropTemplates(database)
  })
  try {
    await mkdir(directory, { recursive: true })
    const draft = `${path}.${process.pid}`
    await writeFile(draft, new Uint8Array(await dump.arrayBuffer()))
    await rename(draft, path)
  } catch {
    // Somebody else's directory: the next process makes its own.
  }
  return dump
}

/** Nobody makes a database from them here, and they are two thirds of the files that every copy is made of. */
const dropTemplates = (database: Database): Promise<void> =>
  database.maintain(async (db) => {
    await sql`update pg_database set datistemplate = false`.execute(db)
    for (const name of ['template0', 'template1']) await sql`drop database ${sql.id(name)}`.execute(db)
    await sql`checkpoint`.execute(db)
  })
