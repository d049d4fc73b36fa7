import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('agent.status', async ({ agents, caller }, { reason, run_id }) => {
  await agents.answers.fail(run_id, caller.employeeId, reason)
  return { run_id }
})
