import { beforeEach, expect, it } from 'vitest'
import { ALL_AGENTS, createDirectory } from '#src/db/directory.ts'
import { employees } from '#src/db/repositories/employees.ts'
import capabilityList from '#src/handlers/agent/capability-list.ts'
import disable from '#src/handlers/agent/disable.ts'
import enable from '#src/handlers/agent/enable.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hire, hireAll } from '../db/people.ts'
import { appoint, createFrame } from './frame.ts'

onEveryDatabase('a pause of an agent', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared)
  const db = () => shared.current.kysely
  const employee_id = 'bot'
  const called = async () => [...((await createDirectory(shared.current).agents.get(ALL_AGENTS))?.keys() ?? [])]
  const listed = async () => (await frame.run(capabilityList, 'amy', {})).data.agent_ids

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'agent_manager' })
    await hireAll(db(), 'amy')
    const agent_profile = { webhook_endpoint: 'https://agent.test/hook', capabilities: ['law', 'echo'] }
    for (const id of ['bot', 'cat']) {
      await hire(db(), id, { is_ai_agent: true, agent_profile, skills_badge: ['echo', 'tax'] })
    }
  })

  it('leaves it out wherever agents are called and listed, and it stays an active employee', async () => {
    const { data, effects } = await frame.run(disable, 'boss', { employee_id })
    expect(data).toEqual({ employee_id, enabled: false })
    expect(effects).toEqual([
      { kind: 'agents_changed' },
      { kind: 'capabilities_changed', skills: ['echo', 'law', 'tax'] },
    ])
    expect(await called()).toEqual(['cat'])
    expect(await listed()).toEqual(['cat'])
    expect((await employees.agents(db(), 'law')).map((agent) => agent.employee_id)).toEqual(['cat'])
    expect(await employees.find(db(), 'bot')).toMatchObject({ status: 'active', version: 1 })
  })

  it('ends as it began', async () => {
    const { effects } = await frame.run(disable, 'boss', { employee_id })
    const enabled = await frame.run(enable, 'boss', { employee_id })
    expect(enabled).toEqual({ data: { employee_id, enabled: true }, effects })
    expect(await called()).toEqual(['bot', 'cat'])
    expect(await listed()).toEqual(['bot', 'cat'])
  })

  it('that is there already, or is not, is not told again', async () => {
    expect((await frame.run(enable, 'boss', { employee_id })).effects).toEqual([])
    await frame.run(disable, 'boss', { employee_id })
    const again = await frame.run(disable, 'boss', { employee_id })
    expect(again).toEqual({ data: { employee_id, enabled: false }, effects: [] })
  })

  it.each([
    ['amy', 'bot', 'forbidden'],
    ['boss', 'amy', 'not_agent'],
    ['boss', 'nobody', 'employee_not_found'],
  ])('asked for by %s, of %s: %s', async (callerId, id, key) => {
    const refused = { key, fields: [] }
    expect(await frame.refusal(disable, callerId, { employee_id: id })).toEqual(refused)
    expect(await frame.refusal(enable, callerId, { employee_id: id })).toEqual(refused)
  })
})
