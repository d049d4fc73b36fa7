import { expect, test } from 'vitest'
import type { Change, Changes } from '../../schema/src/index.ts'
import type { Device } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import type { Person } from '../kit/person.ts'

interface Watcher {
  readonly device: Device
  readonly events: () => readonly Changes[]
  readonly told: () => readonly Change[]
  /** Resolves when so many that fit were told, with them. */
  heard(fits: (change: Change) => boolean, count?: number): Promise<readonly Change[]>
}

const watch = async ({ topics }: TestGateway, person: Person, device?: string): Promise<Watcher> => {
  const connected = await person.connect({ subscribe: false, ...(device === undefined ? {} : { device }) })
  const topic = topics.inboxChanges(person.id)
  expect(await connected.subscribe(topic, topics.inbox(person.id))).toEqual([true, true])
  const events = (): Changes[] =>
    connected.received.filter((message) => message.topic === topic).map(({ json }) => json as unknown as Changes)
  const told = (): Change[] => events().flatMap(({ changes }) => changes)
  return {
    device: connected,
    events,
    told,
    async heard(fits, count = 1) {
      await expect.poll(() => told().filter(fits).length).toBeGreaterThanOrEqual(count)
      return told().filter(fits)
    },
  }
}

const about =
  (noun: Change['noun'], id: string, action?: string) =>
  (change: Change): boolean =>
    change.noun === noun &&
    'target_id' in change &&
    change.target_id === id &&
    (action === undefined || change.action === action)

