import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { type DatabaseKind, databases, type TestDatabase } from './databases.ts'

/** Runs a suite on every database; where one is not installed it is reported as skipped, by name and with the reason. */
export const onEveryDatabase = (name: string, suite: (kind: DatabaseKind) => void): void => {
  for (const kind of databases) {
    const reason = kind.missing === undefined ? '' : ` (skipped: ${kind.missing})`
    describe.skipIf(kind.missing !== undefined)(`${name} on ${kind.name}${reason}`, () => suite(kind))
  }
}

/** The audit log is only ever added to, but for whoever says to be replaying what was done elsewhere. */
const emptyTables = async (database: TestDatabase, tables: readonly RawBuilder<unknown>[]): Promise<void> => {
  const superuser = await database.superuser()
  await superuser.transaction(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await sql`truncate ${sql.join(tables)}`.execute(tx)
  })
}

/** One database for all the tests of a suite, without a row at the start of each. */
export const sharedDatabase = (kind: DatabaseKind): { readonly current: TestDatabase } => {
  let database: TestDatabase | undefined
  let tables: RawBuilder<unknown>[] = []
  beforeAll(async () => {
    database = await kind.open()
    const found = await database.kysely.introspection.getTables()
    tables = found.filter((table) => !table.name.startsWith('schema_migration')).map((table) => sql.table(table.name))
  })
  beforeEach(async () => {
    if (database !== undefined) await emptyTables(database, tables)
  })
  afterAll(() => database?.[Symbol.asyncDispose]())
  return {
    get current() {
      if (database === undefined) throw new Error('The database is open only while a test runs.')
      return database
    },
  }
}
