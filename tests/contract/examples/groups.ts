import type { Scene } from '../scene.ts'
import type { Example } from './example.ts'
import { unique } from './example.ts'

type GroupActions =
  | 'group.create'
  | 'group.update'
  | 'group.get'
  | 'group.list'
  | 'group.member_list'
  | 'group.member_add'
  | 'group.member_remove'
  | 'group.leave'
  | 'group.set_role'
  | 'group.transfer'
  | 'group.dismiss'

/** A group of an owner and a member, and somebody who is not in it. */
const groupOfTwo = async (scene: Scene) => {
  const owner = await scene.person('owner')
  const member = await scene.person('member')
  const other = await scene.person('other')
  return { owner, member, other, group_id: await scene.group(owner, member) }
}

const heardBy = (event: string, ...labels: string[]): string[] =>
  labels.map((label) => `${label} group/{group_id} SystemMessage ${event}`)

export const groupExamples: { readonly [A in GroupActions]: Example<A> } = {
  async 'group.create'(scene) {
    const owner = await scene.person('owner')
    const member = await scene.person('member')
    return {
      by: owner,
      input: {
        group_id: unique('grp'),
        name: '发布 Release',
        member_ids: [member.employeeId],
        opts: { description: 'Ships on Friday', avatar: 'avatars/1' },
      },
      published: ['owner', 'member'].map((label) => `${label} inbox/{employee_id} SystemMessage group_created`),
    }
  },

  async 'group.update'(scene) {
    const { owner, member, group_id } = await groupOfTwo(scene)
    return {
      by: owner,
      input: { group_id, name: 'Hotfix', description: 'Ships now', avatar: 'avatars/2' },
      refused: { device: member, reason: 'not_group_admin' },
      published: heardBy('group_updated', 'owner', 'member'),
    }
  },

  async 'group.get'(scene) {
    const { member, other, group_id } = await groupOfTwo(scene)
    return { by: member, input: { group_id }, refused: { device: other, reason: 'not_group_member' }, published: [] }
  },

  async 'group.list'(scene) {
    const { owner } = await groupOfTwo(scene)
    return {
      by: await scene.person('admin', { roles: [{ role: 'admin' }] }),
      input: { all: true, query: 'release', member_id: owner.employeeId, limit: 1 },
      refused: { device: owner, reason: 'forbidden' },
      published: [],
    }
  },

  async 'group.member_list'(scene) {
    const { member, other, group_id } = await groupOfTwo(scene)
    const refused = { device: other, reason: 'not_group_member' } as const
    return { by: member, input: { group_id, limit: 1 }, refused, published: [] }
  },

  async 'group.member_add'(scene) {
    const { owner, member, other, group_id } = await groupOfTwo(scene)
    return {
      by: owner,
      input: { group_id, member_ids: [other.employeeId] },
      refused: { device: member, reason: 'not_group_admin' },
      published: [
        'other inbox/{employee_id} SystemMessage member_added',
        ...heardBy('member_added', 'owner', 'member', 'other'),
      ],
    }
  },

  async 'group.member_remove'(scene) {
    const { owner, member, group_id } = await groupOfTwo(scene)
    return {
      by: owner,
      input: { group_id, member_ids: [member.employeeId] },
      refused: { device: member, reason: 'not_group_admin' },
      published: ['member inbox/{employee_id} SystemMessage member_removed', ...heardBy('member_removed', 'owner')],
    }
  },

  async 'group.leave'(scene) {
    const { member, other, group_id } = await groupOfTwo(scene)
    return {
      by: member,
      input: { group_id },
      refused: { device: other, reason: 'not_group_member' },
      published: ['member inbox/{employee_id} SystemMessage member_removed', ...heardBy('member_removed', 'owner')],
    }
  },

  async 'group.set_role'(scene) {
    const { owner, member, group_id } = await groupOfTwo(scene)
    return {
      by: owner,
      input: { group_id, employee_id: member.employeeId, role: 'admin' },
      refused: { device: member, reason: 'not_group_admin' },
      published: [
        'member inbox/{employee_id} SystemMessage role_changed',
        ...heardBy('role_changed', 'owner', 'member'),
      ],
    }
  },

  async 'group.transfer'(scene) {
    const { owner, member, group_id } = await groupOfTwo(scene)
    return {
      by: owner,
      input: { group_id, employee_id: member.employeeId },
      refused: { device: member, reason: 'not_group_owner' },
      published: heardBy('owner_changed', 'owner', 'member'),
    }
  },

  async 'group.dismiss'(scene) {
    const { owner, member, group_id } = await groupOfTwo(scene)
    return {
      by: owner,
      input: { group_id, ...(await owner.challenge('group.dismiss', group_id)) },
      refused: { device: member, reason: 'not_group_owner' },
      published: ['owner', 'member'].map((label) => `${label} inbox/{employee_id} SystemMessage group_dismissed`),
    }
  },
}
