import { MChatError } from '@mchat/schema'
import { agentSilences } from '../../db/repositories/agent-silences.ts'
import { groupConversation, privateConversation } from '../../delivery/message-ids.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { lockedAgent } from './locked-agent.ts'

export default defineHandler('agent.resume', async (context, { employee_id, group_id, peer_employee_id }) => {
  const { caller, effects, tx } = context
  await lockedAgent(context, employee_id)
  if (group_id !== undefined && peer_employee_id !== undefined) throw new MChatError('invalid_fields')
  await context.judge({})
  const peer = peer_employee_id ?? caller.employeeId
  const conversation = group_id === undefined ? privateConversation(peer, employee_id) : groupConversation(group_id)
  const wasSilent = await agentSilences.remove(tx, employee_id, conversation)
  if (wasSilent) {
    const notice = { action: 'agent_resumed', agent_id: employee_id, operator_id: caller.employeeId } as const
    effects.push(
      { kind: 'agents_changed' },
      group_id === undefined
        ? { kind: 'system_to_inboxes', employee_ids: [peer], message: notice }
        : { kind: 'system_to_group', group_id, message: { ...notice, group_id } },
    )
  }
  return { employee_id, was_silent: wasSilent }
})
