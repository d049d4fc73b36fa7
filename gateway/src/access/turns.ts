import type { Database, Db } from '../db/database.ts'
import { employees } from '../db/repositories/employees.ts'

/** Employees at the same time: each holds a connection to the database while the broker is told. */
const AT_ONCE = 4

/** Does the work in its turn, with what the database says then. Rejects with what the work rejects with. */
export type InTurn = (employeeId: string, work: (db: Db) => Promise<void>) => Promise<void>

/**
 * One after the other for each employee, on all gateways: a write from an older reading must not come last. Reads go to
 * the database, since what this gateway remembers may lag behind a change that another one is enforcing.
 */
export const createTurns = (database: Database): InTurn => {
  const queues = new Map<string, Promise<void>>()
  const waiting: (() => void)[] = []
  let running = 0

  const locked = (employeeId: string, work: (db: Db) => Promise<void>): Promise<void> =>
    database.kind === 'pglite'
      ? work(database.kysely)
      : database.transaction(async (tx) => {
          await employees.lockAccess(tx, employeeId)
          await work(tx)
        })

  const bounded = async (work: () => Promise<void>): Promise<void> => {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }

  return (employeeId, work) => {
    const before = queues.get(employeeId) ?? Promise.resolve()
    const done = before.catch(() => undefined).then(() => bounded(() => locked(employeeId, work)))
    queues.set(employeeId, done)
    const leave = (): void => {
      if (queues.get(employeeId) === done) queues.delete(employeeId)
    }
    done.then(leave, leave)
    return done
  }
}
