import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('agent.delta', async ({ agents, caller }, { delta, offset, run_id }) => {
  await agents.answers.delta(run_id, caller.employeeId, delta, offset)
  return {}
})
