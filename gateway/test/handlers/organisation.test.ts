import { beforeEach, describe, expect, it } from 'vitest'
import { counters } from '#src/db/repositories/counters.ts'
import { departments } from '#src/db/repositories/departments.ts'
import { employees } from '#src/db/repositories/employees.ts'
import create from '#src/handlers/department/create.ts'
import remove from '#src/handlers/department/delete.ts'
import get from '#src/handlers/department/get.ts'
import list from '#src/handlers/department/list.ts'
import update from '#src/handlers/department/update.ts'
import tree from '#src/handlers/org/tree.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, NOW, NOW_TEXT } from '../db/people.ts'
import { appoint, createFrame } from './frame.ts'

onEveryDatabase('departments', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared)
  const db = () => shared.current.kysely
  const expectChanged = async (effects: unknown, version: number): Promise<void> => {
    expect(effects).toEqual([{ kind: 'departments_changed' }, { kind: 'org_changed' }])
    expect(await counters.get(db(), 'org')).toBe(version)
  }

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'owner' })
    await found(db(), 'sales')
    await found(db(), 'north', 'sales')
    await found(db(), 'lab')
    await appoint(db(), 'hr', { role: 'hr', department_id: 'sales' })
  })

  it('are created at the top or below another one', async () => {
    const { data, effects } = await frame.run(create, 'boss', { name: 'Legal' })
    expect(data).toMatchObject({ name: 'Legal', parent_id: null, sort_order: 0, created_at: NOW_TEXT })
    expect(data.department_id).toMatch(/^dept_[0-9a-f]{20}$/)
    await expectChanged(effects, 1)
    const below = await frame.run(create, 'hr', {
      department_id: 'south',
      name: 'S',
      parent_id: 'north',
      sort_order: 7,
    })
    expect(below.data).toMatchObject({ department_id: 'south', parent_id: 'north', sort_order: 7 })
    await expectChanged(below.effects, 2)
  })

  it('are not created twice, nor below one that is not there', async () => {
    expect(await frame.refusal(create, 'boss', { department_id: 'lab', name: 'x' })).toEqual({
      key: 'id_taken',
      fields: [],
    })
    expect(await frame.refusal(create, 'boss', { name: 'x', parent_id: 'none' })).toEqual({
      key: 'department_not_found',
      fields: ['parent_id'],
    })
    expect(await counters.get(db(), 'org')).toBe(0)
  })

  it('stay where the grant of the caller reaches', async () => {
    const answer = { key: 'field_forbidden', fields: ['parent_id'] }
    for (const place of [{}, { parent_id: 'lab' }, { parent_id: 'none' }]) {
      expect(await frame.refusal(create, 'hr', { name: 'x', ...place })).toEqual({ key: 'forbidden', fields: [] })
    }
    expect(await frame.refusal(update, 'hr', { department_id: 'north', parent_id: null })).toEqual(answer)
    expect(await frame.refusal(update, 'hr', { department_id: 'north', parent_id: 'lab' })).toEqual(answer)
    await frame.run(update, 'hr', { department_id: 'north', parent_id: 'sales', name: 'North' })
  })

  it('are renamed, moved and reordered', async () => {
    const { data, effects } = await frame.run(update, 'boss', {
      department_id: 'north',
      name: 'North',
      parent_id: null,
      sort_order: -1,
    })
    expect(data).toMatchObject({ name: 'North', parent_id: null, sort_order: -1 })
    await expectChanged(effects, 1)
    const again = await frame.run(update, 'boss', { department_id: 'north', name: 'North', sort_order: -1 })
    expect(again).toMatchObject({ data: { name: 'North' }, effects: [] })
  })

  it('never form a circle', async () => {
    for (const parent_id of ['sales', 'north']) {
      expect(await frame.refusal(update, 'boss', { department_id: 'sales', parent_id })).toEqual({
        key: 'department_cycle',
        fields: [],
      })
    }
    const outcomes = await Promise.allSettled([
      frame.run(update, 'boss', { department_id: 'sales', parent_id: 'lab' }),
      frame.run(update, 'boss', { department_id: 'lab', parent_id: 'sales' }),
    ])
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('are removed when nothing is in them, with the grants for them', async () => {
    await appoint(db(), 'local', { role: 'hr', department_id: 'lab' }, { role: 'auditor' })
    await hire(db(), 'amy', { department_id: 'lab' })
    expect(await frame.refusal(remove, 'boss', { department_id: 'lab' })).toEqual({
      key: 'department_not_empty',
      fields: [],
    })
    expect(await frame.refusal(remove, 'boss', { department_id: 'sales' })).toEqual({
      key: 'department_not_empty',
      fields: [],
    })
    await employees.update(db(), 'amy', { department_id: null }, NOW)
    const { data, effects } = await frame.run(remove, 'boss', { department_id: 'lab' })
    expect(data).toEqual({ department_id: 'lab' })
    expect(effects[0]).toEqual({ kind: 'employees_changed', employee_ids: ['local'] })
    await expectChanged(effects.slice(1), 1)
    expect(await employees.find(db(), 'local')).toMatchObject({ roles: [{ role: 'auditor' }] })
    expect(await departments.find(db(), 'lab')).toBeUndefined()
  })

  it('are not found when they are not there', async () => {
    const answer = { key: 'department_not_found', fields: [] }
    expect(await frame.refusal(get, 'hr', { department_id: 'none' })).toEqual(answer)
    expect(await frame.refusal(update, 'boss', { department_id: 'none', name: 'x' })).toEqual(answer)
    expect(await frame.refusal(remove, 'boss', { department_id: 'none' })).toEqual(answer)
    expect(await frame.refusal(list, 'hr', { parent_id: 'none' })).toEqual({ ...answer, fields: ['parent_id'] })
  })

  it('are shown one by one and in pages', async () => {
    expect((await frame.run(get, 'hr', { department_id: 'north' })).data).toMatchObject({ parent_id: 'sales' })
    const idsOf = async (input: Parameters<typeof list.handle>[1]) => {
      const { data } = await frame.run(list, 'hr', input)
      return { ids: data.departments.map((department) => department.department_id), next: data.next_cursor }
    }
    expect(await idsOf({})).toEqual({ ids: ['lab', 'north', 'sales'], next: null })
    expect(await idsOf({ parent_id: null })).toEqual({ ids: ['lab', 'sales'], next: null })
    expect(await idsOf({ parent_id: 'sales' })).toEqual({ ids: ['north'], next: null })
    const first = await idsOf({ limit: 2 })
    expect(first.ids).toEqual(['lab', 'north'])
    expect(await idsOf({ limit: 2, cursor: first.next ?? '' })).toEqual({ ids: ['sales'], next: null })
  })

  it('take only cursors that a page ended with', async () => {
    for (const cursor of ['!', 'bGFi=', 'bGF', Buffer.from("x' or '1'='1").toString('base64url'), 'a'.repeat(200)]) {
      expect(await frame.refusal(list, 'hr', { cursor })).toEqual({ key: 'invalid_fields', fields: ['cursor'] })
    }
  })

  describe('in org.tree', () => {
    it('come with the active people, as a directory shows them', async () => {
      await hire(db(), 'amy', { department_id: 'north', manager_id: 'boss', skills_badge: ['fast'] })
      await hire(db(), 'bot', { is_ai_agent: true, agent_profile: { webhook_endpoint: 'https://bot.test/' } })
      await hire(db(), 'gone')
      await employees.update(db(), 'gone', { status: 'disabled' }, NOW)
      const { data } = await frame.run(tree, 'amy', {})
      expect(data.version).toBe(0)
      expect(data.departments?.map((department) => department.department_id)).toEqual(['lab', 'north', 'sales'])
      expect(data.employees).toContainEqual({
        employee_id: 'amy',
        name: 'amy',
        department_id: 'north',
        manager_id: 'boss',
        is_ai_agent: false,
        skills_badge: ['fast'],
      })
      expect(data.employees?.map((employee) => employee.employee_id)).toEqual(['amy', 'boss', 'bot', 'hr'])
      expect(JSON.stringify(data)).not.toContain('bot.test')
    })

    it('are unchanged for whoever knows the version', async () => {
      await frame.run(create, 'boss', { name: 'Legal' })
      expect((await frame.run(tree, 'hr', { if_version: 1 })).data).toEqual({ version: 1, unchanged: true })
      const { data } = await frame.run(tree, 'hr', { if_version: 0 })
      expect(data).toMatchObject({ version: 1 })
      expect(data).not.toHaveProperty('unchanged')
    })

    it('are one department and what is below it when asked so', async () => {
      await found(db(), 'far-north', 'north')
      await hire(db(), 'amy', { department_id: 'far-north' })
      await hire(db(), 'ben', { department_id: 'lab' })
      const { data } = await frame.run(tree, 'hr', { department_id: 'sales' })
      expect(data.departments?.map((department) => department.department_id)).toEqual(['far-north', 'north', 'sales'])
      expect(data.employees?.map((employee) => employee.employee_id)).toEqual(['amy'])
      expect(await frame.refusal(tree, 'hr', { department_id: 'none' })).toEqual({
        key: 'department_not_found',
        fields: [],
      })
    })
  })

  it('are not entered while they go away', async () => {
    for (let round = 0; round < 5; round++) {
      await found(db(), `dept-${round}`)
      await hire(db(), `emp-${round}`)
      const [removed, moved] = await Promise.allSettled([
        frame.run(remove, 'boss', { department_id: `dept-${round}` }),
        frame.run(create, 'boss', { name: 'x', parent_id: `dept-${round}` }),
      ])
      expect([removed.status, moved.status].sort()).toEqual(['fulfilled', 'rejected'])
      const reason = removed.status === 'rejected' ? removed.reason : moved.status === 'rejected' && moved.reason
      expect(['department_not_empty', 'department_not_found']).toContain(reason.key)
    }
  })
})
