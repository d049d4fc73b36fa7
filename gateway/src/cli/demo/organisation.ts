import type { EmployeeCreateInput } from '@mchat/sdk'

/** What `mchat demo` makes. The ids are fixed, so that a second run finds what the first has made. */
export const DEPARTMENTS = [
  { department_id: 'demo-company', name: '示例公司 Example Ltd', parent_id: null },
  { department_id: 'demo-product', name: '产品部 Product', parent_id: 'demo-company' },
  { department_id: 'demo-engineering', name: '研发部 Engineering', parent_id: 'demo-company' },
  { department_id: 'demo-support', name: '客服部 Support', parent_id: 'demo-company' },
] as const

export const PEOPLE = [
  { employee_id: 'demo-li-na', name: '李娜', department_id: 'demo-product' },
  { employee_id: 'demo-emma', name: 'Emma Wilson', department_id: 'demo-product' },
  { employee_id: 'demo-wang-wei', name: '王伟', department_id: 'demo-engineering' },
  { employee_id: 'demo-james', name: 'James Miller', department_id: 'demo-engineering' },
  { employee_id: 'demo-zhang-min', name: '张敏', department_id: 'demo-engineering' },
  { employee_id: 'demo-sofia', name: 'Sofia Rossi', department_id: 'demo-engineering' },
  { employee_id: 'demo-chen-jie', name: '陈杰', department_id: 'demo-engineering' },
  { employee_id: 'demo-liu-yang', name: '刘洋', department_id: 'demo-support' },
  { employee_id: 'demo-noah', name: 'Noah Brown', department_id: 'demo-support' },
  { employee_id: 'demo-zhao-lei', name: '赵磊', department_id: 'demo-support' },
] as const

export type DemoAgent = EmployeeCreateInput &
  Required<Pick<EmployeeCreateInput, 'agent_profile' | 'employee_id' | 'manager_id' | 'skills_badge'>>

/** Who answers for the agents; an agent of nobody is something that needs attention. */
const AGENTS_MANAGER = 'demo-liu-yang' satisfies (typeof PEOPLE)[number]['employee_id']

export const AGENT: DemoAgent = {
  employee_id: 'demo-echo',
  name: 'Echo 回声',
  department_id: 'demo-support',
  manager_id: AGENTS_MANAGER,
  is_ai_agent: true,
  skills_badge: ['echo'],
  agent_profile: { connector: 'mqtt', model_type: 'echo', capabilities: ['echo'] },
}

/** Behind a webhook of the demo, wherever that listens today; there only where MChat may call this machine. */
export const storytellerAt = (webhook_endpoint: string): DemoAgent => ({
  employee_id: STORYTELLER_ID,
  name: 'Storyteller 说书人',
  department_id: 'demo-support',
  manager_id: AGENTS_MANAGER,
  is_ai_agent: true,
  skills_badge: ['stories'],
  agent_profile: { model_type: 'storyteller', capabilities: ['stories'], webhook_endpoint },
})

export const STORYTELLER_ID = 'demo-story'

const idsOf = (department: string): string[] =>
  PEOPLE.filter((person) => person.department_id === department).map((person) => person.employee_id)

export const GROUPS = [
  {
    group_id: 'demo-everyone',
    name: '全员 Everyone',
    member_ids: [...PEOPLE.map((person) => person.employee_id), AGENT.employee_id],
  },
  {
    group_id: 'demo-launch',
    name: '新版本发布 Launch',
    member_ids: [...idsOf('demo-product'), ...idsOf('demo-engineering'), AGENT.employee_id],
  },
  {
    group_id: 'demo-tickets',
    name: '客户问题 Tickets',
    member_ids: [...idsOf('demo-support'), 'demo-wang-wei', AGENT.employee_id],
  },
] as const
