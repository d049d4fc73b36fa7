import { MChatError } from '@mchat/schema'
import { agentRuns } from '../../db/repositories/agent-runs.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { may } from '../rights.ts'

export default defineHandler('agent.cancel', async (context, { run_id }) => {
  const { agents, caller, db, directory } = context
  const run = await agentRuns.find(db, run_id)
  const group = run?.group_id == null ? undefined : await directory.groups.get(run.group_id)
  const role = group?.members.get(caller.employeeId)
  const isAllowed =
    run?.asker_id === caller.employeeId || role === 'owner' || role === 'admin' || may(caller.employee, 'agent.manage')
  if (run === undefined && (await agents.cancelTest(run_id, caller.employeeId))) return { run_id, state: 'cancelled' }
  // Of others nothing can be told apart.
  if (run === undefined || !isAllowed) throw new MChatError('run_not_found')
  if (run.end_state !== null) throw new MChatError('run_over')
  await agents.cancel(run_id, caller.employeeId)
  const state = (await agentRuns.find(db, run_id))?.end_state ?? 'running'
  return { run_id, state }
})
