import { beforeEach, describe, expect, it } from 'vitest'
import { hashToken } from '#src/access/tokens.ts'
import { clientSessions } from '#src/db/repositories/client-sessions.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { departments } from '#src/db/repositories/departments.ts'
import { employees } from '#src/db/repositories/employees.ts'
import { groups } from '#src/db/repositories/groups.ts'
import { members } from '#src/db/repositories/members.ts'
import remove from '#src/handlers/employee/delete.ts'
import reset from '#src/handlers/employee/reset-credentials.ts'
import memberAdd from '#src/handlers/group/member-add.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { gather, hire, hireAll, LATER, NOW } from '../db/people.ts'
import { appoint, assemble, createFrame, kindsOf, only, openSession, rolesIn } from './frame.ts'

onEveryDatabase('employee.delete', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, {}, LATER)
  const db = () => shared.current.kysely

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'owner' })
    await hireAll(db(), 'amy', 'ben', 'cy', 'dee')
  })

  it('disables, ends every session and credential, and leaves every group', async () => {
    await openSession(db(), 'amy_web_1', 'amy')
    await assemble(db(), 'g1', 'ben', 'amy', 'cy')
    await assemble(db(), 'g2', 'cy', 'amy')
    await assemble(db(), 'g3', 'ben', 'cy')
    const { data, effects } = await frame.run(remove, 'boss', { employee_id: 'amy' })
    expect(data).toEqual({ employee_id: 'amy', left_group_ids: ['g1', 'g2'], report_ids: [] })
    expect(await employees.find(db(), 'amy')).toMatchObject({ status: 'disabled', version: 2 })
    expect(await clientSessions.find(db(), 'amy_web_1')).toMatchObject({ end_reason: 'disabled' })
    expect(await credentials.find(db(), 'cred-amy_web_1')).toMatchObject({ revoked_at: LATER })
    expect(await rolesIn(db(), 'g1')).toEqual({ ben: 'owner', cy: 'member' })
    expect(effects.slice(0, 7)).toEqual([
      { kind: 'employees_changed', employee_ids: ['amy'] },
      { kind: 'sessions_changed', client_ids: ['amy_web_1'] },
      { kind: 'group_changed', group_id: 'g1' },
      { kind: 'group_changed', group_id: 'g2' },
      { kind: 'access_changed', employee_ids: ['amy'] },
      {
        kind: 'system_to_group',
        group_id: 'g1',
        message: {
          action: 'member_removed',
          group_id: 'g1',
          name: 'g1',
          operator_id: 'boss',
          employee_ids: ['amy'],
        },
      },
      expect.objectContaining({ kind: 'system_to_group', group_id: 'g2' }),
    ])
    expect(kindsOf(effects).slice(7)).toEqual(['profile', 'org_changed'])
    expect(only(effects, 'profile')[0]?.event).toMatchObject({ event: 'disabled', fields: ['status'] })
  })

  it('tells which skills an agent takes along', async () => {
    await hire(db(), 'bot', { is_ai_agent: true, agent_profile: { capabilities: ['sql'] } })
    const { effects } = await frame.run(remove, 'boss', { employee_id: 'bot' })
    expect(only(effects, 'capabilities_changed')[0]?.skills).toEqual(['sql'])
  })

  describe('of the owner of a group', () => {
    const join = (id: string, role: 'owner' | 'admin' | 'member', joined: Date) =>
      members.add(db(), 'g1', [{ employee_id: id, role }], joined)

    beforeEach(async () => {
      await gather(db(), 'g1', 'amy')
      await join('amy', 'owner', NOW)
    })

    it('hands it to the longest-serving admin', async () => {
      await join('ben', 'member', NOW)
      await join('dee', 'admin', NOW)
      await join('cy', 'admin', LATER)
      const { effects } = await frame.run(remove, 'boss', { employee_id: 'amy' })
      expect(await rolesIn(db(), 'g1')).toEqual({ ben: 'member', cy: 'admin', dee: 'owner' })
      const notices = only(effects, 'system_to_group').map((effect) => effect.message)
      expect(notices.map((notice) => notice.action)).toEqual(['member_removed', 'owner_changed'])
      expect(notices[1]).toMatchObject({ employee_ids: ['dee'], role: 'owner', operator_id: 'boss' })
    })

    it('hands it to the longest-serving member where there is no admin', async () => {
      await join('ben', 'member', LATER)
      await join('cy', 'member', NOW)
      await frame.run(remove, 'boss', { employee_id: 'amy' })
      expect(await rolesIn(db(), 'g1')).toEqual({ ben: 'member', cy: 'owner' })
    })

    it('hands it to somebody disabled only when nobody else is left', async () => {
      await join('ben', 'admin', NOW)
      await join('cy', 'member', LATER)
      await employees.update(db(), 'ben', { status: 'disabled' }, NOW)
      await frame.run(remove, 'boss', { employee_id: 'amy' })
      expect(await rolesIn(db(), 'g1')).toEqual({ ben: 'admin', cy: 'owner' })
      await frame.run(remove, 'boss', { employee_id: 'cy' })
      expect(await rolesIn(db(), 'g1')).toEqual({ ben: 'owner' })
    })

    it('dismisses it when nobody is left', async () => {
      const { data, effects } = await frame.run(remove, 'boss', { employee_id: 'amy' })
      expect(data.left_group_ids).toEqual(['g1'])
      expect(await groups.find(db(), 'g1')).toBeUndefined()
      expect(only(effects, 'system_to_group')).toEqual([])
    })
  })

  describe('with somebody to hand over to', () => {
    const managerOf = async (id: string) => (await employees.find(db(), id))?.manager_id
    const manage = (manager_id: string, ...ids: string[]) =>
      Promise.all(ids.map((id) => employees.update(db(), id, { manager_id }, NOW)))

    it('gives them the groups they are in, and nobody a group they are not in', async () => {
      await assemble(db(), 'g1', 'amy', 'ben', 'cy')
      await assemble(db(), 'g2', 'amy', 'ben')
      await frame.run(remove, 'boss', { employee_id: 'amy', hand_over_to: 'cy' })
      expect(await rolesIn(db(), 'g1')).toEqual({ ben: 'member', cy: 'owner' })
      expect(await rolesIn(db(), 'g2')).toEqual({ ben: 'owner' })
    })

    it('gives them those who reported to the leaver', async () => {
      await manage('boss', 'amy')
      await manage('amy', 'ben', 'cy')
      const { data, effects } = await frame.run(remove, 'boss', { employee_id: 'amy', hand_over_to: 'dee' })
      expect(data.report_ids).toEqual(['ben', 'cy'])
      expect(await Promise.all(['ben', 'cy', 'dee'].map(managerOf))).toEqual(['dee', 'dee', null])
      const events = only(effects, 'profile').map(({ event }) => [event.employee_id, event.event, event.fields])
      expect(events).toEqual([
        ['ben', 'updated', ['manager_id']],
        ['cy', 'updated', ['manager_id']],
        ['amy', 'disabled', ['status']],
      ])
      expect(only(effects, 'employees_changed').flatMap(({ employee_ids }) => employee_ids)).toEqual([
        'amy',
        'ben',
        'cy',
      ])
    })

    it('gives nobody whom the caller does not manage another manager than that of the leaver', async () => {
      for (const id of ['a', 'b']) {
        await departments.insert(db(), { department_id: id, name: id, parent_id: null, sort_order: 0, now: NOW })
      }
      await appoint(db(), 'hr', { role: 'hr', department_id: 'a' })
      const place = (department_id: string, ...ids: string[]) =>
        Promise.all(ids.map((id) => employees.update(db(), id, { department_id }, NOW)))
      await place('a', 'amy', 'ben', 'dee')
      await place('b', 'cy')
      await manage('boss', 'amy')
      await manage('amy', 'ben', 'cy')
      await frame.run(remove, 'hr', { employee_id: 'amy', hand_over_to: 'dee' })
      expect(await Promise.all(['ben', 'cy'].map(managerOf))).toEqual(['dee', 'boss'])
      await manage('dee', 'ben')
      await frame.run(remove, 'hr', { employee_id: 'dee', hand_over_to: 'cy' })
      expect(await managerOf('ben')).toBeNull()
    })

    it('makes no circle of an heir who is somewhere below', async () => {
      await manage('boss', 'amy')
      await manage('amy', 'ben')
      await manage('ben', 'cy')
      await frame.run(remove, 'boss', { employee_id: 'amy', hand_over_to: 'cy' })
      expect(await Promise.all(['ben', 'cy'].map(managerOf))).toEqual(['cy', 'boss'])
    })

    it('refuses an heir who is not there, disabled, an agent, or the leaver, and changes nothing', async () => {
      await hire(db(), 'bot', { is_ai_agent: true })
      await employees.update(db(), 'dee', { status: 'disabled' }, NOW)
      for (const hand_over_to of ['none', 'dee', 'bot', 'amy']) {
        const refused = await frame.refusal(remove, 'boss', { employee_id: 'amy', hand_over_to })
        expect(refused).toEqual({ key: 'employee_not_found', fields: ['hand_over_to'] })
      }
      expect(await employees.find(db(), 'amy')).toMatchObject({ status: 'active' })
    })
  })

  it('gives those who reported to a leaver their manager', async () => {
    await employees.update(db(), 'amy', { manager_id: 'boss' }, NOW)
    for (const id of ['ben', 'cy']) await employees.update(db(), id, { manager_id: 'amy' }, NOW)
    await frame.run(remove, 'boss', { employee_id: 'amy' })
    for (const id of ['ben', 'cy']) expect(await employees.find(db(), id)).toMatchObject({ manager_id: 'boss' })
  })

  it('does what is left to do for somebody who was disabled already', async () => {
    await assemble(db(), 'g1', 'ben', 'amy')
    await employees.update(db(), 'amy', { status: 'disabled' }, NOW)
    const { data, effects } = await frame.run(remove, 'boss', { employee_id: 'amy' })
    expect(data.left_group_ids).toEqual(['g1'])
    expect(kindsOf(effects)).toEqual(['employees_changed', 'group_changed', 'access_changed', 'system_to_group'])
    expect((await frame.run(remove, 'boss', { employee_id: 'amy' })).data.left_group_ids).toEqual([])
  })

  it('refuses unknown employees, the last owner, and those who have more than the caller', async () => {
    await appoint(db(), 'adm', { role: 'admin' })
    await appoint(db(), 'eve', { role: 'auditor' })
    expect(await frame.refusal(remove, 'boss', { employee_id: 'none' })).toEqual({
      key: 'employee_not_found',
      fields: [],
    })
    expect(await frame.refusal(remove, 'boss', { employee_id: 'boss' })).toEqual({ key: 'last_owner', fields: [] })
    expect(await frame.refusal(remove, 'adm', { employee_id: 'eve' })).toEqual({ key: 'forbidden', fields: [] })
    expect(await frame.refusal(remove, 'adm', { employee_id: 'boss' })).toEqual({ key: 'forbidden', fields: [] })
  })

  it('leaves nobody behind in a group they are being added to', async () => {
    for (let round = 0; round < 5; round++) {
      const id = `new-${round}`
      await hire(db(), id)
      await assemble(db(), `group-${round}`, 'ben')
      const [, added] = await Promise.allSettled([
        frame.run(remove, 'boss', { employee_id: id }),
        frame.run(memberAdd, 'ben', { group_id: `group-${round}`, member_ids: [id] }),
      ])
      if (added.status === 'rejected') expect(added.reason.key).toBe('employee_not_found')
      expect(await rolesIn(db(), `group-${round}`)).toEqual({ ben: 'owner' })
    }
  })
})

