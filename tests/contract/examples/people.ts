import type { Example } from './example.ts'
import { unique } from './example.ts'

type PeopleActions =
  | 'employee.create'
  | 'employee.update'
  | 'employee.get'
  | 'employee.list'
  | 'employee.delete'
  | 'employee.reset_credentials'
  | 'employee.import'
  | 'employee.export'
  | 'agent.capability_list'

export const peopleExamples: { readonly [A in PeopleActions]: Example<A> } = {
  async 'employee.create'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    const boss = await scene.person('boss')
    const skill = unique('skill')
    return {
      by: await scene.person('admin', { roles: [{ role: 'admin' }] }),
      input: {
        employee_id: unique('echo'),
        name: '回声 Echo',
        is_ai_agent: true,
        department_id,
        manager_id: boss.employeeId,
        agent_profile: {
          model_type: 'echo-1',
          capabilities: [skill],
          trigger_keywords: ['echo'],
          webhook_endpoint: 'https://agent.example/hook',
          response_timeout: 30,
          auto_join_groups: [],
          qps_limit: 0.5,
          group_policies: [{ group_id: unique('group'), policy: 'mention' }],
        },
        skills_badge: [skill],
        roles: [{ role: 'hr', department_id }, { role: 'member' }],
      },
      refused: { device: boss, reason: 'forbidden' },
      published: [
        'reporter agent/capability/{skill} CapabilityChanged',
        'reporter org/tree OrgTreeChanged',
        'reporter profile/{employee_id} ProfileEvent',
      ],
    }
  },

  async 'employee.update'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    const target = await scene.person('target', { is_ai_agent: true })
    const other = await scene.person('other')
    const by = await scene.person('admin', { roles: [{ role: 'admin' }] })
    return {
      by,
      input: {
        ...(await by.challenge('employee.update', target.employeeId)),
        employee_id: target.employeeId,
        updates: {
          name: 'Another',
          department_id,
          manager_id: other.employeeId,
          agent_profile: {
            group_policies: [{ group_id: unique('group'), policy: 'mention' }],
            model_type: 'echo-2',
            trigger_keywords: ['hey'],
          },
          skills_badge: [unique('skill')],
          status: 'active',
          roles: [{ role: 'hr', department_id }],
        },
        if_version: 1,
      },
      refused: { device: other, reason: 'forbidden' },
      published: [
        'reporter agent/capability/{skill} CapabilityChanged',
        'reporter org/tree OrgTreeChanged',
        'reporter profile/{employee_id} ProfileEvent',
      ],
    }
  },

  async 'employee.get'(scene) {
    const by = await scene.person('reader')
    return { by, input: { employee_id: by.employeeId }, published: [] }
  },

  async 'employee.list'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    await scene.gateway.hire({ name: 'Findable', department_id })
    const input = {
      department_id,
      query: 'find',
      is_ai_agent: false,
      include_disabled: true,
      status: 'active',
      limit: 1,
    } as const
    return { by: await scene.person('reader'), input, published: [] }
  },

  async 'employee.delete'(scene) {
    const target = await scene.person('target')
    const friend = await scene.person('friend')
    await scene.group(friend, target)
    const by = await scene.person('hr', { roles: [{ role: 'hr' }] })
    const challenge = await by.challenge('employee.delete', target.employeeId)
    return {
      by,
      input: { employee_id: target.employeeId, hand_over_to: friend.employeeId, ...challenge },
      refused: { device: friend, reason: 'forbidden' },
      published: [
        'friend group/{group_id} SystemMessage member_removed',
        'reporter org/tree OrgTreeChanged',
        'reporter profile/{employee_id} ProfileEvent',
        'reporter status/{employee_id} Status',
      ],
    }
  },

  async 'employee.reset_credentials'(scene) {
    const target = await scene.person('target')
    const by = await scene.person('hr', { roles: [{ role: 'hr' }] })
    const challenge = await by.challenge('employee.reset_credentials', target.employeeId)
    return {
      by,
      input: { employee_id: target.employeeId, ...challenge },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: ['reporter status/{employee_id} Status'],
    }
  },

  async 'employee.import'(scene) {
    const { department_id, name } = await scene.gateway.foundDepartment({ name: unique('dept') })
    const target = await scene.person('target')
    const boss = unique('boss')
    const skills_badge = 'sql; charts'
    return {
      by: await scene.person('hr', { roles: [{ role: 'hr' }] }),
      input: {
        rows: [
          {
            employee_id: unique('new'),
            name: '张伟',
            department: name,
            manager_id: boss,
            skills_badge,
            status: 'active',
          },
          {
            employee_id: boss,
            name: 'Ann',
            department_id,
            skills_badge: ['sql'],
            roles: [{ role: 'hr', department_id }],
          },
          { employee_id: target.employeeId, name: 'Another' },
          { employee_id: target.employeeId, name: 'Another', department: 'There is no such one' },
        ],
        dry_run: false,
      },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [
        'reporter org/tree OrgTreeChanged',
        ...Array.from({ length: 3 }, () => 'reporter profile/{employee_id} ProfileEvent'),
      ],
    }
  },

  async 'employee.export'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    await scene.gateway.hire({ department_id })
    return {
      by: await scene.person('hr', { roles: [{ role: 'hr' }] }),
      input: { department_id, include_disabled: true, fields: ['employee_id', 'name'] },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [],
    }
  },

  async 'agent.capability_list'(scene) {
    const skill = unique('skill')
    await scene.gateway.hire({ name: 'Echo', is_ai_agent: true, skills_badge: [skill] })
    return { by: await scene.person('reader'), input: { skill }, published: [] }
  },
}
