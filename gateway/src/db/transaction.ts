import type { Tables } from '@mchat/schema/tables'
import type { Kysely, Transaction } from 'kysely'
import { sqlStateOf } from './database-error.ts'

const RETRYABLE = new Set(['40001', '40P01'])

/** `Database.transaction` of both drivers. */
export const runTransaction = async <T>(
  kysely: Kysely<Tables>,
  work: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T> => {
  const attempt = () => kysely.transaction().setIsolationLevel('read committed').execute(work)
  try {
    return await attempt()
  } catch (error) {
    if (!RETRYABLE.has(sqlStateOf(error) ?? '')) throw error
    return attempt()
  }
}

/** A `bigint` as a number; what a number cannot hold exactly is an error, not a rounding. */
export const parseBigint = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`The bigint ${text} is too large for a number.`)
  return value
}
