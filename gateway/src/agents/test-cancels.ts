import type { Database } from '../db/database.ts'
import { agentRuns } from '../db/repositories/agent-runs.ts'
import type { BetweenGateways } from '../link/between-gateways.ts'
import type { TestCalls } from './test-calls.ts'
import { callerOfTest } from './test-run-ids.ts'

/** Stops tests wherever they are: the request to stop one may come to any gateway. */
export interface TestCancels {
  /** @returns whether there was one of theirs. @throws MChatError `broker_unavailable` when its gateway does not answer */
  cancel(runId: string, askerId: string): Promise<boolean>
  /** What another gateway passes on. @returns undefined when it is something else */
  told(question: object): boolean | undefined
}

export interface TestCancelsParts {
  readonly database: Database
  readonly testCalls: Pick<TestCalls, 'cancel'>
  readonly between: Pick<BetweenGateways, 'ask'>
  /** The name of this gateway. */
  readonly instance: string
}

interface CancelledTest {
  readonly about: 'agent.test.cancel'
  readonly run_id: string
  readonly asker_id: string
}

export const createTestCancels = ({ between, database, instance, testCalls }: TestCancelsParts): TestCancels => ({
  async cancel(run_id, asker_id) {
    if (testCalls.cancel(run_id, asker_id)) return true
    const caller = callerOfTest(run_id, await agentRuns.gateways(database.kysely))
    if (caller === undefined || caller === instance) return false
    const question: CancelledTest = { about: 'agent.test.cancel', run_id, asker_id }
    return (await between.ask(caller, question)) === true
  },
  told(question) {
    const { about, asker_id, run_id } = question as CancelledTest
    return about === 'agent.test.cancel' ? testCalls.cancel(run_id, asker_id) : undefined
  },
})
