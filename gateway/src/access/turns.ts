import type { Database, Db } from '../db/database.ts'
import { employees } from '../db/repositories/employees.ts'

/** Turns at the same time: each holds a connection to the database while the broker is told. */
const AT_ONCE = 4

/**
 * Does the work in the turn of these employees, with what the database says then. Rejects with what the work rejects with. A
 * turn of several has to be short: others wait two seconds for one of them, and no longer.
 */
export type InTurn = (employeeIds: readonly string[], work: (db: Db) => Promise<void>) => Promise<void>

/**
 * One after the other for each employee, on all gateways: a write from an older reading must not come last. Reads go to
 * the database, since what this gateway remembers may lag behind a change that another one is enforcing.
 */
export const createTurns = (database: Database): InTurn => {
  const queues = new Map<string, Promise<void>>()
  const waiting: (() => void)[] = []
  let running = 0

  const locked = (employeeIds: readonly string[], work: (db: Db) => Promise<void>): Promise<void> =>
    database.kind === 'pglite'
      ? work(database.kysely)
      : database.transaction(async (tx) => {
          await employees.lockAccess(tx, employeeIds)
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

  return (employeeIds, work) => {
    const before = employeeIds.map((employeeId) => queues.get(employeeId))
    const done = Promise.allSettled(before).then(() => bounded(() => locked(employeeIds, work)))
    for (const employeeId of employeeIds) queues.set(employeeId, done)
    const leave = (): void => {
      for (const employeeId of employeeIds) {
        if (queues.get(employeeId) === done) queues.delete(employeeId)
      }
    }
    done.then(leave, leave)
    return done
  }
}
