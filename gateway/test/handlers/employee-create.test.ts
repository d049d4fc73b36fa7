import { beforeEach, describe, expect, it } from 'vitest'
import { hashToken } from '#src/access/tokens.ts'
import { counters } from '#src/db/repositories/counters.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { employees } from '#src/db/repositories/employees.ts'
import create from '#src/handlers/employee/create.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, NOW, NOW_TEXT } from '../db/people.ts'
import { appoint, createFrame, only } from './frame.ts'

onEveryDatabase('employee.create', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared)
  const db = () => shared.current.kysely

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'owner' })
    await found(db(), 'sales')
    await found(db(), 'sales-north', 'sales')
    await found(db(), 'lab')
  })

  it('adds an employee with everything that was given', async () => {
    await hire(db(), 'lead')
    const { data } = await frame.run(create, 'boss', {
      employee_id: 'amy',
      name: 'Amy',
      department_id: 'sales',
      manager_id: 'lead',
      skills_badge: ['fast'],
      roles: [{ role: 'auditor' }, { role: 'member' }, { role: 'auditor' }],
    })
    expect(data).toMatchObject({ employee_id: 'amy', name: 'Amy', created_at: NOW_TEXT })
    expect(await employees.find(db(), 'amy')).toMatchObject({
      department_id: 'sales',
      manager_id: 'lead',
      is_ai_agent: false,
      agent_profile: null,
      skills_badge: ['fast'],
      roles: [{ role: 'auditor' }],
    })
  })

  it('makes an id that can be part of a client_id', async () => {
    const { data } = await frame.run(create, 'boss', { name: 'Amy' })
    expect(data.employee_id).toMatch(/^emp_[0-9a-f]{20}$/)
  })

  it('answers a token of which only the hash is kept', async () => {
    const { data, effects } = await frame.run(create, 'boss', { employee_id: 'amy', name: 'Amy' })
    const token = data.mqtt_connection.mqtt_password ?? ''
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    const credential = await credentials.findByTokenHash(db(), hashToken(token))
    expect(credential).toMatchObject({ employee_id: 'amy', client_id: null, kind: 'token', created_at: NOW })
    expect(JSON.stringify([credential, effects])).not.toContain(token)
  })

  it('announces the employee without the endpoint, and the new version of the organisation', async () => {
    const { effects } = await frame.run(create, 'boss', {
      employee_id: 'bot',
      name: 'Bot',
      is_ai_agent: true,
      agent_profile: { capabilities: ['sql', 'charts'], webhook_endpoint: 'https://bot.test/hook' },
      skills_badge: ['fast', 'sql'],
    })
    expect(effects.map((effect) => effect.kind)).toEqual([
      'employees_changed',
      'access_changed',
      'agents_changed',
      'profile',
      'org_changed',
      'capabilities_changed',
    ])
    const [profile] = only(effects, 'profile')
    expect(profile?.event).toMatchObject({ employee_id: 'bot', event: 'created', updated_at: NOW_TEXT })
    expect(profile?.event.profile.agent_profile).toEqual({ capabilities: ['sql', 'charts'] })
    expect(profile?.event.profile).not.toHaveProperty('roles')
    expect(only(effects, 'capabilities_changed')[0]?.skills).toEqual(['charts', 'fast', 'sql'])
  })

  it('never gives an id a second time, not even that of somebody disabled', async () => {
    await hire(db(), 'amy')
    await employees.update(db(), 'amy', { status: 'disabled' }, NOW)
    expect(await frame.refusal(create, 'boss', { employee_id: 'amy', name: 'Amy' })).toEqual({
      key: 'id_taken',
      fields: [],
    })
  })

  it('gives an id to one of two who ask at the same time', async () => {
    const asked = [1, 2, 3, 4].map(() => frame.run(create, 'boss', { employee_id: 'amy', name: 'Amy' }))
    const outcomes = await Promise.allSettled(asked)
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.key] : []))
    expect(reasons).toEqual(['id_taken', 'id_taken', 'id_taken'])
  })

  it('refuses a department or a manager that is not there', async () => {
    await hire(db(), 'gone')
    await employees.update(db(), 'gone', { status: 'disabled' }, NOW)
    const refusal = (fields: object) => frame.refusal(create, 'boss', { name: 'Amy', ...fields })
    expect(await refusal({ department_id: 'none' })).toEqual({
      key: 'department_not_found',
      fields: ['department_id'],
    })
    expect(await refusal({ manager_id: 'none' })).toEqual({ key: 'employee_not_found', fields: ['manager_id'] })
    expect(await refusal({ manager_id: 'gone' })).toEqual({ key: 'employee_not_found', fields: ['manager_id'] })
    expect(await employees.list(db(), { includeDisabled: true, limit: 10 })).toHaveLength(2)
    expect(await counters.get(db(), 'org')).toBe(0)
  })

  it('gives a profile to agents only', async () => {
    const input = { name: 'Amy', agent_profile: { capabilities: ['sql'] } }
    expect(await frame.refusal(create, 'boss', input)).toEqual({ key: 'invalid_fields', fields: ['agent_profile'] })
    const { data } = await frame.run(create, 'boss', { name: 'Bot', is_ai_agent: true })
    expect(await employees.find(db(), data.employee_id)).toMatchObject({ agent_profile: {} })
  })

  describe('roles', () => {
    const grant = (callerId: string, role: string, department_id?: string, place?: string) =>
      frame.refusal(create, callerId, {
        name: 'Amy',
        ...(place === undefined ? {} : { department_id: place }),
        roles: [{ role: role as 'hr', ...(department_id === undefined ? {} : { department_id }) }],
      })

    it('are granted by those who hold all that comes with them', async () => {
      await appoint(db(), 'adm', { role: 'admin' })
      await appoint(db(), 'hr', { role: 'hr' })
      for (const role of ['owner', 'auditor']) {
        expect(await grant('adm', role)).toEqual({ key: 'field_forbidden', fields: ['roles'] })
      }
      expect(await grant('hr', 'admin')).toEqual({ key: 'field_forbidden', fields: ['roles'] })
      const roles = [{ role: 'hr' as const, department_id: 'sales' }]
      await frame.run(create, 'hr', { employee_id: 'amy', name: 'Amy', roles })
      expect(await employees.find(db(), 'amy')).toMatchObject({ roles })
    })

    it('are not granted more widely than the own one reaches', async () => {
      await appoint(db(), 'hr', { role: 'hr', department_id: 'sales' })
      expect(await grant('hr', 'hr', undefined, 'sales')).toEqual({ key: 'field_forbidden', fields: ['roles'] })
      expect(await grant('hr', 'hr', 'lab', 'sales')).toEqual({ key: 'field_forbidden', fields: ['roles'] })
      const roles = [{ role: 'hr' as const, department_id: 'sales-north' }]
      await frame.run(create, 'hr', { employee_id: 'amy', name: 'Amy', department_id: 'sales', roles })
      expect(await employees.find(db(), 'amy')).toMatchObject({ roles })
    })

    it('are not granted by managing agents alone', async () => {
      await appoint(db(), 'keeper', { role: 'agent_manager' })
      const input = { name: 'Bot', is_ai_agent: true, roles: [{ role: 'agent_manager' as const }] }
      expect(await frame.refusal(create, 'keeper', input)).toEqual({ key: 'field_forbidden', fields: ['roles'] })
    })

    it('are limited to a department where that has a meaning, and only to one that is there', async () => {
      expect(await grant('boss', 'admin', 'sales')).toEqual({
        key: 'invalid_fields',
        fields: ['roles[0].department_id'],
      })
      expect(await grant('boss', 'hr', 'none')).toEqual({
        key: 'department_not_found',
        fields: ['roles[0].department_id'],
      })
    })
  })

  it('lets those who manage agents say where one is reached, and nobody else', async () => {
    await appoint(db(), 'hr', { role: 'hr' })
    await appoint(db(), 'keeper', { role: 'agent_manager' })
    const input = {
      employee_id: 'bot',
      name: 'Bot',
      is_ai_agent: true,
      agent_profile: { webhook_endpoint: 'https://bot.test/hook' },
    }
    expect(await frame.refusal(create, 'hr', input)).toEqual({
      key: 'field_forbidden',
      fields: ['agent_profile.webhook_endpoint'],
    })
    await frame.run(create, 'keeper', input)
    expect(await employees.find(db(), 'bot')).toMatchObject({ agent_profile: input.agent_profile })
  })
})
