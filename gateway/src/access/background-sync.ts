import type { Log } from '../ops/log.ts'
import type { Access } from './access.ts'

/** Syncs that no request waits for. */
export interface BackgroundSync {
  /** Makes the broker agree about these employees, and tries again until it does. Does not wait, and never throws. */
  sync(employeeIds: readonly string[]): void
  stop(): void
}

const AGAIN_MS = { first: 1000, longest: 60_000 }

export const createBackgroundSync = (access: Pick<Access, 'syncEmployees'>, log: Log): BackgroundSync => {
  const due = new Set<string>()
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const attempt = async (employeeId: string): Promise<void> => {
    try {
      await access.syncEmployees([employeeId])
    } catch (error) {
      due.add(employeeId)
      log.warn({ error: String(error) }, 'the broker could not be made to agree with the database; it is tried again')
    }
  }

  const run = async (): Promise<void> => {
    timer = undefined
    const ids = [...due]
    due.clear()
    await Promise.all(ids.map(attempt))
    failures = due.size === 0 ? 0 : failures + 1
    if (due.size > 0) schedule(Math.min(AGAIN_MS.longest, AGAIN_MS.first * 2 ** (failures - 1)))
  }

  const schedule = (milliseconds: number): void => {
    if (isStopped || timer !== undefined) return
    timer = setTimeout(() => void run(), milliseconds).unref()
  }

  return {
    sync(employeeIds) {
      for (const id of employeeIds) due.add(id)
      if (due.size > 0) schedule(0)
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
