import type { AsksFor } from './asks.ts'
import type { ContentFilter } from './content-filter.ts'
import type { RunAnswers } from './run-answers.ts'
import type { AgentRuns } from './runs.ts'
import type { TestCalls } from './test-calls.ts'
import type { TestCancels } from './test-cancels.ts'

/** What handlers use of the agents. */
export interface Agents {
  readonly asksFor: AsksFor
  readonly start: AgentRuns['start']
  readonly answers: Pick<RunAnswers, 'reply' | 'delta' | 'fail'>
  /** Stops a run wherever it is. Resolves when it has ended, or after a second. */
  cancel(runId: string, by: string): Promise<void>
  readonly test: TestCalls['call']
  readonly cancelTest: TestCancels['cancel']
  /** What a person says, behind the content filter where it holds for people, too. */
  readonly filterPeople: ContentFilter['apply']
  /** Why an agent can never be called there, as the end of a sentence about the URL. */
  refuseEndpoint(url: string): string | undefined
}