onEveryBroker('what has changed', (bench) => {
  test('is told to another administrator, by whichever gateway, with who has changed it', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const boss = await gateway.hire({ roles: [{ role: 'admin' }] })
    const watcher = await watch(gateway, boss)
    const { department_id } = await office.call('department.create', { name: 'Sales' })
    const people = []
    // Several, so that every gateway has some of them.
    for (let i = 0; i < 2 * bench.gateways; i++) people.push(await gateway.hire({ department_id }))
    const [first] = people as [Person]
    const { group_id, owner } = await gateway.foundGroup({ members: people })
    await office.call('employee.reset_credentials', {
      employee_id: first.id,
      ...(await office.challengeFor('employee.reset_credentials', { employee_id: first.id })),
    })
    for (const { id } of people) {
      expect(await watcher.heard(about('employee', id, 'employee.create'))).toEqual([
        {
          noun: 'employee',
          action: 'employee.create',
          target_id: id,
          operator_id: gateway.admin.id,
          at: expect.stringMatching(/Z$/),
        },
      ])
    }
    await watcher.heard(about('department', department_id, 'department.create'))
    await watcher.heard(about('credential', first.id, 'employee.reset_credentials'))
    const [founded] = await watcher.heard(about('group', group_id, 'group.create'))
    expect(founded).toMatchObject({ operator_id: owner.id })
    await watcher.heard((change) => change.noun === 'session' && change.action === 'auth.bind')
    expect(watcher.told().filter(({ noun }) => noun === 'audit')).toEqual([])
    expect(JSON.stringify(watcher.events())).not.toContain('password')
  })

  test('names everything that one change has touched', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const watcher = await watch(gateway, await gateway.hire({ roles: [{ role: 'admin' }] }))
    const leaver = await gateway.hire()
    await using device = await leaver.connect()
    const { group_id } = await gateway.foundGroup({ members: [leaver] })
    await office.confirm('employee.update', { employee_id: leaver.id, updates: { roles: [{ role: 'auditor' }] } })
    await office.confirm('employee.delete', { employee_id: leaver.id })
    await watcher.heard(about('role', leaver.id, 'employee.update'))
    await watcher.heard(about('employee', leaver.id, 'employee.delete'))
    await watcher.heard(about('group', group_id, 'employee.delete'))
    await watcher.heard(about('session', device.clientId, 'employee.delete'))
  })

  test('is not told to whoever holds no role', async () => {
    const gateway = bench.current
    const watcher = await watch(gateway, await gateway.hire({ roles: [{ role: 'admin' }] }))
    const nobody = await watch(gateway, await gateway.hire())
    const { id } = await gateway.hire()
    await watcher.heard(about('employee', id))
    await nobody.device.settled()
    expect(nobody.told()).toEqual([])
  })

  test('is told no more once the role is taken away, and again when it is given back', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const auditors = [await gateway.hire({ roles: [{ role: 'auditor' }] }), await gateway.hire()] as const
    const [leaving, staying] = auditors
    const give = (person: Person, roles: { role: 'auditor' }[]) =>
      office.confirm('employee.update', { employee_id: person.id, updates: { roles } })
    await give(staying, [{ role: 'auditor' }])
    const [gone, stays] = [await watch(gateway, leaving), await watch(gateway, staying)]
    const rowOf = (employeeId: string) => (change: Change) =>
      change.noun === 'audit' && change.row.target === employeeId
    const before = await gateway.hire()
    await Promise.all([gone, stays].map((watcher) => watcher.heard(rowOf(before.id))))
    await give(leaving, [])
    const events = gone.events().length
    const later = []
    for (let i = 0; i < 2 * bench.gateways; i++) later.push(await gateway.hire())
    for (const { id } of later) await stays.heard(rowOf(id))
    await gone.device.settled()
    expect(gone.events().slice(events)).toEqual([])
    await give(leaving, [{ role: 'auditor' }])
    const again = await gateway.hire()
    await gone.heard(rowOf(again.id))
  })

  test('is told to a grant that is limited to a department where it covers it: also of who leaves it', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const sales = await gateway.foundDepartment({ name: 'Sales' })
    const north = await gateway.foundDepartment({ name: 'North', parent_id: sales.department_id })
    const support = await gateway.foundDepartment({ name: 'Support' })
    const grant = { role: 'hr', department_id: sales.department_id } as const
    const limited = await watch(gateway, await gateway.hire({ roles: [grant] }))
    const everywhere = await watch(gateway, await gateway.hire({ roles: [{ role: 'hr' }] }))
    const inside = await gateway.hire({ department_id: north.department_id })
    const outside = await gateway.hire({ department_id: support.department_id })
    await office.call('department.update', { department_id: support.department_id, name: 'Help' })
    await using session = await outside.connect()
    await everywhere.heard(about('session', session.clientId))
    await limited.heard(about('employee', inside.id))
    await everywhere.heard(about('department', support.department_id))
    await office.call('employee.update', {
      employee_id: inside.id,
      updates: { department_id: support.department_id },
    })
    await limited.heard(about('employee', inside.id, 'employee.update'))
    await office.call('employee.update', { employee_id: inside.id, updates: { name: 'Elsewhere' } })
    await everywhere.heard(
      (change) => about('employee', inside.id, 'employee.update')(change),
      bench.gateways === 1 ? 2 : 1,
    )
    const foreign = [outside.id, support.department_id, session.clientId]
    expect(
      limited.told().filter((change) => 'target_id' in change && foreign.includes(change.target_id ?? '')),
    ).toEqual([])
  })

  test('every row of the audit log is told, in order, at a hundred in a second, or counted where a gateway was held up', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const watcher = await watch(gateway, await gateway.hire({ roles: [{ role: 'auditor' }] }))
    const start = await gateway.hire()
    await watcher.heard((change) => change.noun === 'audit' && change.row.target === start.id)
    const asked: Promise<unknown>[] = []
    const ask = () => office.request('session.list', { employee_id: start.id }, { timeoutMs: 30_000 })
    for (let second = 0; second < 3; second++) {
      for (let tenth = 0; tenth < 10; tenth++) {
        const tick = new Promise((resolve) => setTimeout(resolve, 100))
        for (let i = 0; i < 10; i++) asked.push(ask())
        await tick
      }
    }
    await Promise.all(asked)
    const toldRows = () => watcher.told().flatMap((change) => (change.noun === 'audit' ? [change.row] : []))
    const ofStart = toldRows().find(({ target }) => target === start.id)?.seq ?? 0
    const written = await gateway.database.kysely
      .selectFrom('audit_log')
      .select('seq')
      .where('seq', '>=', ofStart)
      .orderBy('seq')
      .execute()
    // On a machine that is busy with other things some may have been answered 503.
    expect(written.length).toBeGreaterThan(asked.length / 2)
    const dropped = () => watcher.events().reduce((sum, event) => sum + (event.dropped ?? 0), 0)
    const ofInstance = () => Map.groupBy(toldRows(), ({ instance }) => instance)
    const missing = () => {
      // Another gateway hears of a new auditor a moment later than the one that was asked for it.
      const begun = Math.max(...[...ofInstance().values()].map(([first]) => first?.seq ?? 0))
      const told = new Set(toldRows().map(({ seq }) => seq))
      return written.filter(({ seq }) => seq >= begun && !told.has(seq)).length
    }
    await expect.poll(() => missing() - dropped()).toBeLessThanOrEqual(0)
    const rows = toldRows()
    expect(rows.length).toBeGreaterThan(written.length / 2)
    expect(new Set(rows.map(({ seq }) => seq)).size).toBe(rows.length)
    for (const ofOne of ofInstance().values()) {
      const seqs = ofOne.map(({ seq }) => seq)
      expect(seqs).toEqual([...seqs].sort((one, other) => one - other))
    }
    const listed = await office.call('audit.list', { for_action: 'session.list', limit: 1 })
    const { params: _params, ...brief } = listed.rows[0] ?? {}
    expect(rows).toContainEqual(brief)
    expect(rows.some((row) => 'params' in row)).toBe(false)
  })

  test('what is too much for one event is counted', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const watcher = await watch(gateway, await gateway.hire({ roles: [{ role: 'hr' }] }))
    const manager = await gateway.hire()
    const now = gateway.clock.date()
    const reports = Array.from({ length: 230 }, (_, i) => `report-${manager.id}-${i}`)
    await gateway.database.kysely
      .insertInto('employee')
      .values(
        reports.map((employee_id) => ({
          employee_id,
          name: 'Robin',
          department_id: null,
          manager_id: manager.id,
          is_ai_agent: false,
          skills_badge: '[]',
          created_at: now,
          updated_at: now,
        })),
      )
      .execute()
    await office.confirm('employee.delete', { employee_id: manager.id })
    await watcher.heard(about('employee', manager.id, 'employee.delete'))
    const moved = watcher.told().filter((change) => 'target_id' in change && reports.includes(change.target_id ?? ''))
    const dropped = watcher.events().reduce((sum, event) => sum + (event.dropped ?? 0), 0)
    expect(moved.length).toBeLessThan(reports.length)
    expect(moved.length + dropped).toBeGreaterThanOrEqual(reports.length)
  })

  test('the calls of an agent are told from beginning to end, and nothing of what was said', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const watcher = await watch(gateway, await gateway.hire({ roles: [{ role: 'agent_manager' }] }))
    const agent = await gateway.hire({ is_ai_agent: true, agent_profile: { connector: 'mqtt' } })
    await using voice = await agent.connect()
    await using asker = await (await gateway.hire()).connect()
    const { agents } = await asker.call('msg.send_private', {
      to_employee_id: agent.id,
      content: 'a secret question',
      agent_wait: false,
    })
    const runId = agents?.[0]?.run_id ?? ''
    const isRun = (change: Change): boolean => change.noun === 'run' && change.run_id === runId
    await voice.inbox.next('agent_run')
    await watcher.heard((change) => isRun(change) && change.noun === 'run' && change.state !== 'queued')
    await voice.call('agent.reply', { run_id: runId, content: 'a secret answer' })
    const [done] = await watcher.heard((change) => isRun(change) && change.noun === 'run' && change.state === 'done')
    expect(done).toEqual({ noun: 'run', run_id: runId, agent_id: agent.id, state: 'done', at: expect.any(String) })
    const { runs } = await office.call('agent.runs', { employee_id: agent.id })
    expect(runs.map(({ state }) => state)).toEqual(['done'])
    await watcher.heard(about('employee', agent.id))
    await office.call('agent.disable', { employee_id: agent.id })
    await watcher.heard(about('agent', agent.id, 'agent.disable'))
    expect(JSON.stringify(watcher.events())).not.toContain('a secret')
  })
})
