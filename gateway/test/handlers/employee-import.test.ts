import { type EmployeeRow, LIMITS, type OutputOf } from '@mchat/schema'
import { beforeEach, describe, expect, it } from 'vitest'
import { hashToken } from '#src/access/tokens.ts'
import { counters } from '#src/db/repositories/counters.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { departments } from '#src/db/repositories/departments.ts'
import { employees } from '#src/db/repositories/employees.ts'
import importRows from '#src/handlers/employee/import.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, NOW } from '../db/people.ts'
import { appoint, createFrame, kindsOf, only } from './frame.ts'

onEveryDatabase('employee.import', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared)
  const db = () => shared.current.kysely
  const run = (rows: EmployeeRow[], by = 'boss', dry_run = false) => frame.run(importRows, by, { rows, dry_run })
  const outcomes = ({ rows }: OutputOf<'employee.import'>): string[] => rows.map(({ outcome }) => outcome)
  const mistakes = ({ rows }: OutputOf<'employee.import'>): string[][] =>
    rows.map(({ errors }) => errors.map(({ field, rule }) => `${field} ${rule}`))

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'owner' })
    await appoint(db(), 'hr-sales', { role: 'hr', department_id: 'sales' })
    await found(db(), 'sales')
    await found(db(), 'north', 'sales')
    await found(db(), 'lab')
  })

  it('adds people with everything a row says, whichever row their manager is in', async () => {
    const { data } = await run([
      { employee_id: 'amy', name: 'Amy', department: 'sales / north', manager_id: 'zoe', skills_badge: 'sql; a\\;b' },
      { employee_id: 'zoe', name: 'Zoe', department_id: 'lab', roles: 'hr@lab; auditor', skills_badge: ['fast'] },
    ])
    expect(data.counts).toEqual({ created: 2, updated: 0, unchanged: 0, error: 0 })
    expect(await employees.find(db(), 'amy')).toMatchObject({
      name: 'Amy',
      department_id: 'north',
      manager_id: 'zoe',
      skills_badge: ['sql', 'a;b'],
      is_ai_agent: false,
      status: 'active',
    })
    expect(await employees.find(db(), 'zoe')).toMatchObject({
      department_id: 'lab',
      roles: [{ role: 'auditor' }, { role: 'hr', department_id: 'lab' }],
    })
  })

  it('answers a credential for each of the new, which together with what they share is a connection', async () => {
    const { data, effects } = await run([{ employee_id: 'amy', name: 'Amy' }, { name: 'Ben' }])
    expect(data.mqtt_connection).toMatchObject({ broker_host: 'broker.test' })
    for (const { credential, employee_id } of data.rows) {
      expect(credential?.mqtt_username).toBe(employee_id)
      const token = credential?.mqtt_password ?? ''
      expect(await credentials.findByTokenHash(db(), hashToken(token))).toMatchObject({ employee_id, client_id: null })
      expect(JSON.stringify(effects)).not.toContain(token)
    }
    expect(data.rows[1]?.employee_id).toMatch(/^emp_/)
  })

  it('changes the named fields of whoever is there, and leaves the others', async () => {
    await hire(db(), 'amy', { department_id: 'lab', manager_id: 'boss', skills_badge: ['sql'] })
    const { data } = await run([{ employee_id: 'amy', name: 'Amelie', manager_id: null, department: '' }])
    expect(outcomes(data)).toEqual(['updated'])
    expect(data.rows[0]).not.toHaveProperty('credential')
    expect(await employees.find(db(), 'amy')).toMatchObject({
      name: 'Amelie',
      department_id: 'lab',
      manager_id: null,
      skills_badge: ['sql'],
      version: 2,
    })
  })

  it('the same again changes nothing, and announces nothing', async () => {
    const rows = [
      { employee_id: 'amy', name: 'Amy', department: 'lab', roles: [{ role: 'auditor' }], status: 'active' },
    ]
    await run(rows)
    const before = [await employees.find(db(), 'amy'), await counters.get(db(), 'org')]
    const { data, effects } = await run(rows)
    expect(outcomes(data)).toEqual(['unchanged'])
    expect(effects).toEqual([])
    expect([await employees.find(db(), 'amy'), await counters.get(db(), 'org')]).toEqual(before)
  })

  it('a dry run says the same and does nothing', async () => {
    await hire(db(), 'ben')
    const rows = [
      { employee_id: 'amy', name: 'Amy' },
      { name: 'Zoe' },
      { employee_id: 'ben', name: 'B' },
      { name: 'boss' },
    ]
    const before = await counters.get(db(), 'org')
    const dry = await run(rows, 'boss', true)
    expect(dry.effects).toEqual([])
    expect(await employees.find(db(), 'amy')).toBeUndefined()
    expect(await counters.get(db(), 'org')).toBe(before)
    expect(JSON.stringify(dry.data)).not.toContain('credential')
    const { data } = await run(rows)
    expect(outcomes(data)).toEqual(outcomes(dry.data))
    expect(data.counts).toEqual(dry.data.counts)
  })

  it('does the good rows, and of the wrong ones nothing', async () => {
    await hire(db(), 'ben')
    const { data } = await run([
      { employee_id: 'amy', name: 'Amy' },
      { employee_id: 'ben', name: 'Benjamin', department: 'nowhere' },
      { employee_id: 'no id', name: 'x'.repeat(65) },
    ])
    expect(outcomes(data)).toEqual(['created', 'error', 'error'])
    expect(mistakes(data)).toEqual([[], ['department exists'], ['employee_id pattern', 'name maxLength']])
    expect((await employees.find(db(), 'ben'))?.name).toBe('ben')
  })

  describe('refuses a row', () => {
    it.each<[string, EmployeeRow, string]>([
      ['without a name for somebody new', { employee_id: 'amy' }, 'name required'],
      ['for an AI agent', { employee_id: 'bot', name: 'Bot' }, 'employee_id people_only'],
      ['with an id of the gateway', { employee_id: 'mchat', name: 'x' }, 'employee_id id_taken'],
      ['with a department that is not there', { name: 'x', department_id: 'none' }, 'department_id exists'],
      ['with two departments', { name: 'x', department_id: 'lab', department: 'sales' }, 'department same'],
      ['with a name that two departments have', { name: 'x', department: 'twin' }, 'department unique'],
      ['with a manager who is not there', { name: 'x', manager_id: 'none' }, 'manager_id exists'],
      ['with a manager who is disabled', { name: 'x', manager_id: 'gone' }, 'manager_id exists'],
      ['with a role that is none', { name: 'x', roles: 'king' }, 'roles[0].role enum'],
      ['with a limit that the role takes not', { name: 'x', roles: 'auditor@lab' }, 'roles[0].department_id unscoped'],
      ['with other roles than somebody has', { employee_id: 'ben', roles: 'auditor' }, 'roles challenge_required'],
      ['with another status', { employee_id: 'ben', status: 'disabled' }, 'status challenge_required'],
      ['for somebody new who is disabled', { name: 'x', status: 'disabled' }, 'status challenge_required'],
      ['for a namesake in the department without an id', { name: 'ben' }, 'name unique'],
    ])('%s', async (_what, row, mistake) => {
      await hire(db(), 'ben')
      await hire(db(), 'bot', { is_ai_agent: true, agent_profile: {} })
      await hire(db(), 'gone')
      await employees.update(db(), 'gone', { status: 'disabled' }, NOW)
      for (const department_id of ['twin-1', 'twin-2']) {
        await departments.insert(db(), { department_id, name: 'twin', parent_id: null, sort_order: 0, now: NOW })
      }
      expect(mistakes((await run([row], 'boss', true)).data)).toEqual([[mistake]])
      expect(mistakes((await run([row])).data)).toEqual([[mistake]])
    })

    it('that has the id of another, or its name and no id', async () => {
      const { data } = await run([
        { employee_id: 'amy', name: 'Amy' },
        { employee_id: 'amy', name: 'Other' },
        { name: 'Zoe' },
        { name: 'Zoe' },
        { name: 'Zoe', department: 'lab' },
      ])
      expect(mistakes(data)).toEqual([[], ['employee_id unique'], [], ['name unique'], []])
    })

    it('without an id that has the name of a row with one, wherever the file is divided', async () => {
      const named = { employee_id: 'amy', name: 'Amy', department: 'lab' }
      const unnamed = { name: 'Amy', department: 'lab' }
      const together = await run([named, unnamed], 'boss', true)
      expect(mistakes(together.data)).toEqual([[], ['name unique']])
      await run([named])
      expect(mistakes((await run([unnamed])).data)).toEqual([['name unique']])
    })

    it('whose manager would be in a wrong one, and whoever would report to that', async () => {
      const { data } = await run([
        { employee_id: 'a', name: 'A', manager_id: 'b' },
        { employee_id: 'b', name: 'B', manager_id: 'c' },
        { employee_id: 'c', name: 'C', department: 'nowhere' },
        { employee_id: 'd', name: 'D' },
      ])
      expect(mistakes(data)).toEqual([['manager_id exists'], ['manager_id exists'], ['department exists'], []])
    })

    it('in a circle of managers, through people who are there, too', async () => {
      await hire(db(), 'top')
      await hire(db(), 'mid', { manager_id: 'top' })
      const { data } = await run([
        { employee_id: 'top', manager_id: 'low' },
        { employee_id: 'low', name: 'Low', manager_id: 'mid' },
        { employee_id: 'own', name: 'Own', manager_id: 'own' },
        { employee_id: 'side', name: 'Side', manager_id: 'mid' },
      ])
      const circle = ['manager_id manager_cycle']
      expect(mistakes(data)).toEqual([circle, circle, circle, []])
      expect((await employees.find(db(), 'side'))?.manager_id).toBe('mid')
    })
  })

  it('lets two people change places', async () => {
    await hire(db(), 'top')
    await hire(db(), 'mid', { manager_id: 'top' })
    const { data } = await run([
      { employee_id: 'top', manager_id: 'mid' },
      { employee_id: 'mid', manager_id: null },
    ])
    expect(outcomes(data)).toEqual(['updated', 'updated'])
  })

  it('judges each row as employee.create and employee.update would', async () => {
    await hire(db(), 'ann', { department_id: 'north' })
    await hire(db(), 'lab-rat', { department_id: 'lab' })
    const { data } = await run(
      [
        { name: 'In', department: 'sales/north' },
        { name: 'Out', department: 'lab' },
        { name: 'Nowhere' },
        { employee_id: 'ann', name: 'Anne' },
        { employee_id: 'ann-2', name: 'Ann', department: 'sales', roles: 'hr@north' },
        { employee_id: 'ann-3', name: 'Ann', department: 'sales', roles: 'hr' },
        { employee_id: 'ann-4', name: 'Ann', department: 'sales', roles: 'owner' },
        { employee_id: 'lab-rat', name: 'Mine' },
        { employee_id: 'lab-rat', department: 'sales' },
        { employee_id: 'hr-sales', name: 'Me' },
      ],
      'hr-sales',
    )
    expect(mistakes(data)).toEqual([
      [],
      ['department_id forbidden'],
      ['department_id forbidden'],
      [],
      [],
      ['roles covers_roles_given'],
      ['roles covers_roles_given'],
      ['employee_id forbidden'],
      ['employee_id forbidden', 'employee_id unique'],
      [],
    ])
    const moved = await run([{ employee_id: 'ann', department: 'lab' }], 'hr-sales')
    expect(mistakes(moved.data)).toEqual([['department_id manages_new_department']])
  })

  it('is not for whoever manages nobody', async () => {
    await hire(db(), 'amy')
    const outcome = await frame.refusal(importRows, 'amy', { rows: [{ name: 'x' }] })
    expect(outcome).toEqual({ key: 'forbidden', fields: [] })
  })

  it('announces every change, and the new version of the organisation once', async () => {
    await hire(db(), 'ben')
    const { effects } = await run([
      { employee_id: 'amy', name: 'Amy', roles: 'auditor' },
      { employee_id: 'ben', name: 'Benjamin' },
      { employee_id: 'boss', name: 'boss' },
    ])
    expect(kindsOf(effects)).toEqual(['employees_changed', 'access_given', 'profile', 'profile', 'org_changed'])
    expect(only(effects, 'employees_changed')[0]?.employee_ids).toEqual(['amy', 'ben'])
    expect(only(effects, 'access_given')[0]?.employee_ids).toEqual(['amy'])
    expect(only(effects, 'profile').map(({ event }) => [event.event, event.fields])).toEqual([
      ['created', []],
      ['updated', ['name']],
    ])
    expect(JSON.stringify(only(effects, 'profile'))).not.toContain('auditor')
  })

  it('of more than can be answered does nothing', async () => {
    const long = 'x'.repeat(40)
    const rows = Array.from({ length: LIMITS.importRows }, (_, i) => ({
      employee_id: `${long}${i}`,
      name: '\n',
      department: 'none',
      manager_id: '!',
      status: '?',
    }))
    const refusal = await frame.refusal(importRows, 'boss', { rows: [...rows.slice(1), { name: 'Good' }] })
    expect(refusal.key).toBe('answer_too_large')
    expect((await employees.list(db(), { query: 'Good', includeDisabled: true, limit: 1 })).length).toBe(0)
  })
})
