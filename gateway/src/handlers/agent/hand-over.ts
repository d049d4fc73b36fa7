import { AGENT_HANDOFF } from '@mchat/schema'
import { givenContext } from '../../agents/given-context.ts'
import type { Ask } from '../../agents/run.ts'
import type { Database } from '../../db/database.ts'
import type { Directory } from '../../db/directory.ts'
import type { Lease } from '../../db/lease.ts'
import { agentSilences } from '../../db/repositories/agent-silences.ts'
import type { MessageIds } from '../../delivery/message-ids.ts'
import type { Log } from '../../ops/log.ts'
import type { Clock } from '../../platform/clock.ts'
import { type Effect, type SystemNotice, staleOf } from '../../router/effects.ts'
import type { Settle } from '../../router/settle.ts'

export interface HandOverParts {
  readonly database: Database
  readonly directory: Directory
  readonly lease: Lease
  readonly messageIds: MessageIds
  readonly settle: Settle
  readonly clock: Clock
  readonly log: Log
}

export interface WantedHandOver {
  /** Whom the agent names; it counts when the profile allows that one. */
  readonly to?: string | undefined
  readonly reason?: string | undefined
}

/**
 * A person takes over from an agent in a conversation: the next available of `handoff_to`, else the agent's manager. Everybody
 * there is told, whoever takes over with the context that the asker gave, and the agent is silent there until
 * `agent.resume`. Where there is nobody it goes on.
 * @returns whether somebody takes over
 */
export const createHandOver = (parts: HandOverParts) => {
  const { clock, database, directory, lease, log, messageIds, settle } = parts

  const isThere = async (employeeId: string): Promise<boolean> => {
    const employee = await directory.employees.get(employeeId)
    if (employee?.active !== true || employee.isAgent) return false
    return ((await directory.sessionsOf.get(employeeId))?.size ?? 0) > 0
  }

  const takerOf = async ({ agent, askerId }: Ask, to: string | undefined): Promise<string | undefined> => {
    const { handoff_to: listed = [] } = agent.profile
    const named = to !== undefined && (listed.includes(to) || to === agent.managerId) ? [to] : []
    for (const id of [...named, ...listed]) if (id !== askerId && (await isThere(id))) return id
    // The manager answers for the agent, there or not.
    const manager = agent.managerId === null ? undefined : await directory.employees.get(agent.managerId)
    return manager?.active === true && !manager.isAgent && manager.employeeId !== askerId
      ? manager.employeeId
      : undefined
  }

  return async (ask: Ask, wanted: WantedHandOver): Promise<boolean> => {
    const { agentId, askerId, conversation, groupId, message, runId } = ask
    const taker = await takerOf(ask, wanted.to)
    if (taker === undefined) {
      log.warn({ run_id: runId, agent_id: agentId }, 'an agent wanted to hand over, and there is nobody to take over')
      return false
    }
    const notice: SystemNotice = {
      action: 'agent_handoff',
      agent_id: agentId,
      employee_ids: [taker],
      peer_employee_id: askerId,
      in_reply_to: message.msgId,
      ...(groupId === undefined ? {} : { group_id: groupId }),
      ...(wanted.reason === undefined ? {} : { reason: wanted.reason }),
    }
    const effects: Effect[] = [
      { kind: 'agents_changed' },
      groupId === undefined
        ? { kind: 'system_to_inboxes', employee_ids: [askerId], message: notice }
        : { kind: 'system_to_group', group_id: groupId, message: notice },
      {
        kind: 'system_to_inboxes',
        employee_ids: [taker],
        message: { ...notice, context_messages: givenContext(ask, messageIds) },
      },
    ]
    const at = clock.timestamp()
    const handedOver = {
      action: AGENT_HANDOFF,
      operator_id: agentId,
      at,
      things: [{ noun: 'agent', id: agentId }],
    } as const
    const change = await database.transaction(async (tx) => {
      await agentSilences.add(tx, agentId, conversation, clock.date())
      return await lease.announce(tx, staleOf(effects))
    })
    if (change !== undefined) effects.push({ kind: 'announced', change })
    effects.push({ kind: 'changed', change: handedOver })
    await settle(effects, { clientId: 'mchat', seqId: runId })
    return true
  }
}
export type HandOver = ReturnType<typeof createHandOver>
