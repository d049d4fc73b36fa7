import { hostname } from 'node:os'
import type { Tables } from '@mchat/schema/tables'
import {
  Kysely,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  sql,
} from 'kysely'
import pg from 'pg'
import type { Database, DatabaseLog, DatabaseSession, OnNotification } from './database.ts'
import { parseBigint, runTransaction } from './transaction.ts'

const LIMITS = {
  connections: 10,
  connectMs: 2000,
  statementMs: 5000,
  lockMs: 2000,
  idleInTransactionMs: 10_000,
  /** Past `statementMs` the server has gone silent, and its connection is given up. */
  silenceMs: 5500,
}

export interface OpenPostgresOptions {
  readonly url: string
  readonly log: DatabaseLog
}

export const openPostgres = async (options: OpenPostgresOptions): Promise<Database> => {
  const { log } = options
  const connection: pg.ClientConfig = {
    connectionString: options.url,
    application_name: `mchat ${process.pid}@${hostname()}`.slice(0, 63),
    connectionTimeoutMillis: LIMITS.connectMs,
    keepAlive: true,
    types: typeParsers(),
  }
  const pool = new pg.Pool({
    ...connection,
    max: LIMITS.connections,
    idleTimeoutMillis: 60_000,
    statement_timeout: LIMITS.statementMs,
    lock_timeout: LIMITS.lockMs,
    idle_in_transaction_session_timeout: LIMITS.idleInTransactionMs,
  })
  surviveLostConnections(pool, log)
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: impatient(pool) }) })

  const database: Database = {
    kysely,
    kind: 'postgres',
    transaction: (work) => runTransaction(kysely, work),
    async maintain(work) {
      const single = new pg.Pool({ ...connection, max: 1 })
      surviveLostConnections(single, log)
      const patient = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: single }) })
      try {
        return await patient.connection().execute(work)
      } finally {
        await patient.destroy()
      }
    },
    connect: (onLost, onNotification) => openSession(connection, onLost, onNotification),
    async ping() {
      await sql`select 1`.execute(kysely)
    },
    close: () => kysely.destroy(),
  }
  try {
    await database.ping()
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

/** Whom the server would know a connection as. */
export const roleOf = (url: string): string => new pg.Client({ connectionString: url }).user ?? ''

const typeParsers = (): pg.CustomTypesConfig => {
  const overrides = new pg.TypeOverrides()
  overrides.setTypeParser(pg.types.builtins.INT8, parseBigint)
  return overrides
}

/**
 * A server that stops breaks idle connections and those in use; each is an `error` event, and one without a listener ends
 * the process. The pool drops such a connection by itself, and the statement that was running on it rejects.
 */
const surviveLostConnections = (pool: pg.Pool, log: DatabaseLog): void => {
  const onError = (error: Error) => log.warn({ err: error }, 'A database connection was lost.')
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', () => undefined))
}

/**
 * The time limits of the server do not help when the server itself is gone without a word (a paused machine, a cut
 * network). A statement without an answer ends its connection, so that neither the caller nor the next user of that
 * connection waits for the retransmissions of TCP. `pg`'s own `query_timeout` would leave the connection in the pool.
 */
const impatient = (pool: pg.Pool): PostgresPool => {
  const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const wrap = (client: pg.PoolClient): PostgresPoolClient => {
    async function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
      const timer = setTimeout(() => void client.end(), LIMITS.silenceMs)
      try {
        return (await client.query(text, [...values])) as unknown as PostgresQueryResult<R>
      } finally {
        clearTimeout(timer)
      }
    }
    return { query: query as PostgresPoolClient['query'], release: (destroy) => client.release(destroy) }
  }
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect()
      const known = wrapped.get(client) ?? wrap(client)
      wrapped.set(client, known)
      return known
    },
    end: () => pool.end(),
  }
}

const openSession = async (
  config: pg.ClientConfig,
  onLost: (error: Error) => void,
  onNotification: OnNotification | undefined,
): Promise<DatabaseSession> => {
  const client = new pg.Client(config)
  if (onNotification !== undefined) {
    client.on('notification', ({ channel, payload }) => onNotification(channel, payload ?? ''))
  }
  let open = true
  let lastError = new Error('Connection terminated unexpectedly')
  client.on('error', (error) => {
    lastError = error
  })
  client.on('end', () => {
    if (!open) return
    open = false
    onLost(lastError)
  })
  await client.connect().catch((error: unknown) => {
    open = false
    throw error
  })
  // The limit for connecting is over by now; what falls silent from here on is for the caller to notice.
  const silence = setTimeout(() => {
    open = false
    void client.end()
  }, LIMITS.connectMs)
  const { rows } = await client
    .query<{ pid: number }>('select pg_backend_pid() as pid')
    .finally(() => clearTimeout(silence))
  // One after the other: `pg` queues them too, but is going to stop doing so.
  let last: Promise<unknown> = Promise.resolve()
  return {
    backendPid: rows[0]?.pid ?? 0,
    query<R>(text: string, values: readonly unknown[] = []) {
      const result = last.then(async () => (await client.query(text, [...values])).rows as R[])
      last = result.catch(() => undefined)
      return result
    },
    async close() {
      open = false
      await client.end()
    },
  }
}
