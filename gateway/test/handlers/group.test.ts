import { beforeEach, describe, expect, it } from 'vitest'
import { employees } from '#src/db/repositories/employees.ts'
import { groups } from '#src/db/repositories/groups.ts'
import create from '#src/handlers/group/create.ts'
import dismiss from '#src/handlers/group/dismiss.ts'
import get from '#src/handlers/group/get.ts'
import list from '#src/handlers/group/list.ts'
import memberList from '#src/handlers/group/member-list.ts'
import update from '#src/handlers/group/update.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { gather, hireAll, NOW, NOW_TEXT } from '../db/people.ts'
import { appoint, assemble, createFrame, rolesIn } from './frame.ts'

onEveryDatabase('groups', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, { groupMembers: 4, groupsPerEmployee: 2 })
  const db = () => shared.current.kysely

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'admin' })
    await hireAll(db(), 'amy', 'ben', 'cy', 'dee', 'eve')
  })

  describe('are created', () => {
    it('with the caller as owner, named as a member or not', async () => {
      const { data, effects } = await frame.run(create, 'amy', {
        group_id: 'g1',
        name: 'Lunch',
        member_ids: ['cy', 'ben'],
        opts: { description: 'food', avatar: 'key/1' },
      })
      expect(data).toEqual({ group_id: 'g1', name: 'Lunch', member_ids: ['amy', 'ben', 'cy'], created_at: NOW_TEXT })
      expect(await rolesIn(db(), 'g1')).toEqual({ amy: 'owner', ben: 'member', cy: 'member' })
      expect(await groups.find(db(), 'g1')).toMatchObject({
        description: 'food',
        avatar: 'key/1',
        creator_employee_id: 'amy',
      })
      const employee_ids = ['amy', 'ben', 'cy']
      expect(effects).toEqual([
        { kind: 'group_changed', group_id: 'g1' },
        { kind: 'access_changed', employee_ids },
        { kind: 'group_joined', group_id: 'g1', employee_ids },
        {
          kind: 'system_to_inboxes',
          employee_ids,
          message: { action: 'group_created', group_id: 'g1', name: 'Lunch', inviter_id: 'amy' },
        },
      ])
      const alone = await frame.run(create, 'amy', { name: 'Alone', member_ids: ['amy'] })
      expect(alone.data.group_id).toMatch(/^grp_[0-9a-f]{20}$/)
      expect(await rolesIn(db(), alone.data.group_id)).toEqual({ amy: 'owner' })
    })

    it('never under an id that was taken, dismissed groups included', async () => {
      await assemble(db(), 'g1', 'ben')
      const ask = () => frame.refusal(create, 'amy', { group_id: 'g1', name: 'x', member_ids: [] })
      expect(await ask()).toEqual({ key: 'id_taken', fields: [] })
      await groups.dismiss(db(), 'g1', NOW)
      expect(await ask()).toEqual({ key: 'id_taken', fields: [] })
      const outcomes = await Promise.allSettled(
        ['amy', 'ben', 'cy'].map((id) => frame.run(create, id, { group_id: 'g2', name: 'x', member_ids: [] })),
      )
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
    })

    it('of active employees only', async () => {
      await employees.update(db(), 'cy', { status: 'disabled' }, NOW)
      const member_ids = ['ben', 'none', 'cy']
      expect(await frame.refusal(create, 'amy', { group_id: 'g1', name: 'x', member_ids })).toEqual({
        key: 'employee_not_found',
        fields: ['member_ids[1]', 'member_ids[2]'],
      })
      expect(await groups.find(db(), 'g1')).toBeUndefined()
    })

    it('within the limits of a group and of each employee', async () => {
      const everybody = { name: 'x', member_ids: ['ben', 'cy', 'dee', 'eve'] }
      expect(await frame.refusal(create, 'amy', everybody)).toEqual({ key: 'group_full', fields: [] })
      await frame.run(create, 'amy', { name: 'x', member_ids: ['ben', 'cy', 'dee'] })
      await assemble(db(), 'g1', 'cy')
      const busy = { name: 'x', member_ids: ['ben', 'cy'] }
      expect(await frame.refusal(create, 'amy', busy)).toEqual({ key: 'too_many_groups', fields: ['member_ids[1]'] })
      await assemble(db(), 'g2', 'amy')
      expect(await frame.refusal(create, 'amy', { name: 'x', member_ids: [] })).toEqual({
        key: 'too_many_groups',
        fields: ['member_ids'],
      })
    })
  })

  describe('are updated', () => {
    beforeEach(() => assemble(db(), 'g1', 'amy', 'ben'))

    it('by changing what is given, announced to the group', async () => {
      const { data, effects } = await frame.run(update, 'amy', { group_id: 'g1', name: 'New', description: 'd' })
      expect(data).toMatchObject({ name: 'New', description: 'd', avatar: null, member_count: 2 })
      expect(effects).toEqual([
        { kind: 'group_changed', group_id: 'g1' },
        {
          kind: 'system_to_group',
          group_id: 'g1',
          message: { action: 'group_updated', group_id: 'g1', name: 'New', operator_id: 'amy' },
        },
      ])
      const cleared = await frame.run(update, 'boss', { group_id: 'g1', description: null })
      expect(cleared.data).toMatchObject({ name: 'New', description: null })
      expect((await frame.run(update, 'amy', { group_id: 'g1', name: 'New', avatar: null })).effects).toEqual([])
    })

    it('by their admins as they are when the lock is got', async () => {
      const ask = (callerId: string, group_id: string) => frame.refusal(update, callerId, { group_id, name: 'x' })
      expect(await ask('ben', 'g1')).toEqual({ key: 'not_group_admin', fields: [] })
      expect(await ask('cy', 'g1')).toEqual({ key: 'not_group_member', fields: [] })
      expect(await ask('cy', 'none')).toEqual({ key: 'not_group_member', fields: [] })
      expect(await ask('boss', 'none')).toEqual({ key: 'group_not_found', fields: [] })
    })
  })

  describe('are dismissed', () => {
    beforeEach(() => assemble(db(), 'g1', 'amy', 'ben'))

    it('for everybody, whom the news reaches in their inboxes', async () => {
      const { data, effects } = await frame.run(dismiss, 'amy', { group_id: 'g1' })
      expect(data).toEqual({ group_id: 'g1', dismissed_at: NOW_TEXT })
      expect(await groups.find(db(), 'g1')).toBeUndefined()
      const employee_ids = ['amy', 'ben']
      expect(effects).toEqual([
        { kind: 'group_changed', group_id: 'g1' },
        { kind: 'access_changed', employee_ids },
        {
          kind: 'system_to_inboxes',
          employee_ids,
          message: { action: 'group_dismissed', group_id: 'g1', name: 'g1', operator_id: 'amy' },
        },
      ])
    })

    it('once', async () => {
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => frame.run(dismiss, 'amy', { group_id: 'g1' })))
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.key] : []))
      expect(reasons).toEqual(['not_group_member', 'not_group_member'])
      expect(await frame.refusal(dismiss, 'boss', { group_id: 'g1' })).toEqual({ key: 'group_not_found', fields: [] })
    })
  })

  describe('are shown', () => {
    beforeEach(async () => {
      await assemble(db(), 'g1', 'amy', 'ben', 'cy')
      await assemble(db(), 'g2', 'ben')
      await gather(db(), 'g3', 'ben', 'Gone')
      await groups.dismiss(db(), 'g3', NOW)
    })

    it('one by one with the role of the caller', async () => {
      const { data } = await frame.run(get, 'ben', { group_id: 'g1' })
      expect(data).toMatchObject({ group_id: 'g1', member_count: 3, role: 'member' })
      expect((await frame.run(get, 'boss', { group_id: 'g1' })).data.role).toBeNull()
      expect(await frame.refusal(get, 'ben', { group_id: 'g3' })).toEqual({ key: 'not_group_member', fields: [] })
      expect(await frame.refusal(get, 'boss', { group_id: 'g3' })).toEqual({ key: 'group_not_found', fields: [] })
    })

    it('as the own ones, or all', async () => {
      const own = (await frame.run(list, 'ben', {})).data
      expect(own.groups.map((group) => [group.group_id, group.role])).toEqual([
        ['g1', 'member'],
        ['g2', 'owner'],
      ])
      expect(own.next_cursor).toBeNull()
      expect((await frame.run(list, 'amy', {})).data.groups).toHaveLength(1)
      const all = (await frame.run(list, 'boss', { all: true })).data.groups
      expect(all.map((group) => [group.group_id, group.role])).toEqual([
        ['g1', null],
        ['g2', null],
      ])
      const first = (await frame.run(list, 'ben', { limit: 1 })).data
      const second = (await frame.run(list, 'ben', { limit: 1, cursor: first.next_cursor ?? '' })).data
      expect(second).toMatchObject({ groups: [{ group_id: 'g2' }], next_cursor: null })
      expect((await frame.run(list, 'ben', { query: 'G2' })).data.groups).toHaveLength(1)
    })

    it('with their members in pages', async () => {
      const first = (await frame.run(memberList, 'amy', { group_id: 'g1', limit: 2 })).data
      expect(first.members).toEqual([
        { employee_id: 'amy', name: 'amy', role: 'owner', is_ai_agent: false, joined_at: NOW_TEXT },
        { employee_id: 'ben', name: 'ben', role: 'member', is_ai_agent: false, joined_at: NOW_TEXT },
      ])
      const cursor = first.next_cursor ?? ''
      const rest = (await frame.run(memberList, 'amy', { group_id: 'g1', limit: 2, cursor })).data
      expect(rest).toMatchObject({ members: [{ employee_id: 'cy' }], next_cursor: null })
    })
  })
})
