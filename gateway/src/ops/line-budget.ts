import type { Clock } from '../platform/clock.ts'
import type { Log } from './log.ts'

/** Lines of one kind in one second; a flood of what is refused must not fill the disk. */
const LINES_PER_SECOND = 200

/**
 * @param leftOutMessage written as a warning with the `count` of the lines that were left out, before the first line of a later second
 * @returns asked before each line of this kind: may it be written?
 */
export const createLineBudget = (
  log: Pick<Log, 'warn'>,
  clock: Pick<Clock, 'monotonic'>,
  leftOutMessage: string,
): (() => boolean) => {
  let secondStart = Number.NEGATIVE_INFINITY
  let written = 0
  let leftOut = 0
  return () => {
    const now = clock.monotonic()
    if (now - secondStart >= 1000) {
      if (leftOut > 0) log.warn({ count: leftOut }, leftOutMessage)
      secondStart = now
      written = 0
      leftOut = 0
    }
    if (written < LINES_PER_SECOND) {
      written++
      return true
    }
    leftOut++
    return false
  }
}
