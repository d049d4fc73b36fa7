import { type PGlite, parse, protocol } from '@electric-sql/pglite'
import type { PGliteDialectConfig } from 'kysely'

type Connection = Exclude<PGliteDialectConfig['pglite'], (...args: never) => unknown>
type Results = Awaited<ReturnType<Connection['query']>>
type Messages = Awaited<ReturnType<PGlite['execProtocolStream']>>

interface Prepared {
  readonly name: string
  /** Of the parameters. */
  readonly types: readonly number[]
  /** What the rows are of; none where there are no rows. */
  readonly columns: Messages
}

/** What has no result of its own form depends on nothing but tables, and those change by other statements only. */
const PREPARED = /^\s*(?:select|insert|update|delete|with)\b/i

/**
 * A plan is made for tables of the size that they have then, and nothing but a vacuum makes PostgreSQL think again: after so
 * many statements all are planned anew.
 */
const PLANS_LAST = 5000
const PLANS = 250

const { serialize } = protocol

/**
 * PGlite for Kysely that reads and plans a statement once, and not each time: for a row that is looked up or written that is
 * most of the work, and all of it is done in this thread.
 */
export const withPreparedStatements = (pglite: PGlite): Connection => {
  const all = new Map<string, Prepared>()
  /** Names that are to be given back. */
  let over: string[] = []
  let names = 0
  let used = 0

  const forget = (): void => {
    over.push(...[...all.values()].map(({ name }) => name))
    all.clear()
    used = 0
  }

  const send = (...messages: Uint8Array[]): Promise<Messages> =>
    pglite.execProtocolStream(Buffer.concat([...messages, serialize.sync()]), { syncToFs: false })

  const prepare = async (text: string): Promise<Prepared> => {
    if (all.size >= PLANS || ++used > PLANS_LAST) forget()
    const known = all.get(text)
    if (known !== undefined) return known
    const name = `s${++names}`
    const closing = over.map((each) => serialize.close({ type: 'S', name: each }))
    over = []
    const messages = await send(...closing, serialize.parse({ name, text }), serialize.describe({ type: 'S', name }))
    const prepared = {
      name,
      types: parse.parseDescribeStatementResults(messages),
      columns: messages.filter((message) => message.name === 'rowDescription'),
    }
    all.set(text, prepared)
    return prepared
  }

  const written = (value: unknown, type: number | undefined): string | null => {
    if (value === null || value === undefined) return null
    const serializer = type === undefined ? undefined : pglite.serializers[type]
    return serializer === undefined ? String(value) : serializer(value)
  }

  /** Nothing else must be under way. */
  const execute = async (text: string, values: readonly unknown[]): Promise<Results> => {
    const { columns, name, types } = await prepare(text)
    try {
      const bound = serialize.bind({ statement: name, values: values.map((value, i) => written(value, types[i])) })
      const messages = await send(bound, serialize.execute())
      return parse.parseResults([...columns, ...messages], pglite.parsers)[0] as Results
    } catch (error) {
      // It may have been prepared for a table that a rollback has changed back.
      if (all.delete(text)) over.push(name)
      throw error
    }
  }

  /** @param plain how it is done otherwise */
  const query = async (
    text: string,
    values: readonly unknown[] | undefined,
    plain: () => Promise<unknown>,
    exclusively: (work: () => Promise<Results>) => Promise<Results>,
  ): Promise<Results> => {
    if (PREPARED.test(text)) return await exclusively(() => execute(text, values ?? []))
    const results = (await plain()) as Results
    forget()
    return results
  }
  const alone = <T>(work: () => Promise<T>): Promise<T> => pglite._runExclusiveQuery(work)
  const outside = (work: () => Promise<Results>): Promise<Results> => pglite._runExclusiveTransaction(() => alone(work))

  return {
    get closed() {
      return pglite.closed
    },
    get ready() {
      return pglite.ready
    },
    waitReady: pglite.waitReady,
    close: () => pglite.close(),
    async query<T>(text: string, values?: unknown[]) {
      await pglite._checkReady()
      return (await query(text, values, () => pglite.query(text, values), outside)) as Results & { rows: T[] }
    },
    transaction: (work) =>
      pglite.transaction((tx) =>
        work({
          query: async <T>(text: string, values?: unknown[]) =>
            (await query(text, values, () => tx.query(text, values), alone)) as Results & { rows: T[] },
          rollback: () => tx.rollback(),
        }),
      ),
  }
}
