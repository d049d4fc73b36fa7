import type { Log } from '../ops/log.ts'
import type { Access } from './access.ts'

/** Syncs that no request waits for. */
export interface BackgroundSync {
  /** Makes the broker agree about these employees, and tries again until it does. Does not wait, and never throws. */
  sync(employeeIds: readonly string[]): void
  /** Tries nothing again, and resolves when what is under way is over. */
  stop(): Promise<void>
}

const AGAIN_MS = { first: 1000, longest: 60_000 }

export const createBackgroundSync = (access: Pick<Access, 'syncEmployees'>, log: Log): BackgroundSync => {
  const due = new Set<string>()
  const underWay = new Set<Promise<void>>()
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const attempt = async (employeeId: string): Promise<void> => {
    try {
      await access.syncEmployees([employeeId])
      failures = 0
    } catch (error) {
      due.add(employeeId)
      tryAgainLater()
      log.warn({ error: String(error) }, 'the broker could not be made to agree with the database; it is tried again')
    }
  }

  const begin = (employeeId: string): void => {
    const attempted = attempt(employeeId).finally(() => underWay.delete(attempted))
    underWay.add(attempted)
  }

  const tryAgainLater = (): void => {
    if (isStopped || timer !== undefined) return
    const milliseconds = Math.min(AGAIN_MS.longest, AGAIN_MS.first * 2 ** failures)
    timer = setTimeout(() => {
      timer = undefined
      failures++
      const again = [...due]
      due.clear()
      for (const employeeId of again) begin(employeeId)
    }, milliseconds).unref()
  }

  return {
    // At once, also while others have failed and wait.
    sync(employeeIds) {
      for (const employeeId of employeeIds) begin(employeeId)
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await Promise.all(underWay)
    },
  }
}
