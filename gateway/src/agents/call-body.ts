import type { AgentCall } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import { ALL_DEPARTMENTS, type Directory } from '../db/directory.ts'
import { departments } from '../db/repositories/departments.ts'
import type { MessageIds } from '../delivery/message-ids.ts'
import { givenContext } from './given-context.ts'
import type { Ask } from './run.ts'

export interface CallBodyParts {
  readonly database: Database
  readonly directory: Pick<Directory, 'departments' | 'employees' | 'groups'>
  readonly messageIds: MessageIds
  /** Where the agent may answer later, and with what. */
  readonly replyAddress: (ask: Ask, deadline: Date) => Pick<AgentCall, 'reply_url' | 'reply_token'>
}

/** Puts together what an agent is told: of the sender what everybody in the organisation can see. */
export const createCallBody = (parts: CallBodyParts) => {
  const { database, directory, messageIds, replyAddress } = parts

  /** By what the directory has of all of them, which is another object after any of them has changed. */
  const known = new WeakMap<object, Map<string, AgentCall['sender']['department']>>()
  const departmentOf = async (departmentId: string): Promise<AgentCall['sender']['department']> => {
    const all = (await directory.departments.get(ALL_DEPARTMENTS)) ?? {}
    const found = known.get(all) ?? new Map<string, AgentCall['sender']['department']>()
    known.set(all, found)
    const last = found.get(departmentId)
    if (last !== undefined) return last
    const row = await departments.find(database.kysely, departmentId)
    const department = row === undefined ? null : { department_id: row.department_id, name: row.name }
    found.set(departmentId, department)
    return department
  }

  const senderOf = async (senderId: string): Promise<AgentCall['sender']> => {
    const employee = await directory.employees.get(senderId)
    if (employee === undefined) throw new Error(`the sender ${senderId} is not there`)
    const { departmentId, isAgent, managerId, name, roles } = employee
    return {
      employee_id: senderId,
      name,
      is_ai_agent: isAgent,
      department: departmentId === null ? null : await departmentOf(departmentId),
      manager_id: managerId,
      roles: roles.map(({ role }) => role),
    }
  }

  return async (ask: Ask, deadline: Date): Promise<AgentCall> => {
    const { agent, groupId, hops, message, runId, senderId } = ask
    const group = groupId === undefined ? undefined : await directory.groups.get(groupId)
    const context = givenContext(ask, messageIds)
    return {
      run_id: runId,
      agent: { employee_id: agent.employeeId, name: agent.name },
      message: {
        msg_id: message.msgId,
        content: message.content,
        sent_at: message.sentAt,
        proof: message.proof,
        ...(message.quoteMsgId === undefined ? {} : { quote_msg_id: message.quoteMsgId }),
        ...(message.mentions.length === 0 ? {} : { mentions: [...message.mentions] }),
      },
      sender: await senderOf(senderId),
      conversation:
        groupId === undefined
          ? { type: 'private' }
          : {
              type: 'group',
              group_id: groupId,
              ...(group === undefined ? {} : { name: group.name, member_count: group.members.size }),
            },
      context_messages: context,
      history: context,
      hops,
      ...replyAddress(ask, deadline),
      deadline: deadline.toISOString(),
    }
  }
}
export type CallBody = ReturnType<typeof createCallBody>
