import { ALL_AGENTS, ALL_DEPARTMENTS, type Directory } from '../db/directory.ts'
import { AgentCallError } from './connectors/connector.ts'
import type { Ask } from './run.ts'
import { answers } from './trigger.ts'

/**
 * Looks again at the moment of the call, since a run may have waited: an agent that was removed, paused, silenced or given
 * another endpoint or secret meanwhile is not told what was said, nor is one asked by somebody who has gone.
 * @returns the call with the agent as it is now
 * @throws AgentCallError `not_a_member`, `not_allowed`
 */
export const createStillAsked =
  (directory: Directory) =>
  async (ask: Ask): Promise<Ask> => {
    const agent = (await directory.agents.get(ALL_AGENTS))?.get(ask.agentId)
    const group = ask.groupId === undefined ? undefined : await directory.groups.get(ask.groupId)
    const isThere = ask.groupId === undefined || group?.members.has(ask.agentId) === true
    if (agent === undefined || !isThere || agent.silentIn.has(ask.conversation)) {
      throw new AgentCallError('not_a_member', 'The agent does not answer there any more.')
    }
    const asker = await directory.employees.get(ask.askerId)
    const isAsking = asker?.active === true && (group === undefined || group.members.has(ask.askerId))
    const parents = (await directory.departments.get(ALL_DEPARTMENTS)) ?? new Map()
    if (!isAsking || !answers(agent, asker, ask.groupId, parents)) {
      throw new AgentCallError('not_allowed', 'Whoever asked may not ask any more.')
    }
    return agent === ask.agent ? ask : { ...ask, agent }
  }
export type StillAsked = ReturnType<typeof createStillAsked>
