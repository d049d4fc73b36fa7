import { describe } from 'vitest'
import { type DatabaseKind, databases } from './databases.ts'

/** Runs a suite on every database; where one is not installed it is reported as skipped, by name and with the reason. */
export const onEveryDatabase = (name: string, suite: (kind: DatabaseKind) => void): void => {
  for (const kind of databases) {
    const reason = kind.missing === undefined ? '' : ` (skipped: ${kind.missing})`
    describe.skipIf(kind.missing !== undefined)(`${name} on ${kind.name}${reason}`, () => suite(kind))
  }
}
