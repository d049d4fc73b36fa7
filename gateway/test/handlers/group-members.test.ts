import { beforeEach, describe, expect, it } from 'vitest'
import { employees } from '#src/db/repositories/employees.ts'
import { groups } from '#src/db/repositories/groups.ts'
import { members } from '#src/db/repositories/members.ts'
import dismiss from '#src/handlers/group/dismiss.ts'
import leave from '#src/handlers/group/leave.ts'
import memberAdd from '#src/handlers/group/member-add.ts'
import memberRemove from '#src/handlers/group/member-remove.ts'
import setRole from '#src/handlers/group/set-role.ts'
import transfer from '#src/handlers/group/transfer.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hireAll, NOW } from '../db/people.ts'
import { appoint, assemble, createFrame, rolesIn } from './frame.ts'

onEveryDatabase('members of a group', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, { groupMembers: 5, groupsPerEmployee: 2 })
  const db = () => shared.current.kysely
  const group_id = 'g1'
  const notice = { group_id, name: 'g1' }

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'admin' })
    await hireAll(db(), 'amy', 'ben', 'cy', 'dee', 'eve', 'fay')
    await assemble(db(), group_id, 'amy', 'ben', 'cy')
    await members.setRole(db(), group_id, 'ben', 'admin')
  })

  describe('are added', () => {
    it('unless they are in already, and hear of it like the rest', async () => {
      const { data, effects } = await frame.run(memberAdd, 'ben', { group_id, member_ids: ['eve', 'amy', 'dee'] })
      expect(data).toEqual({ group_id, added_ids: ['dee', 'eve'], current_member_count: 5 })
      expect(await rolesIn(db(), group_id)).toEqual({
        amy: 'owner',
        ben: 'admin',
        cy: 'member',
        dee: 'member',
        eve: 'member',
      })
      const employee_ids = ['dee', 'eve']
      const message = { ...notice, action: 'member_added', inviter_id: 'ben' }
      expect(effects).toEqual([
        { kind: 'group_changed', group_id },
        { kind: 'access_changed', employee_ids },
        { kind: 'group_joined', group_id, employee_ids },
        { kind: 'system_to_inboxes', employee_ids, message },
        { kind: 'system_to_group', group_id, message: { ...message, employee_ids } },
      ])
    })

    it('without a word when all of them are in', async () => {
      const { data, effects } = await frame.run(memberAdd, 'amy', { group_id, member_ids: ['cy', 'ben'] })
      expect(data).toEqual({ group_id, added_ids: [], current_member_count: 3 })
      expect(effects).toEqual([])
    })

    it('only while they are active', async () => {
      await employees.update(db(), 'eve', { status: 'disabled' }, NOW)
      const member_ids = ['cy', 'eve', 'none']
      expect(await frame.refusal(memberAdd, 'amy', { group_id, member_ids })).toEqual({
        key: 'employee_not_found',
        fields: ['member_ids[1]', 'member_ids[2]'],
      })
      expect(Object.keys(await rolesIn(db(), group_id))).toEqual(['amy', 'ben', 'cy'])
    })

    it('within the limits', async () => {
      const member_ids = ['dee', 'eve', 'fay']
      expect(await frame.refusal(memberAdd, 'amy', { group_id, member_ids })).toEqual({ key: 'group_full', fields: [] })
      await assemble(db(), 'g2', 'dee', 'eve')
      await assemble(db(), 'g3', 'eve')
      expect(await frame.refusal(memberAdd, 'amy', { group_id, member_ids: ['dee', 'eve'] })).toEqual({
        key: 'too_many_groups',
        fields: ['member_ids[1]'],
      })
    })

    it('never past the limit by several requests at the same time', async () => {
      await Promise.allSettled(
        ['dee', 'eve', 'fay'].map((id) => frame.run(memberAdd, 'amy', { group_id, member_ids: [id] })),
      )
      expect(await members.count(db(), group_id)).toBe(5)
    })

    it('by admins and by those who manage groups', async () => {
      const ask = (callerId: string) => frame.refusal(memberAdd, callerId, { group_id, member_ids: ['fay'] })
      expect(await ask('cy')).toEqual({ key: 'not_group_admin', fields: [] })
      expect(await ask('fay')).toEqual({ key: 'not_group_member', fields: [] })
      await frame.run(memberAdd, 'boss', { group_id, member_ids: ['boss'] })
    })

    it('to a group that is there, whoever dismisses it meanwhile', async () => {
      for (let round = 0; round < 5; round++) {
        const id = `race-${round}`
        await assemble(db(), id, 'fay')
        const [added, dismissed] = await Promise.allSettled([
          frame.run(memberAdd, 'fay', { group_id: id, member_ids: ['dee'] }),
          frame.run(dismiss, 'fay', { group_id: id }),
        ])
        if (dismissed.status === 'rejected') throw dismissed.reason
        const told = dismissed.value.effects.flatMap((effect) =>
          effect.kind === 'access_changed' ? effect.employee_ids : [],
        )
        if (added.status === 'fulfilled') expect(told).toEqual(['dee', 'fay'])
        else expect(added.reason.key).toBe('not_group_member')
        expect(await groups.find(db(), id)).toBeUndefined()
      }
    })
  })

  describe('are removed', () => {
    it('if they are in, and hear of it like the rest', async () => {
      const { data, effects } = await frame.run(memberRemove, 'ben', { group_id, member_ids: ['cy', 'fay', 'none'] })
      expect(data).toEqual({ group_id, removed_ids: ['cy'], current_member_count: 2 })
      const employee_ids = ['cy']
      const message = { ...notice, action: 'member_removed', operator_id: 'ben' }
      expect(effects).toEqual([
        { kind: 'group_changed', group_id },
        { kind: 'access_changed', employee_ids },
        { kind: 'system_to_inboxes', employee_ids, message },
        { kind: 'system_to_group', group_id, message: { ...message, employee_ids } },
      ])
    })

    it('without a word when nobody was in', async () => {
      const { data, effects } = await frame.run(memberRemove, 'amy', { group_id, member_ids: ['fay'] })
      expect(data).toEqual({ group_id, removed_ids: [], current_member_count: 3 })
      expect(effects).toEqual([])
    })

    it('but the owner never, whoever asks', async () => {
      for (const callerId of ['amy', 'ben', 'boss']) {
        expect(await frame.refusal(memberRemove, callerId, { group_id, member_ids: ['cy', 'amy'] })).toEqual({
          key: 'group_owner_must_transfer',
          fields: ['member_ids[1]'],
        })
      }
      expect(await members.count(db(), group_id)).toBe(3)
    })

    it('but an admin only by themselves, the owner or those who manage groups', async () => {
      await members.setRole(db(), group_id, 'cy', 'admin')
      expect(await frame.refusal(memberRemove, 'cy', { group_id, member_ids: ['ben'] })).toEqual({
        key: 'not_group_owner',
        fields: ['member_ids[0]'],
      })
      expect((await frame.run(memberRemove, 'ben', { group_id, member_ids: ['ben'] })).data.removed_ids).toEqual([
        'ben',
      ])
      await members.add(db(), group_id, [{ employee_id: 'ben', role: 'admin' }], NOW)
      await frame.run(memberRemove, 'amy', { group_id, member_ids: ['ben'] })
      await frame.run(memberRemove, 'boss', { group_id, member_ids: ['cy'] })
      expect(await rolesIn(db(), group_id)).toEqual({ amy: 'owner' })
    })
  })

  describe('leave', () => {
    it('on their own', async () => {
      const { data, effects } = await frame.run(leave, 'cy', { group_id })
      expect(data).toEqual({ group_id })
      expect(effects.at(-1)).toEqual({
        kind: 'system_to_group',
        group_id,
        message: { ...notice, action: 'member_removed', operator_id: 'cy', employee_ids: ['cy'] },
      })
      const again = { key: 'not_group_member', fields: [] }
      expect(await frame.refusal(leave, 'cy', { group_id })).toEqual(again)
      expect(await frame.refusal(leave, 'boss', { group_id: 'none' })).toEqual(again)
    })

    it('as the owner only after handing over, or as the last one', async () => {
      expect(await frame.refusal(leave, 'amy', { group_id })).toEqual({ key: 'group_owner_must_transfer', fields: [] })
      await members.remove(db(), group_id, ['ben', 'cy'])
      const { effects } = await frame.run(leave, 'amy', { group_id })
      expect(effects.map((effect) => effect.kind)).toEqual(['group_changed', 'access_changed', 'system_to_inboxes'])
      expect(await groups.find(db(), group_id)).toBeUndefined()
    })
  })

  describe('get a role', () => {
    it('from the owner, and hear of it like the rest', async () => {
      const { data, effects } = await frame.run(setRole, 'amy', { group_id, employee_id: 'cy', role: 'admin' })
      expect(data).toEqual({ group_id, employee_id: 'cy', role: 'admin' })
      expect(await rolesIn(db(), group_id)).toMatchObject({ cy: 'admin' })
      const message = { ...notice, action: 'role_changed', operator_id: 'amy', employee_ids: ['cy'], role: 'admin' }
      expect(effects).toEqual([
        { kind: 'group_changed', group_id },
        { kind: 'system_to_inboxes', employee_ids: ['cy'], message },
        { kind: 'system_to_group', group_id, message },
      ])
      expect((await frame.run(setRole, 'amy', { group_id, employee_id: 'cy', role: 'admin' })).effects).toEqual([])
    })

    it('unless they own the group or are not in it', async () => {
      const ask = (employee_id: string) => frame.refusal(setRole, 'amy', { group_id, employee_id, role: 'member' })
      expect(await ask('amy')).toEqual({ key: 'group_owner_must_transfer', fields: [] })
      expect(await ask('fay')).toEqual({ key: 'member_not_found', fields: [] })
    })

    it('from an admin too, who takes it from no other admin', async () => {
      await frame.run(setRole, 'ben', { group_id, employee_id: 'cy', role: 'admin' })
      const demote = (callerId: string, employee_id: string) =>
        frame.run(setRole, callerId, { group_id, employee_id, role: 'member' })
      expect(await frame.refusal(setRole, 'ben', { group_id, employee_id: 'cy', role: 'member' })).toEqual({
        key: 'not_group_owner',
        fields: [],
      })
      await demote('ben', 'ben')
      await demote('boss', 'cy')
      expect(await rolesIn(db(), group_id)).toEqual({ amy: 'owner', ben: 'member', cy: 'member' })
      expect(await frame.refusal(setRole, 'ben', { group_id, employee_id: 'cy', role: 'admin' })).toEqual({
        key: 'not_group_admin',
        fields: [],
      })
    })
  })

  describe('take over', () => {
    it('from the owner, who stays as an admin', async () => {
      const { data, effects } = await frame.run(transfer, 'amy', { group_id, employee_id: 'cy' })
      expect(data).toEqual({ group_id, owner_id: 'cy', previous_owner_id: 'amy' })
      expect(await rolesIn(db(), group_id)).toEqual({ amy: 'admin', ben: 'admin', cy: 'owner' })
      expect(effects).toEqual([
        { kind: 'group_changed', group_id },
        {
          kind: 'system_to_group',
          group_id,
          message: { ...notice, action: 'owner_changed', operator_id: 'amy', employee_ids: ['cy'], role: 'owner' },
        },
      ])
    })

    it('from another one by those who manage groups', async () => {
      const { data } = await frame.run(transfer, 'boss', { group_id, employee_id: 'ben' })
      expect(data).toEqual({ group_id, owner_id: 'ben', previous_owner_id: 'amy' })
    })

    it('without a word when they own it already', async () => {
      const { data, effects } = await frame.run(transfer, 'amy', { group_id, employee_id: 'amy' })
      expect(data).toEqual({ group_id, owner_id: 'amy', previous_owner_id: 'amy' })
      expect(effects).toEqual([])
    })

    it('unless they are not in it or disabled', async () => {
      await employees.update(db(), 'cy', { status: 'disabled' }, NOW)
      for (const employee_id of ['fay', 'cy', 'none']) {
        expect(await frame.refusal(transfer, 'amy', { group_id, employee_id })).toEqual({
          key: 'member_not_found',
          fields: [],
        })
      }
    })

    it('once when the owner hands over to two at the same time', async () => {
      const outcomes = await Promise.allSettled(
        ['ben', 'cy'].map((employee_id) => frame.run(transfer, 'amy', { group_id, employee_id })),
      )
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.key] : []))
      expect(reasons).toEqual(['not_group_owner'])
      expect(Object.values(await rolesIn(db(), group_id)).filter((role) => role === 'owner')).toHaveLength(1)
    })
  })
})
