import type { InputOf } from '@mchat/schema'
import { beforeEach, describe, expect, it } from 'vitest'
import { clientSessions } from '#src/db/repositories/client-sessions.ts'
import { counters } from '#src/db/repositories/counters.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { employees } from '#src/db/repositories/employees.ts'
import update from '#src/handlers/employee/update.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, LATER, LATER_TEXT, NOW } from '../db/people.ts'
import { appoint, createFrame, kindsOf, only, openSession } from './frame.ts'

type Updates = InputOf<'employee.update'>['updates']

onEveryDatabase('employee.update', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, {}, LATER)
  const db = () => shared.current.kysely
  const change = (callerId: string, employee_id: string, updates: Updates) =>
    frame.run(update, callerId, { employee_id, updates })
  const refusal = (callerId: string, employee_id: string, updates: Updates) =>
    frame.refusal(update, callerId, { employee_id, updates })
  const forbidden = (...fields: string[]) => ({
    key: 'field_forbidden',
    fields: fields.map((field) => `updates.${field}`),
  })

  beforeEach(async () => {
    await found(db(), 'sales')
    await found(db(), 'sales-north', 'sales')
    await found(db(), 'lab')
    await appoint(db(), 'boss', { role: 'owner' })
    await hire(db(), 'amy', { department_id: 'sales' })
  })

  it('changes what is given and raises the version', async () => {
    const { data, effects } = await change('boss', 'amy', { name: 'Amy', department_id: null, manager_id: 'boss' })
    expect(data).toEqual(await employees.find(db(), 'amy'))
    expect(data).toMatchObject({
      name: 'Amy',
      department_id: null,
      manager_id: 'boss',
      skills_badge: [],
      version: 2,
      updated_at: LATER_TEXT,
    })
    expect(kindsOf(effects)).toEqual(['employees_changed', 'profile', 'org_changed'])
    const [profile] = only(effects, 'profile')
    expect(profile?.event).toMatchObject({ event: 'updated', fields: ['name', 'department_id', 'manager_id'] })
    expect(profile?.event.profile).toMatchObject({ name: 'Amy', version: 2 })
  })

  it('changes and announces nothing when all is as it was', async () => {
    await employees.replaceRoles(db(), 'amy', [{ role: 'hr', department_id: 'lab' }, { role: 'auditor' }])
    const { data, effects } = await change('boss', 'amy', {
      name: 'amy',
      status: 'active',
      roles: [{ role: 'member' }, { role: 'hr', department_id: 'lab' }, { role: 'auditor' }],
    })
    expect(data.version).toBe(1)
    expect(effects).toEqual([])
  })

  it('refuses what was changed by somebody else meanwhile', async () => {
    const input = { employee_id: 'amy', updates: { name: 'Amy' }, if_version: 1 }
    await frame.run(update, 'boss', input)
    expect(await frame.refusal(update, 'boss', input)).toEqual({ key: 'version_conflict', fields: [] })
    await frame.run(update, 'boss', { ...input, if_version: 2 })
  })

  it('lets one of two change the version both have seen', async () => {
    const input = { employee_id: 'amy', if_version: 1 }
    const outcomes = await Promise.allSettled(
      ['A', 'B', 'C'].map((name) => frame.run(update, 'boss', { ...input, updates: { name } })),
    )
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
  })

  it('refuses what is not there', async () => {
    expect(await refusal('boss', 'none', { name: 'x' })).toEqual({ key: 'employee_not_found', fields: [] })
    expect(await refusal('boss', 'amy', { department_id: 'none' })).toEqual({
      key: 'department_not_found',
      fields: ['updates.department_id'],
    })
    expect(await refusal('boss', 'amy', { manager_id: 'none' })).toEqual({
      key: 'employee_not_found',
      fields: ['updates.manager_id'],
    })
    expect(await refusal('boss', 'amy', { roles: [{ role: 'hr', department_id: 'none' }] })).toEqual({
      key: 'department_not_found',
      fields: ['updates.roles[0].department_id'],
    })
    expect(await counters.get(db(), 'org')).toBe(0)
  })

  it('tells the broker when roles change, since rights come with them', async () => {
    const { effects } = await change('boss', 'amy', { roles: [{ role: 'auditor' }] })
    expect(kindsOf(effects)).toEqual(['employees_changed', 'access_changed', 'profile'])
  })

  describe('of oneself', () => {
    it('sets the own name and badges', async () => {
      const { data } = await change('amy', 'amy', { name: 'Amy', skills_badge: ['fast'] })
      expect(data).toMatchObject({ name: 'Amy', skills_badge: ['fast'] })
    })

    it('names every field that is not one’s own to set', async () => {
      const updates: Updates = {
        name: 'Amy',
        department_id: 'lab',
        manager_id: 'boss',
        agent_profile: { webhook_endpoint: 'https://evil.test/' },
        skills_badge: [],
        status: 'active',
        roles: [{ role: 'owner' }],
      }
      expect(await refusal('amy', 'amy', updates)).toEqual(
        forbidden('department_id', 'manager_id', 'agent_profile', 'agent_profile.webhook_endpoint', 'status', 'roles'),
      )
      expect(await employees.find(db(), 'amy')).toMatchObject({ version: 1, roles: [], agent_profile: null })
    })

    it('ignores what no field is for', async () => {
      const odd = { name: 'Amy', employee_id: 'boss', is_ai_agent: true, version: 99 }
      const { data } = await change('amy', 'amy', odd)
      expect(data).toMatchObject({ employee_id: 'amy', is_ai_agent: false, version: 2 })
      expect(await employees.find(db(), 'boss')).toMatchObject({ name: 'boss', version: 1 })
    })
  })

  describe('of people in a department', () => {
    beforeEach(() => appoint(db(), 'hr', { role: 'hr', department_id: 'sales' }))

    it('moves them within the limit of the grant only', async () => {
      await change('hr', 'amy', { department_id: 'sales-north' })
      expect(await refusal('hr', 'amy', { department_id: 'lab' })).toEqual(forbidden('department_id'))
      expect(await refusal('hr', 'amy', { department_id: null })).toEqual(forbidden('department_id'))
      expect(await employees.find(db(), 'amy')).toMatchObject({ department_id: 'sales-north' })
    })

    it('touches nobody outside of it', async () => {
      await hire(db(), 'lou', { department_id: 'lab' })
      const updates: Updates = { name: 'x', status: 'disabled', department_id: 'sales' }
      expect(await refusal('hr', 'lou', updates)).toEqual({ key: 'forbidden', fields: [] })
    })

    it('grants and takes away only what the caller has', async () => {
      expect(await refusal('hr', 'amy', { roles: [{ role: 'hr' }] })).toEqual(forbidden('roles'))
      await change('hr', 'amy', { roles: [{ role: 'hr', department_id: 'sales-north' }] })
      await employees.replaceRoles(db(), 'amy', [{ role: 'auditor' }, { role: 'hr', department_id: 'sales-north' }])
      expect(await refusal('hr', 'amy', { roles: [] })).toEqual(forbidden('roles'))
      await change('hr', 'amy', { roles: [{ role: 'auditor' }] })
    })

    it('disables nobody who has more than the caller', async () => {
      await employees.replaceRoles(db(), 'amy', [{ role: 'auditor' }])
      expect(await refusal('hr', 'amy', { status: 'disabled' })).toEqual(forbidden('status'))
      await change('boss', 'amy', { status: 'disabled' })
    })
  })

  describe('of agents', () => {
    const profile = { capabilities: ['sql', 'charts'], webhook_endpoint: 'https://bot.test/hook' }
    beforeEach(async () => {
      await hire(db(), 'bot', { is_ai_agent: true, agent_profile: profile, skills_badge: ['fast'] })
      await appoint(db(), 'keeper', { role: 'agent_manager' })
      await appoint(db(), 'hr', { role: 'hr' })
    })

    it('replaces the profile as a whole and tells which skills changed', async () => {
      const { data, effects } = await change('keeper', 'bot', {
        agent_profile: { capabilities: ['sql', 'maps'], model_type: 'm1' },
        skills_badge: [],
      })
      expect(data.agent_profile).toEqual({ capabilities: ['sql', 'maps'], model_type: 'm1' })
      expect(only(effects, 'capabilities_changed')).toEqual([
        { kind: 'capabilities_changed', skills: ['charts', 'fast', 'maps'] },
      ])
    })

    it('keeps an endpoint from those who manage the organisation but not its agents', async () => {
      const { data, effects } = await change('hr', 'bot', { agent_profile: { capabilities: ['sql'] } })
      expect(data.agent_profile).toEqual({ capabilities: ['sql'] })
      expect(JSON.stringify(effects)).not.toContain('bot.test')
      expect(await employees.find(db(), 'bot')).toMatchObject({
        agent_profile: { capabilities: ['sql'], webhook_endpoint: 'https://bot.test/hook' },
      })
      expect(await refusal('hr', 'bot', { agent_profile: profile })).toEqual(
        forbidden('agent_profile.webhook_endpoint'),
      )
    })

    it('leaves roles to those who manage the organisation, and status to those who manage agents too', async () => {
      expect(await refusal('keeper', 'bot', { name: 'Bot', status: 'disabled', roles: [] })).toEqual(forbidden('roles'))
      const { effects } = await change('keeper', 'bot', { status: 'disabled' })
      expect(only(effects, 'capabilities_changed')[0]?.skills).toEqual(['charts', 'fast', 'sql'])
    })

    it('gives people no profile', async () => {
      expect(await refusal('boss', 'amy', { agent_profile: {} })).toEqual({
        key: 'invalid_fields',
        fields: ['updates.agent_profile'],
      })
    })
  })

  describe('disabling', () => {
    it('ends sessions and credentials at once', async () => {
      await openSession(db(), 'amy_web_1', 'amy')
      await openSession(db(), 'amy_phone_1', 'amy')
      const { effects } = await change('boss', 'amy', { status: 'disabled' })
      expect(effects.slice(0, 3)).toEqual([
        { kind: 'employees_changed', employee_ids: ['amy'] },
        { kind: 'sessions_changed', client_ids: ['amy_phone_1', 'amy_web_1'] },
        { kind: 'access_changed', employee_ids: ['amy'] },
      ])
      expect(only(effects, 'profile')[0]?.event).toMatchObject({ event: 'disabled', fields: ['status'] })
      expect(only(effects, 'org_changed')).toHaveLength(1)
      expect(await clientSessions.find(db(), 'amy_web_1')).toMatchObject({ end_reason: 'disabled', ended_at: LATER })
      expect(await credentials.find(db(), 'cred-amy_web_1')).toMatchObject({ revoked_at: LATER })
    })

    it('does not bring the old credentials back when it is undone', async () => {
      await openSession(db(), 'amy_web_1', 'amy')
      await change('boss', 'amy', { status: 'disabled' })
      const { effects } = await change('boss', 'amy', { status: 'active' })
      expect(kindsOf(effects)).toEqual(['employees_changed', 'access_changed', 'profile', 'org_changed'])
      expect(only(effects, 'profile')[0]?.event.event).toBe('updated')
      expect(await credentials.find(db(), 'cred-amy_web_1')).toMatchObject({ revoked_at: LATER })
    })

    it('leaves the organisation as it is when the disabled change', async () => {
      await change('boss', 'amy', { status: 'disabled' })
      const { effects } = await change('boss', 'amy', { name: 'Amy', department_id: 'lab' })
      expect(kindsOf(effects)).toEqual(['employees_changed', 'profile'])
    })
  })

  describe('the last owner', () => {
    it('cannot be disabled or lose the role', async () => {
      expect(await refusal('boss', 'boss', { status: 'disabled' })).toEqual({ key: 'last_owner', fields: [] })
      expect(await refusal('boss', 'boss', { roles: [{ role: 'admin' }] })).toEqual({ key: 'last_owner', fields: [] })
      await appoint(db(), 'away', { role: 'owner' })
      await employees.update(db(), 'away', { status: 'disabled' }, NOW)
      expect(await refusal('boss', 'boss', { status: 'disabled' })).toEqual({ key: 'last_owner', fields: [] })
    })

    it('is one of two who disable each other', async () => {
      await appoint(db(), 'chief', { role: 'owner' })
      const outcomes = await Promise.allSettled([
        change('boss', 'chief', { status: 'disabled' }),
        change('chief', 'boss', { roles: [] }),
      ])
      expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(await employees.countActiveOwners(db())).toBe(1)
    })
  })

  describe('managers', () => {
    it('never form a circle', async () => {
      await hire(db(), 'ben', { manager_id: 'amy' })
      await hire(db(), 'cy', { manager_id: 'ben' })
      for (const manager_id of ['amy', 'ben', 'cy']) {
        expect(await refusal('boss', 'amy', { manager_id })).toEqual({ key: 'manager_cycle', fields: [] })
      }
      await change('boss', 'cy', { manager_id: 'boss' })
      await change('boss', 'amy', { manager_id: 'cy' })
    })

    it('never form a circle of two changes made at the same time', async () => {
      await hire(db(), 'ben')
      const outcomes = await Promise.allSettled([
        change('boss', 'amy', { manager_id: 'ben' }),
        change('boss', 'ben', { manager_id: 'amy' }),
      ])
      expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    })
  })
})
