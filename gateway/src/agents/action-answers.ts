import { type AgentReply, MChatError } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import { agentRuns } from '../db/repositories/agent-runs.ts'
import type { AnswerElsewhere } from './answer-elsewhere.ts'
import { AgentCallError } from './connectors/connector.ts'
import type { LateAnswers } from './late-answers.ts'

/**
 * What an agent says of its runs by actions, on any gateway.
 * @throws MChatError `run_not_found` for what is not a run of this agent, `run_over`
 */
export interface ActionAnswers {
  /** Resolves when the gateway that called has it, or when it was said. */
  reply(agentId: string, runId: string, reply: AgentReply): Promise<void>
  /**
   * A piece of the answer. It is passed on by the gateway that called only, which knows what came before: another one drops
   * it, as if it were lost on the way.
   */
  delta(agentId: string, runId: string, delta: string): Promise<void>
  /** @param reason for the log */
  fail(agentId: string, runId: string, reason: string | undefined): Promise<void>
}

export interface ActionAnswersParts {
  readonly database: Database
  readonly lateAnswers: LateAnswers
  readonly elsewhere: AnswerElsewhere
}

export const createActionAnswers = ({ database, elsewhere, lateAnswers }: ActionAnswersParts): ActionAnswers => {
  const requireOwn = async (agentId: string, runId: string): Promise<void> => {
    const row = await agentRuns.find(database.kysely, runId)
    // Of others nothing can be told apart.
    if (row?.agent_id !== agentId) throw new MChatError('run_not_found')
    if (row.end_state !== null) throw new MChatError('run_over')
  }

  return {
    async reply(agentId, runId, reply) {
      if (lateAnswers.give(runId, reply, agentId)) return
      await requireOwn(agentId, runId)
      if (!(await elsewhere.say(runId, reply))) throw new MChatError('run_over')
    },
    async delta(agentId, runId, delta) {
      if (!lateAnswers.add(runId, agentId, delta)) await requireOwn(agentId, runId)
    },
    async fail(agentId, runId, reason = 'It gave no reason.') {
      if (lateAnswers.fail(runId, new AgentCallError('agent', reason), agentId)) return
      await requireOwn(agentId, runId)
      if (!(await elsewhere.fail(runId, 'agent'))) throw new MChatError('run_over')
    },
  }
}
