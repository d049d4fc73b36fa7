import type { Example } from './example.ts'
import { unique } from './example.ts'

type OrganisationActions =
  | 'department.create'
  | 'department.update'
  | 'department.delete'
  | 'department.get'
  | 'department.list'
  | 'org.tree'
  | 'system.announce'

const treeChanged = ['reporter org/tree OrgTreeChanged']
const hr = { roles: [{ role: 'hr' as const }] }

export const organisationExamples: { readonly [A in OrganisationActions]: Example<A> } = {
  async 'department.create'(scene) {
    const parent = await scene.gateway.foundDepartment()
    return {
      by: await scene.person('hr', hr),
      input: { department_id: unique('dept'), name: '研发部', parent_id: parent.department_id, sort_order: -1 },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: treeChanged,
    }
  },

  async 'department.update'(scene) {
    const [parent, { department_id }] = [await scene.gateway.foundDepartment(), await scene.gateway.foundDepartment()]
    return {
      by: await scene.person('hr', hr),
      input: { department_id, name: 'Design', parent_id: parent.department_id, sort_order: 2 },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: treeChanged,
    }
  },

  async 'department.delete'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    return {
      by: await scene.person('hr', hr),
      input: { department_id },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: treeChanged,
    }
  },

  async 'department.get'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    return { by: await scene.person('reader'), input: { department_id }, published: [] }
  },

  async 'department.list'(scene) {
    const parent = await scene.gateway.foundDepartment()
    await scene.gateway.foundDepartment({ parent_id: parent.department_id })
    return { by: await scene.person('reader'), input: { parent_id: parent.department_id, limit: 1 }, published: [] }
  },

  async 'org.tree'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    await scene.gateway.hire({ department_id })
    return { by: await scene.person('reader'), input: { department_id, if_version: 0 }, published: [] }
  },

  async 'system.announce'(scene) {
    const { department_id } = await scene.gateway.foundDepartment()
    const named = await scene.person('named')
    await scene.person('colleague', { department_id })
    return {
      by: await scene.person('admin', { roles: [{ role: 'admin' }] }),
      input: { title: 'Fire drill', body: 'At noon.', target_employee_ids: [named.employeeId], department_id },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: ['colleague', 'named'].map((who) => `${who} inbox/{employee_id} SystemNotify announcement`),
    }
  },
}
