import { ACTION_NAMES, LIMITS } from '@mchat/schema'
import { beforeEach, expect, it } from 'vitest'
import { employees } from '#src/db/repositories/employees.ts'
import capabilityList from '#src/handlers/agent/capability-list.ts'
import configServer from '#src/handlers/config/server.ts'
import get from '#src/handlers/employee/get.ts'
import list from '#src/handlers/employee/list.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, hireAll, NOW, NOW_TEXT } from '../db/people.ts'
import { appoint, createFrame } from './frame.ts'

onEveryDatabase('what everybody may read', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, { groupMembers: 7 })
  const db = () => shared.current.kysely
  const profile = {
    model_type: 'm1',
    capabilities: ['sql'],
    trigger_keywords: ['query'],
    webhook_endpoint: 'https://bot.test/hook',
  }

  beforeEach(async () => {
    await appoint(db(), 'keeper', { role: 'agent_manager' })
    await hire(db(), 'amy')
    await hire(db(), 'bot', { is_ai_agent: true, agent_profile: profile, skills_badge: ['fast'] })
  })

  it('hides from employee.get and employee.list where an agent is reached', async () => {
    const { webhook_endpoint, ...shown } = profile
    for (const [reader, expected] of [
      ['amy', shown],
      ['bot', shown],
      ['keeper', { webhook_endpoint, ...shown }],
    ] as const) {
      expect((await frame.run(get, reader, { employee_id: 'bot' })).data.agent_profile).toEqual(expected)
      const { data } = await frame.run(list, reader, { query: 'bot' })
      expect(data.employees.map((employee) => employee.agent_profile)).toEqual([expected])
    }
  })

  it('finds no employee that is not there', async () => {
    expect(await frame.refusal(get, 'amy', { employee_id: 'none' })).toEqual({ key: 'employee_not_found', fields: [] })
  })

  it('lists employees by department, text and status', async () => {
    await found(db(), 'sales')
    await hire(db(), 'ben', { department_id: 'sales' })
    await hire(db(), 'gone', { department_id: 'sales' })
    await employees.update(db(), 'gone', { status: 'disabled' }, NOW)
    const idsOf = async (input: Parameters<typeof list.handle>[1]) =>
      (await frame.run(list, 'amy', input)).data.employees.map((employee) => employee.employee_id)
    expect(await idsOf({})).toEqual(['amy', 'ben', 'bot', 'keeper'])
    expect(await idsOf({ department_id: 'sales' })).toEqual(['ben'])
    expect(await idsOf({ department_id: 'sales', include_disabled: true })).toEqual(['ben', 'gone'])
    expect(await idsOf({ query: 'KEEP' })).toEqual(['keeper'])
    expect(await frame.refusal(list, 'amy', { department_id: 'none' })).toEqual({
      key: 'department_not_found',
      fields: ['department_id'],
    })
  })

  it('lists employees in pages that neither skip nor repeat', async () => {
    await hireAll(db(), ...Array.from({ length: LIMITS.pageSizeDefault }, (_, i) => `p${100 + i}`))
    const first = await frame.run(list, 'amy', {})
    expect(first.data.employees).toHaveLength(LIMITS.pageSizeDefault)
    const rest = await frame.run(list, 'amy', { cursor: first.data.next_cursor ?? '' })
    expect(rest.data.employees).toHaveLength(3)
    expect(rest.data.next_cursor).toBeNull()
    const all = [...first.data.employees, ...rest.data.employees].map((employee) => employee.employee_id)
    expect(new Set(all).size).toBe(LIMITS.pageSizeDefault + 3)
    expect((await frame.run(list, 'amy', { limit: all.length })).data.next_cursor).toBeNull()
    expect(await frame.refusal(list, 'amy', { cursor: 'not a cursor' })).toEqual({
      key: 'invalid_fields',
      fields: ['cursor'],
    })
  })

  it('lists agents by skill, whether capability or badge', async () => {
    await hire(db(), 'idle', { is_ai_agent: true, agent_profile: {} })
    const { data } = await frame.run(capabilityList, 'amy', {})
    expect(data).toEqual({
      skill: null,
      agent_ids: ['bot', 'idle'],
      agent_profiles: [
        {
          employee_id: 'bot',
          name: 'bot',
          model_type: 'm1',
          capabilities: ['sql'],
          skills_badge: ['fast'],
          trigger_keywords: ['query'],
        },
        {
          employee_id: 'idle',
          name: 'idle',
          model_type: null,
          capabilities: [],
          skills_badge: [],
          trigger_keywords: [],
        },
      ],
    })
    for (const skill of ['sql', 'fast']) {
      expect((await frame.run(capabilityList, 'amy', { skill })).data).toMatchObject({ skill, agent_ids: ['bot'] })
    }
    expect((await frame.run(capabilityList, 'amy', { skill: '%' })).data.agent_ids).toEqual([])
  })

  it('tells the limits as they are here, and nothing of what guards the broker', async () => {
    const { data } = await frame.run(configServer, 'amy', {})
    expect(data).toMatchObject({
      contract: 1,
      service_id: null,
      language: 'en',
      group_delivery: 'topic',
      actions: ACTION_NAMES,
      limits: { ...LIMITS, groupMembers: 7 },
      server_time: NOW_TEXT,
    })
    expect(data.limits).not.toHaveProperty('maxConnections')
  })
})
