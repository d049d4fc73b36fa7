import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('agent.capability_list', async ({ db }, input) => {
  const agents = await employees.agents(db, input.skill)
  return {
    skill: input.skill ?? null,
    agent_ids: agents.map((agent) => agent.employee_id),
    agent_profiles: agents.map(({ employee_id, name, agent_profile, skills_badge }) => ({
      employee_id,
      name,
      model_type: agent_profile?.model_type ?? null,
      capabilities: agent_profile?.capabilities ?? [],
      skills_badge,
      trigger_keywords: agent_profile?.trigger_keywords ?? [],
    })),
  }
})
