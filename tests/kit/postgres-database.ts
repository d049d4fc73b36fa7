import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { sqlStateOf } from '../../gateway/src/db/database-error.ts'
import { migrate } from '../../gateway/src/db/migrations/migrate.ts'
import { openPostgres } from '../../gateway/src/db/postgres.ts'
import { schemaFingerprint } from './schema-fingerprint.ts'

export interface PostgresDatabase {
  /** Connects as a gateway in production does: with the rights it needs, and no others. */
  readonly url: string
  /** The role that owns database and tables. */
  readonly ownerUrl: string
  readonly superuserUrl: string
  /** Ends its connections. */
  drop(): Promise<void>
}

const OWNER = 'mchat_test_owner'
const GATEWAY = 'mchat_test_gateway'
/** For servers that somebody else runs; ours ask for none. */
const PASSWORD = 'mchat_test'

/** A migrated, empty database of its own, copied from a template that the first call makes: about 50 ms. */
export const createDatabase = async (adminUrl: string): Promise<PostgresDatabase> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(adminUrl, async (admin) => {
    const template = await ensureTemplate(admin, adminUrl)
    await admin.query(`create database "${name}" template "${template}" owner ${OWNER}`)
    await admin.query(`revoke all on database "${name}" from public`)
    await admin.query(`grant connect on database "${name}" to ${GATEWAY}`)
  })
  return {
    url: urlOf(adminUrl, name, GATEWAY),
    ownerUrl: urlOf(adminUrl, name, OWNER),
    superuserUrl: urlOf(adminUrl, name),
    async drop() {
      await asAdmin(adminUrl, (admin) => admin.query(`drop database if exists "${name}" with (force)`))
    },
  }
}

/** A database that is being connected to cannot be copied, so the template gets its name when it is finished. */
const ensureTemplate = async (admin: pg.Client, adminUrl: string): Promise<string> => {
  const template = `mchat_template_${schemaFingerprint()}`
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [template])
  if (rowCount === 1) return template
  for (const role of [OWNER, GATEWAY]) {
    await unlessThere(() => admin.query(`create role ${role} login password '${PASSWORD}'`))
  }
  const draft = `${template}_${randomBytes(4).toString('hex')}`
  await admin.query(`create database "${draft}" template template0 owner ${OWNER}`)
  const database = await openPostgres({ url: urlOf(adminUrl, draft, OWNER), log: { info() {}, warn() {} } })
  await migrate(database, GATEWAY).finally(() => database.close())
  const renamed = await unlessThere(() => admin.query(`alter database "${draft}" rename to "${template}"`))
  if (!renamed) await admin.query(`drop database "${draft}"`)
  return template
}

/** false: another process was faster, by a while or in this very moment. */
const unlessThere = async (create: () => Promise<unknown>): Promise<boolean> => {
  try {
    await create()
    return true
  } catch (error) {
    if (!['42P04', '42710', '23505'].includes(sqlStateOf(error) ?? '')) throw error
    return false
  }
}

const urlOf = (adminUrl: string, name: string, role?: string): string => {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  if (role !== undefined) Object.assign(url, { username: role, password: PASSWORD })
  return url.href
}

const asAdmin = async (url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> => {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}
