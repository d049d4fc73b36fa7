import { ACTION_NAMES, ACTIONS, type ActionDefinition, type ActionName, RULES } from '@mchat/schema'
import { beforeEach, expect, it } from 'vitest'
import { employees } from '#src/db/repositories/employees.ts'
import explain from '#src/handlers/authz/explain.ts'
import deleteDepartment from '#src/handlers/department/delete.ts'
import updateEmployee from '#src/handlers/employee/update.ts'
import transferGroup from '#src/handlers/group/transfer.ts'
import { authorise } from '#src/policies/authorise.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, NOW } from '../db/people.ts'
import { appoint, assemble, createFrame } from './frame.ts'

onEveryDatabase('authz.explain', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared)
  const db = () => shared.current.kysely
  const ask = async (callerId: string, employee_id: string, for_action: ActionName, fields: object = {}) =>
    (await frame.run(explain, callerId, { employee_id, for_action, fields: { ...fields } })).data

  beforeEach(async () => {
    await found(db(), 'sales')
    await appoint(db(), 'boss', { role: 'owner' })
    await hire(db(), 'amy', { department_id: 'sales' })
    await appoint(db(), 'hr', { role: 'hr', department_id: 'sales' }, { role: 'auditor' })
    await assemble(db(), 'g', 'amy', 'hr')
  })

  it('names the rule, the condition that decides, and the role behind it', async () => {
    expect(await ask('boss', 'hr', 'employee.delete', { employee_id: 'amy' })).toEqual({
      employee_id: 'hr',
      for_action: 'employee.delete',
      allowed: true,
      reason: null,
      rule: 'employee_manage',
      who: RULES.employee_manage.text,
      alternatives: [
        {
          met: true,
          conditions: [
            expect.objectContaining({ condition: 'manages_employee', met: true }),
            expect.objectContaining({ condition: 'covers_employee', met: true }),
          ],
        },
        {
          met: false,
          conditions: [
            expect.objectContaining({ met: false }),
            expect.not.objectContaining({ met: expect.anything() }),
          ],
        },
      ],
      fields: [],
      granted_by: [{ role: 'hr', department_id: 'sales' }],
      sensitive: true,
    })
    const other = await ask('boss', 'hr', 'employee.delete', { employee_id: 'boss' })
    expect(other).toMatchObject({ allowed: false, reason: 'forbidden', granted_by: [] })
    expect(other.alternatives.every(({ met }) => !met)).toBe(true)
  })

  it('says what a group asks for', async () => {
    const member = await ask('boss', 'hr', 'group.dismiss', { group_id: 'g' })
    expect(member).toMatchObject({ allowed: false, reason: 'not_group_owner' })
    expect(member.alternatives[0]?.conditions.map(({ met }) => met)).toEqual([true, false])
    expect(await ask('boss', 'amy', 'group.dismiss', { group_id: 'g' })).toMatchObject({
      allowed: true,
      granted_by: [],
    })
  })

  it('judges fields with conditions of their own', async () => {
    const fields = { employee_id: 'amy', updates: { name: 'x', roles: [{ role: 'owner' }] } }
    const answer = await ask('boss', 'hr', 'employee.update', fields)
    expect(answer).toMatchObject({ allowed: false, reason: 'field_forbidden' })
    expect(answer.fields.map(({ allowed, field }) => [field, allowed])).toEqual([
      ['updates.name', true],
      ['updates.roles', false],
    ])
  })

  it('knows that a disabled employee may nothing', async () => {
    await employees.update(db(), 'amy', { status: 'disabled' }, NOW)
    expect(await ask('boss', 'amy', 'config.server')).toMatchObject({ allowed: false, reason: 'session_revoked' })
  })

  it('refuses an action that is not there', async () => {
    const input = { for_action: 'employee.fire' }
    expect(await frame.refusal(explain, 'amy', input)).toEqual({ key: 'invalid_fields', fields: ['for_action'] })
    expect(await frame.refusal(explain, 'boss', { employee_id: 'none', for_action: 'config.server' })).toEqual({
      key: 'employee_not_found',
      fields: [],
    })
  })

  it('tells a stranger the same of a group that is there and of one that is not', async () => {
    const inGroups = ACTION_NAMES.filter((name) => Object.hasOwn(ACTIONS[name].input.properties, 'group_id'))
    expect(inGroups.length).toBeGreaterThan(10)
    await hire(db(), 'eve')
    for (const action of inGroups) {
      const about = (group_id: string) =>
        ask('eve', 'eve', action, { group_id, employee_id: 'amy', member_ids: ['amy'], updates: { name: 'x' } })
      const [there, missing] = [await about('g'), await about('none')]
      expect(there.alternatives, action).toEqual(missing.alternatives)
      expect([there.allowed, there.reason], action).toEqual([missing.allowed, missing.reason])
    }
  })

  it('tells nobody who is in a group that they cannot see', async () => {
    const definition: ActionDefinition = ACTIONS['authz.explain']
    const facts = {
      employee: async (employeeId: string) => {
        const row = await employees.find(db(), employeeId)
        return row && { employeeId, isAgent: row.is_ai_agent, departmentId: row.department_id, roles: row.roles }
      },
      group: (groupId: string) => (groupId === 'other' ? { members: new Map([['amy', 'owner' as const]]) } : undefined),
      session: () => undefined,
      parents: () => new Map([['sales', null]]),
    }
    const hr = await employees.find(db(), 'hr')
    const employee = {
      employeeId: 'hr',
      name: 'hr',
      active: true,
      isAgent: false,
      departmentId: null,
      managerId: null,
      roles: hr?.roles ?? [],
    }
    const input = { employee_id: 'amy', for_action: 'group.dismiss', fields: { group_id: 'other' } }
    const judge = async () => await authorise(definition, { employee, facts, membersMayCreateGroups: true }, input)
    await expect(judge()).rejects.toMatchObject({ key: 'not_group_member' })
  })

  it('says of what is not there what the request would be answered, and takes no condition about it for met', async () => {
    const nobody = { employee_id: 'no-such-person', updates: { name: 'x' } }
    const noDepartment = { department_id: 'nowhere' }
    const stranger = { group_id: 'g', employee_id: 'boss' }
    const asked = [
      ['hr', 'employee.update', updateEmployee, nobody],
      ['boss', 'employee.update', updateEmployee, nobody],
      ['boss', 'employee.update', updateEmployee, { employee_id: 'amy', updates: { department_id: 'nowhere' } }],
      ['boss', 'employee.update', updateEmployee, { employee_id: 'amy', updates: { manager_id: 'no-such-person' } }],
      ['boss', 'department.delete', deleteDepartment, noDepartment],
      ['amy', 'group.transfer', transferGroup, stranger],
    ] as const
    for (const [who, action, handler, fields] of asked) {
      const real = await frame.refusal(handler as typeof updateEmployee, who, fields as never)
      expect(real.key).toMatch(/_not_found$/)
      expect(await ask('boss', who, action, fields)).toMatchObject({
        allowed: false,
        reason: real.key,
        granted_by: [],
      })
    }
    const { alternatives, fields } = await ask('boss', 'hr', 'employee.update', nobody)
    expect([...alternatives, ...fields].some((each) => ('met' in each ? each.met : each.allowed))).toBe(false)
    expect(await ask('boss', 'hr', 'department.delete', noDepartment)).toMatchObject({ reason: 'forbidden' })
    expect(await ask('boss', 'boss', 'group.dismiss', { group_id: 'gone' })).toMatchObject({
      reason: 'group_not_found',
    })
    // The id of what is to be made is not there yet.
    expect(await ask('boss', 'boss', 'employee.create', { employee_id: 'eve', name: 'Eve' })).toMatchObject({
      allowed: true,
    })
  })

  it('allows nothing by conditions about what is not there', async () => {
    const fields = {
      employee_id: 'none',
      department_id: 'none',
      parent_id: 'none',
      client_id: 'none_x',
      group_id: 'none',
    }
    for (const action of ACTION_NAMES) {
      const { allowed, alternatives } = await ask('boss', 'boss', action, fields)
      if (allowed)
        expect(
          alternatives.some(({ met }) => met),
          action,
        ).toBe(true)
    }
  })

  it('has an answer for every action', async () => {
    for (const action of ACTION_NAMES) {
      const { allowed, reason } = await ask('boss', 'amy', action)
      expect(allowed, action).toBe(reason === null)
    }
  })
})
