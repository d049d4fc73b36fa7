import { type AgentReply, MChatError } from '@mchat/schema'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/database.ts'
import { agentRuns } from '../db/repositories/agent-runs.ts'
import type { BetweenGateways } from '../link/between-gateways.ts'
import { AgentCallError } from './connectors/connector.ts'
import type { LateAnswers } from './late-answers.ts'
import { callerOfTest } from './test-run-ids.ts'

/**
 * What an agent says of its runs another way than as the response to the call. It may come to any gateway, which passes it
 * on to the one that called: only that one knows what came before, and who waits.
 *
 * @throws MChatError `run_not_found` for what is not a run of this agent, `run_over`, `broker_unavailable` when the gateway
 *   that called does not answer
 */
export interface RunAnswers {
  /** @param agentId undefined: it is known already that the agent is the one that was called */
  reply(runId: string, reply: AgentReply, agentId?: string): Promise<void>
  /** A piece of the answer. It may be lost on the way. @param offset characters of the answer before it */
  delta(runId: string, agentId: string, delta: string, offset?: number): Promise<void>
  /** @param reason for the log */
  fail(runId: string, agentId: string, reason?: string): Promise<void>
  /** What another gateway passes on. @returns undefined when it is something else; whether the run was still waiting */
  passedOn(question: object): boolean | undefined
}

export interface RunAnswersParts {
  readonly database: Database
  readonly lateAnswers: LateAnswers
  readonly between: Pick<BetweenGateways, 'ask' | 'tell'>
  /** The name of this gateway. */
  readonly instance: string
}

type PassedOn =
  | { readonly about: 'agent.reply'; readonly run_id: string; readonly agent_id?: string; readonly reply: AgentReply }
  | {
      readonly about: 'agent.delta'
      readonly run_id: string
      readonly agent_id: string
      readonly delta: string
      readonly offset?: number
    }
  | {
      readonly about: 'agent.status'
      readonly run_id: string
      readonly agent_id: string
      readonly reason: string
    }

/** Runs whose pieces come here. */
const REMEMBERED = 1000

export const createRunAnswers = ({ between, database, instance, lateAnswers }: RunAnswersParts): RunAnswers => {
  // Neither changes while the run lasts.
  const whose = new LRUCache<string, { readonly agentId: string; readonly caller: string }>({ max: REMEMBERED })

  const take = (passed: PassedOn): boolean | undefined => {
    switch (passed.about) {
      case 'agent.reply':
        return lateAnswers.give(passed.run_id, passed.reply, passed.agent_id)
      case 'agent.delta':
        return lateAnswers.add(passed.run_id, passed.agent_id, passed.delta, passed.offset)
      case 'agent.status':
        return lateAnswers.fail(passed.run_id, new AgentCallError('agent', passed.reason), passed.agent_id)
      default:
        return undefined
    }
  }

  /** The gateway that calls: another one. */
  const callerOf = async (runId: string, agentId: string | undefined): Promise<string> => {
    const row = await agentRuns.find(database.kysely, runId)
    if (row === undefined) return await callerOfTestRun(runId)
    // Of others nothing can be told apart.
    if (row.agent_id !== (agentId ?? row.agent_id)) throw new MChatError('run_not_found')
    if (row.end_state !== null || row.instance === instance) throw new MChatError('run_over')
    whose.set(runId, { agentId: row.agent_id, caller: row.instance })
    return row.instance
  }

  const callerOfTestRun = async (runId: string): Promise<string> => {
    const caller = callerOfTest(runId, await agentRuns.gateways(database.kysely))
    if (caller === undefined || caller === instance) throw new MChatError('run_not_found')
    return caller
  }

  const passOn = async (passed: PassedOn): Promise<void> => {
    if (take(passed) === true) return
    const caller = await callerOf(passed.run_id, passed.agent_id)
    if ((await between.ask(caller, passed)) !== true) throw new MChatError('run_over')
  }

  return {
    reply: (run_id, reply, agent_id) =>
      passOn({ about: 'agent.reply', run_id, reply, ...(agent_id === undefined ? {} : { agent_id }) }),
    async delta(run_id, agent_id, delta, offset) {
      const passed = {
        about: 'agent.delta',
        run_id,
        agent_id,
        delta,
        ...(offset === undefined ? {} : { offset }),
      } as const
      if (take(passed) === true) return
      const known = whose.get(run_id)
      between.tell(known?.agentId === agent_id ? known.caller : await callerOf(run_id, agent_id), passed)
    },
    fail: (run_id, agent_id, reason = 'It gave no reason.') =>
      passOn({ about: 'agent.status', run_id, agent_id, reason }),
    passedOn: (question) => take(question as PassedOn),
  }
}
