import { agentPauses } from '../../db/repositories/agent-pauses.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { listingChanged } from './listing.ts'
import { lockedAgent } from './locked-agent.ts'

export default defineHandler('agent.disable', async (context, { employee_id }) => {
  const { caller, effects, now, tx } = context
  const agent = await lockedAgent(context, employee_id)
  await context.judge({ employee: agent })
  if (await agentPauses.add(tx, employee_id, caller.employeeId, now)) effects.push(...listingChanged(agent))
  return { employee_id, enabled: false }
})
