import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('agent.delta', async ({ agents, caller }, { delta, run_id }) => {
  await agents.answers.delta(caller.employeeId, run_id, delta)
  return {}
})
