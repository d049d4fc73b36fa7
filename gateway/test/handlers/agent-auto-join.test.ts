import type { InputOf } from '@mchat/schema'
import { beforeEach, describe, expect, it } from 'vitest'
import { employees } from '#src/db/repositories/employees.ts'
import { members } from '#src/db/repositories/members.ts'
import create from '#src/handlers/employee/create.ts'
import update from '#src/handlers/employee/update.ts'
import memberAdd from '#src/handlers/group/member-add.ts'
import memberRemove from '#src/handlers/group/member-remove.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hireAll, NOW } from '../db/people.ts'
import { appoint, assemble, createFrame, rolesIn } from './frame.ts'

onEveryDatabase('auto_join_groups', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, { groupMembers: 3, groupsPerEmployee: 3 })
  const db = () => shared.current.kysely
  const newAgent = (...auto_join_groups: string[]): InputOf<'employee.create'> => ({
    employee_id: 'bot',
    name: 'Bot',
    is_ai_agent: true,
    agent_profile: { auto_join_groups },
  })
  const listing = (...auto_join_groups: string[]): InputOf<'employee.update'> => ({
    employee_id: 'bot',
    updates: { agent_profile: { auto_join_groups } },
  })
  const field = (i: number) => `agent_profile.auto_join_groups[${i}]`

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'admin' })
    await appoint(db(), 'tom', { role: 'agent_manager' })
    await hireAll(db(), 'amy', 'ben')
    for (const id of ['g1', 'g2']) await assemble(db(), id, 'amy', 'tom')
    await members.setRole(db(), 'g1', 'tom', 'admin')
    await assemble(db(), 'g3', 'amy')
  })

  describe('of a new agent', () => {
    it('are joined with it, as by whoever adds it to them', async () => {
      const { effects } = await frame.run(create, 'boss', newAgent('g3', 'g1'))
      for (const id of ['g1', 'g3']) expect(await rolesIn(db(), id)).toMatchObject({ bot: 'member' })
      const added = (await frame.run(memberAdd, 'boss', { group_id: 'g3', member_ids: ['ben'] })).effects
      const asBen = JSON.parse(JSON.stringify(effects.slice(-5)).replaceAll('bot', 'ben'))
      expect(asBen).toEqual(added)
      const joined = effects.flatMap((effect) => (effect.kind === 'group_joined' ? [effect.group_id] : []))
      expect(joined).toEqual(['g1', 'g3'])
    })

    it('are those that the caller may add members to; otherwise there is no new agent', async () => {
      const refused = await frame.refusal(create, 'tom', newAgent('g3', 'g1', 'none', 'g2'))
      expect(refused.key).toBe('field_forbidden')
      expect([...refused.fields].sort()).toEqual([field(0), field(2), field(3)])
      expect(await employees.find(db(), 'bot')).toBeUndefined()
      expect(await rolesIn(db(), 'g1')).not.toHaveProperty('bot')
      await frame.run(create, 'tom', newAgent('g1'))
      expect(await rolesIn(db(), 'g1')).toMatchObject({ bot: 'member' })
    })

    it('have to be there, as whoever sees every group learns', async () => {
      const refused = await frame.refusal(create, 'boss', newAgent('g1', 'none'))
      expect(refused).toEqual({ key: 'group_not_found', fields: [field(1)] })
    })

    it('have room for it, and it for them', async () => {
      await frame.run(memberAdd, 'boss', { group_id: 'g2', member_ids: ['ben'] })
      const full = await frame.refusal(create, 'boss', newAgent('g1', 'g2'))
      expect(full).toEqual({ key: 'group_full', fields: [field(1)] })
      expect(await employees.find(db(), 'bot')).toBeUndefined()
      for (const id of ['g4', 'g5']) await assemble(db(), id, 'ben')
      const busy = await frame.refusal(create, 'boss', newAgent('g5', 'g1', 'g3', 'g4'))
      expect(busy).toEqual({ key: 'too_many_groups', fields: [field(0)] })
    })
  })

  describe('that an agent gets later', () => {
    beforeEach(() => frame.run(create, 'boss', newAgent('g1')))

    it('are joined, and those it is in already are left as they are', async () => {
      await members.setRole(db(), 'g1', 'bot', 'admin')
      const { effects } = await frame.run(update, 'boss', listing('g3', 'g1'))
      expect(await rolesIn(db(), 'g1')).toMatchObject({ bot: 'admin' })
      expect(await rolesIn(db(), 'g3')).toMatchObject({ bot: 'member' })
      expect(effects.filter(({ kind }) => kind === 'group_changed')).toEqual([
        { kind: 'group_changed', group_id: 'g3' },
      ])
    })

    it('name the field that is refused', async () => {
      const refused = await frame.refusal(update, 'tom', listing('g1', 'g3'))
      expect(refused).toEqual({ key: 'field_forbidden', fields: [`updates.${field(1)}`] })
    })

    it('are not joined again by whoever was removed from them', async () => {
      await frame.run(memberRemove, 'amy', { group_id: 'g1', member_ids: ['bot'] })
      const profile = { auto_join_groups: ['g1'], model_type: 'x' }
      await frame.run(update, 'tom', { employee_id: 'bot', updates: { agent_profile: profile } })
      expect(await rolesIn(db(), 'g1')).not.toHaveProperty('bot')
    })

    it('are nothing to somebody who is no agent', async () => {
      const input = { ...listing('g3'), employee_id: 'ben' }
      expect((await frame.refusal(update, 'boss', input)).fields).toEqual(['updates.agent_profile'])
      await employees.update(db(), 'bot', { status: 'disabled' }, NOW)
      const refused = await frame.refusal(update, 'boss', listing('g1', 'g3'))
      expect(refused).toEqual({ key: 'employee_not_found', fields: [`updates.${field(1)}`] })
    })
  })
})
