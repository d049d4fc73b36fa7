import Type from 'typebox'
import { defineAction } from '../action.ts'
import { AgentProfile } from '../entities.ts'
import { EmployeeId } from '../ids.ts'
import { LIMITS } from '../limits.ts'

const PublicProfile = Type.Object({
  employee_id: EmployeeId,
  name: Type.String(),
  model_type: Type.Union([Type.String(), Type.Null()]),
  capabilities: Type.Array(Type.String()),
  skills_badge: Type.Array(Type.String()),
  trigger_keywords: AgentProfile.properties.trigger_keywords,
})

export const agentActions = {
  'agent.capability_list': defineAction({
    summary: 'The active AI agents, or those with one skill.',
    input: Type.Object({ skill: Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.nameChars })) }),
    output: Type.Object({
      skill: Type.Union([Type.String(), Type.Null()]),
      agent_ids: Type.Array(EmployeeId),
      agent_profiles: Type.Array(PublicProfile),
    }),
    rule: 'everyone',
    kind: 'read',
    errors: [],
  }),
}