onEveryDatabase('employee.reset_credentials', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, {}, LATER)
  const db = () => shared.current.kysely

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'owner' })
    await hire(db(), 'amy')
    await openSession(db(), 'amy_web_1', 'amy')
    await openSession(db(), 'amy_phone_1', 'amy', true)
  })

  it('replaces every credential by one and ends every session', async () => {
    const { data, effects } = await frame.run(reset, 'boss', { employee_id: 'amy' })
    expect(data).toMatchObject({ employee_id: 'amy', mqtt_connection: { mqtt_username: 'amy' } })
    const token = data.mqtt_connection.mqtt_password ?? ''
    expect(await credentials.findByTokenHash(db(), hashToken(token))).toMatchObject({ client_id: null })
    for (const clientId of ['amy_web_1', 'amy_phone_1']) {
      expect(await credentials.find(db(), `cred-${clientId}`)).toMatchObject({ revoked_at: LATER })
      expect(await clientSessions.find(db(), clientId)).toMatchObject({ end_reason: 'revoked' })
    }
    expect(effects).toEqual([
      { kind: 'sessions_changed', client_ids: ['amy_phone_1', 'amy_web_1'] },
      { kind: 'access_changed', employee_ids: ['amy'] },
    ])
  })

  it('lets everything go on until the overlap is over, and not a moment longer than it would have', async () => {
    const overlap_minutes = 60
    const until = new Date(LATER.getTime() + overlap_minutes * 60_000)
    const { data, effects } = await frame.run(reset, 'boss', {
      employee_id: 'amy',
      overlap_minutes,
      expires_in_days: 90,
    })
    const expires_at = new Date(LATER.getTime() + 90 * 86_400_000)
    expect(data.mqtt_connection.expires_at).toBe(expires_at.toISOString())
    expect(await credentials.findByTokenHash(db(), hashToken(data.mqtt_connection.mqtt_password ?? ''))).toMatchObject({
      expires_at,
    })
    for (const clientId of ['amy_web_1', 'amy_phone_1']) {
      expect(await credentials.find(db(), `cred-${clientId}`)).toMatchObject({ revoked_at: null, expires_at: until })
      expect(await clientSessions.find(db(), clientId)).toMatchObject({ ended_at: null, expires_at: until })
    }
    expect(kindsOf(effects)).toEqual(['sessions_changed', 'access_changed'])
    await frame.run(reset, 'boss', { employee_id: 'amy', overlap_minutes: 120 })
    expect(await credentials.find(db(), 'cred-amy_web_1')).toMatchObject({ expires_at: until })
  })

  it('is for oneself without an employee_id', async () => {
    const { data } = await frame.run(reset, 'amy', {})
    expect(data.employee_id).toBe('amy')
  })

  it('gives nobody the credential of somebody who has more', async () => {
    await appoint(db(), 'hr', { role: 'hr' })
    expect(await frame.refusal(reset, 'hr', { employee_id: 'boss' })).toEqual({ key: 'forbidden', fields: [] })
    await frame.run(reset, 'hr', { employee_id: 'amy' })
  })

  it('refuses the unknown and the disabled alike', async () => {
    await employees.update(db(), 'amy', { status: 'disabled' }, NOW)
    const answer = { key: 'employee_not_found', fields: ['employee_id'] }
    expect(await frame.refusal(reset, 'boss', { employee_id: 'amy' })).toEqual(answer)
    expect(await frame.refusal(reset, 'boss', { employee_id: 'none' })).toEqual(answer)
  })

  it('leaves one credential when asked twice at the same time', async () => {
    const answers = await Promise.all([1, 2].map(() => frame.run(reset, 'boss', { employee_id: 'amy' })))
    const found = await Promise.all(
      answers.map(({ data }) => credentials.findByTokenHash(db(), hashToken(data.mqtt_connection.mqtt_password ?? ''))),
    )
    expect(found.filter((credential) => credential !== undefined)).toHaveLength(1)
  })
})
