import { type Employee, isCallable } from '@mchat/schema'
import type { AgentEntry, SealedSecret } from '../../db/directory.ts'
import { agentSecrets } from '../../db/repositories/agent-secrets.ts'
import { employees } from '../../db/repositories/employees.ts'
import { checkContent } from '../../delivery/content.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { requireAgent } from './locked-agent.ts'

const SAMPLE = 'This is a test.'

export default defineHandler('agent.test', async (context, { content = SAMPLE, employee_id, live = false }) => {
  const { agents, caller, clientId, db, seqId } = context
  const agent = entryOf(requireAgent(await employees.find(db, employee_id)), await agentSecrets.of(db, employee_id))
  checkContent(content, JSON.stringify(content))
  if (agent === undefined) return { ok: false, reason: 'unreachable', detail: 'The agent has no endpoint.', ms: 0 }
  return await agents.test({ agent, askerId: caller.employeeId, content, clientId, seqId, isLive: live })
})

/** Also of one that is paused or disabled: that is when it is tried. */
const entryOf = ({ agent_profile, ...agent }: Employee, secrets: readonly SealedSecret[]): AgentEntry | undefined =>
  isCallable(agent_profile)
    ? {
        employeeId: agent.employee_id,
        name: agent.name,
        departmentId: agent.department_id,
        managerId: agent.manager_id,
        profile: agent_profile,
        secrets,
        silentIn: new Set(),
      }
    : undefined
