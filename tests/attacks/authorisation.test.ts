import { expect, test } from 'vitest'
import { ACTION_NAMES, ACTIONS, type ActionDefinition, type ActionName, type Response } from '../../schema/src/index.ts'
import { EXAMPLES } from '../../schema/test/examples.ts'
import type { Device } from '../kit/device.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { expectAlive, newCanary } from './attacker.ts'

/** What everybody may call, each about what is their own. */
const OPEN = ['connection', 'everyone', 'conversation', 'group_create', 'group_list', 'file_upload']
const GUARDED = ACTION_NAMES.filter((name) => !OPEN.includes(ACTIONS[name].rule))

/** The answer without what names the request. */
const bodyOf = ({ code, data, message, reason }: Response): object => ({ code, data, message, reason })

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

onEveryBroker('somebody without rights', (bench) => {
  /** One after the other, so that each gateway gets one. */
  const onEachGateway = async (ask: () => Promise<Response>): Promise<Response[]> => {
    const answers: Response[] = []
    while (answers.length < bench.gateways) answers.push(await ask())
    return answers
  }
  /** A group of others, and somebody who is not in it. */
  const arrange = async () => {
    const gateway = bench.current
    const [boss, member, outsider] = [await gateway.hire(), await gateway.hire(), await gateway.hire()]
    const { group_id } = await gateway.foundGroup({ owner: boss, members: [member] })
    return { boss: await boss.connect(), eve: await outsider.connect(), group_id, memberId: member.id }
  }

  test('T27: is refused every action that takes any, and the audited ones leave a row', async () => {
    const gateway = bench.current
    const { boss, eve, group_id, memberId } = await arrange()
    const about = (action: ActionName): object => {
      const input = EXAMPLES[action]?.input
      const text = JSON.stringify({ employee_id: memberId, ...input })
        .replaceAll('"emp_1"', `"${boss.employeeId}"`)
        .replaceAll(/"emp_[23]"/g, `"${memberId}"`)
        .replaceAll('"emp_1_phone_9f"', `"${boss.clientId}"`)
        .replaceAll('"grp_1"', `"${group_id}"`)
      return { ...JSON.parse(text), ...(action === 'department.create' ? { parent_id: null } : {}) }
    }
    const before = await gateway.dump()
    for (const action of GUARDED) {
      for (const { code, reason } of await onEachGateway(() => eve.request(action, about(action)))) {
        expect([403, 404], `${action} ${code} ${reason}`).toContain(code)
      }
    }
    expect(await gateway.dump()).toEqual(before)
    const rows = await gateway.database.kysely
      .selectFrom('audit_log')
      .select(['action', 'code'])
      .where('client_id', '=', eve.clientId)
      .execute()
    const audited = GUARDED.filter((name) => (ACTIONS[name] as ActionDefinition).audited !== undefined)
    expect([...new Set(rows.map(({ action }) => action))].sort()).toEqual(audited.sort())
    expect(rows.filter(({ code }) => code < 400)).toEqual([])
    // It is the caller that was at fault.
    const office = await gateway.office
    for (const action of ['group.get', 'employee.update', 'audit.list', 'department.create'] as const) {
      expect(
        await office.request(action, { ...about(action), if_version: undefined, updates: { name: 'x' } }),
      ).toMatchObject({ code: 0 })
    }
  })

  test('T28: gives nobody, oneself least of all, what only administrators give', async () => {
    const gateway = bench.current
    const person = await gateway.hire()
    const [eve, office] = [await person.connect(), await gateway.office]
    const { department_id } = await gateway.foundDepartment()
    const before = await office.call('employee.get', { employee_id: person.id })
    const attempts: readonly object[] = [
      { roles: [{ role: 'admin' }] },
      { roles: [{ role: 'member' }] },
      { status: 'disabled' },
      { manager_id: person.id },
      { department_id },
      { agent_profile: { webhook_endpoint: 'https://evil.example/' } },
      { name: 'Eve', roles: [{ role: 'owner' }] },
    ]
    for (const updates of attempts) {
      const answer = await eve.request('employee.update', { employee_id: person.id, updates })
      expect(answer.code, JSON.stringify(updates)).toBe(403)
    }
    // Fields that there are not do nothing.
    const extras = { name: before.name, role: 'admin', is_ai_agent: true, employee_id: 'admin', created_at: '1999' }
    const ignored = { employee_id: person.id, updates: extras, roles: [{ role: 'admin' }], is_ai_agent: true }
    expect((await eve.request('employee.update', ignored)).code).toBe(0)
    const after = await office.call('employee.get', { employee_id: person.id })
    expect({ ...after, version: 0, updated_at: '' }).toEqual({ ...before, version: 0, updated_at: '' })

    const hr = await (await gateway.hire({ roles: [{ role: 'hr' }] })).connect()
    for (const [target, role] of [
      [hr.employeeId, 'admin'],
      [hr.employeeId, 'owner'],
      [person.id, 'owner'],
      [gateway.admin.id, 'member'],
    ]) {
      const input = { employee_id: target, updates: { roles: [{ role }] } }
      for (const answer of await onEachGateway(() => hr.request('employee.update', input))) {
        expect(answer.code, `${target} ${role}`).toBe(403)
      }
    }
    expect((await hr.request('employee.update', { employee_id: person.id, updates: { name: 'Robin' } })).code).toBe(0)
  })

  test('T29: learns nothing about groups, sessions and messages of others, not even which there are', async () => {
    const { boss, eve, group_id, memberId } = await arrange()
    const { msg_id } = await boss.call('msg.send_group', { group_id, content: newCanary() })
    const ofGroup = (id: string): readonly (readonly [string, object])[] => [
      ['group.get', { group_id: id }],
      ['group.member_list', { group_id: id }],
      ['group.member_add', { group_id: id, member_ids: [eve.employeeId] }],
      ['group.member_remove', { group_id: id, member_ids: [memberId] }],
      ['group.update', { group_id: id, name: 'x' }],
      ['group.dismiss', { group_id: id }],
      ['group.leave', { group_id: id }],
      ['group.transfer', { group_id: id, employee_id: eve.employeeId }],
      ['group.set_role', { group_id: id, employee_id: eve.employeeId, role: 'admin' }],
      ['msg.send_group', { group_id: id, content: 'x' }],
      ['msg.read_ack', { msg_id, conversation_type: 'group', group_id: id }],
      ['msg.recall', { msg_id, conversation_type: 'group', group_id: id }],
      ['msg.react', { msg_id, conversation_type: 'group', group_id: id, emoji: 'x' }],
    ]
    const missing = ofGroup('grp_00000000000000000000')
    for (const [i, [action, input]] of ofGroup(group_id).entries()) {
      const [existing, absent] = [await eve.request(action, input), await eve.request(action, missing[i]?.[1] ?? {})]
      expect(existing.code, action).toBe(403)
      expect(bodyOf(absent), action).toEqual(bodyOf(existing))
    }
    const sessions = [boss.clientId, `${boss.employeeId}_none_1`]
    const [existing, absent] = [
      await eve.request('session.revoke', { client_id: sessions[0] }),
      await eve.request('session.revoke', { client_id: sessions[1] }),
    ]
    expect(existing.code).toBe(404)
    expect(bodyOf(absent)).toEqual(bodyOf(existing))
    // A message of others is answered like one that never was.
    const [real, invented] = [msg_id, `msg_${'a'.repeat(29)}`].map((id) => ({
      msg_id: id,
      conversation_type: 'private',
      peer_employee_id: boss.employeeId,
    }))
    for (const action of ['msg.read_ack', 'msg.recall']) {
      const answers = [await eve.request(action, real), await eve.request(action, invented)]
      expect(answers[0]?.code, action).toBeGreaterThanOrEqual(400)
      expect(bodyOf(answers[1] as Response), action).toEqual(bodyOf(answers[0] as Response))
    }
    expect((await boss.call('group.member_list', { group_id })).members).toHaveLength(2)
    const heard = await boss.group(group_id)
    const sent = newCanary()
    await boss.call('msg.send_group', { group_id, content: sent })
    await heard.next((message) => message.json.content === sent)
    expect(eve.received.filter(({ text }) => text.includes(sent))).toEqual([])
  })

  test('T39: the last owner can neither be disabled, nor demoted, nor deleted', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const { id: employee_id } = gateway.admin
    const refusals = [
      await office.request('employee.update', {
        employee_id,
        updates: { status: 'disabled' },
        ...(await office.challenge('employee.update', employee_id)),
      }),
      await office.request('employee.update', {
        employee_id,
        updates: { roles: [{ role: 'admin' }] },
        ...(await office.challenge('employee.update', employee_id)),
      }),
      await office.request('employee.delete', {
        employee_id,
        ...(await office.challenge('employee.delete', employee_id)),
      }),
    ]
    for (const answer of refusals) expect(answer).toMatchObject({ code: 409, reason: 'last_owner' })
    const second = await gateway.hire({ roles: [{ role: 'owner' }] })
    await office.confirm('employee.update', { employee_id: second.id, updates: { roles: [] } })
    expect(await office.request('config.server')).toMatchObject({ code: 0 })
  })

  test('T60: does not read the audit log, and whoever may leaves a row by it', async () => {
    const gateway = bench.current
    const { eve } = await arrange()
    const auditor = await (await gateway.hire({ roles: [{ role: 'auditor' }] })).connect()
    const requests = [
      ['audit.list', {}],
      ['audit.export', { format: 'csv' }],
      ['audit.verify', {}],
    ] as const
    for (const [action, input] of requests) {
      for (const { code } of await onEachGateway(() => eve.request(action, input))) expect(code, action).toBe(403)
      expect(await auditor.request(action, input), action).toMatchObject({ code: 0 })
    }
    const rowsOf = async (device: Device) => {
      const { rows } = await auditor.call('audit.list', { operator: device.employeeId, limit: 50 })
      return rows.filter(({ action }) => action.startsWith('audit.')).map(({ action, code }) => `${action} ${code}`)
    }
    expect((await rowsOf(auditor)).toSorted()).toEqual(['audit.export 0', 'audit.list 0', 'audit.verify 0'])
    expect(new Set(await rowsOf(eve))).toEqual(new Set(requests.map(([action]) => `${action} 403`)))
  })

  test('T72: cannot tell by the time an answer takes which groups there are', async () => {
    const gateway = bench.current
    const { eve, boss } = await arrange()
    const groups: string[] = []
    for (let i = 0; i < 10; i++) {
      groups.push((await boss.call('group.create', { name: `G${i}`, member_ids: [] })).group_id)
    }
    const times = { existing: [] as number[], missing: [] as number[] }
    const ask = async (group_id: string, into: number[]): Promise<void> => {
      const start = performance.now()
      expect(await eve.request('group.get', { group_id })).toMatchObject({ code: 403, reason: 'not_group_member' })
      into.push(performance.now() - start)
    }
    for (let i = 0; i < 40; i++) {
      const existing = groups[i % groups.length] ?? ''
      // As many known ones as new ones on either side: what is remembered is faster.
      const missing = `grp_${String(i % groups.length).padStart(20, '0')}`
      await ask(existing, times.existing)
      await ask(missing, times.missing)
    }
    const [existing, missing] = [median(times.existing), median(times.missing)]
    expect(Math.abs(existing - missing), `${existing} ${missing}`).toBeLessThan(Math.max(5, existing))
    await expectAlive(boss, await (await gateway.hire()).connect())
  })
})
