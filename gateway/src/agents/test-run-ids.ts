import { createHash } from 'node:crypto'
import { newHex } from '../platform/random.ts'

/**
 * The run_ids of tests, which are noted nowhere: each says which gateway calls, so that an answer that comes to another one
 * finds its way.
 */
export const newTestRunId = (instance: string): string => `run_${markOf(instance)}${newHex(9)}`

/** @returns the gateway that may be calling, of those there are */
export const callerOfTest = (runId: string, instances: readonly string[]): string | undefined =>
  instances.find((instance) => runId.startsWith(`run_${markOf(instance)}`))

const markOf = (instance: string): string => createHash('sha256').update(instance).digest('hex').slice(0, 8)
