import type { Employee } from '@mchat/schema'

/** What an employee can be found by: an active agent's capabilities and badges. */
export const skillsOf = (employee: Employee | undefined): ReadonlySet<string> =>
  employee?.is_ai_agent === true && employee.status === 'active'
    ? new Set([...(employee.agent_profile?.capabilities ?? []), ...employee.skills_badge])
    : new Set()
