import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { ACTION_NAMES, ACTIONS, type ActionDefinition, type ActionName, ERRORS } from '../../schema/src/index.ts'
import { newSeqId } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'
import { arrange } from './examples/index.ts'
import { Scene } from './scene.ts'

const definition = (action: ActionName): ActionDefinition => ACTIONS[action]
const AUDITED = ACTION_NAMES.filter((action) => definition(action).audited !== undefined)

const rowsOf = (gateway: TestGateway, clientId: string, seqId: string) =>
  gateway.database.kysely
    .selectFrom('audit_log')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('seq_id', '=', seqId)
    .orderBy('seq')
    .execute()

const countRows = async (gateway: TestGateway): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*)::integer as n from audit_log`.execute(
    gateway.database.kysely,
  )
  return rows[0]?.n ?? 0
}

const fetched = async ({ url }: { readonly url: string }): Promise<string> => await (await fetch(url)).text()

onEveryDatabase('the audit log', (kind) => {
  const shared = sharedGateway(kind)

  describe.each(AUDITED)('of %s', (action) => {
    test('has one row for what is invalid, refused or done, however often it is asked, and nothing of what was invalid', async () => {
      const gateway = shared.current
      await using scene = await Scene.open(gateway)
      const { by, input, refused, endsConnection } = await arrange(action, scene)

      const odd = Object.fromEntries(
        Object.keys(definition(action).input.properties).map((name) => [name, 'CANARY / ']),
      )
      // A request without fields cannot be invalid.
      if (Object.keys(odd).length > 0) {
        const seqId = newSeqId()
        expect(await by.request(action, odd, { seqId })).toMatchObject({ code: 400 })
        const rows = await rowsOf(gateway, by.clientId, seqId)
        expect(rows).toEqual([expect.objectContaining({ action, code: 400, reason: 'invalid_fields', params: null })])
        expect(JSON.stringify(rows)).not.toContain('CANARY')
      }

      if (refused !== undefined) {
        const seqId = newSeqId()
        for (let i = 0; i < 2; i++) await refused.device.request(action, input, { seqId })
        const rows = await rowsOf(gateway, refused.device.clientId, seqId)
        const { code } = ERRORS[refused.reason]
        expect(rows).toEqual([expect.objectContaining({ action, code, reason: refused.reason })])
      }

      const seqId = newSeqId()
      const answer = await by.request(action, input, { seqId })
      expect(answer.code).toBe(0)
      if (endsConnection !== true) await by.request(action, input, { seqId })
      const rows = await rowsOf(gateway, by.clientId, seqId)
      expect(rows).toEqual([
        expect.objectContaining({ operator_employee_id: by.employeeId, action, code: 0, reason: null }),
      ])
      const { target } = definition(action)
      if (target !== undefined) expect(rows[0]?.target).toEqual(expect.any(String))
      const { done: _, ...fields } = rows[0]?.params ?? {}
      expect(Object.keys(fields).sort()).toEqual(Object.keys(input).sort())
    })
  })

  test('has no row of anything else', async () => {
    const gateway = shared.current
    for (const action of ACTION_NAMES.filter((name) => !AUDITED.includes(name))) {
      await using scene = await Scene.open(gateway)
      const { by, input, endsConnection } = await arrange(action, scene)
      const before = await countRows(gateway)
      if (definition(action).answered === false) await by.send(action, input)
      else await by.request(action, input)
      if (endsConnection !== true) await by.request('no.such', {})
      expect(await countRows(gateway), action).toBe(before)
    }
  })

  test('names a field whose value is nobody’s business, and keeps nothing of it', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const secret = 'https://agent.example/hook?key=CANARY-1'
    const { employee_id } = await office.call('employee.create', {
      name: 'Echo',
      is_ai_agent: true,
      agent_profile: { webhook_endpoint: secret, model_type: 'echo-1' },
    })
    const listed = await office.call('audit.list', { target: employee_id })
    expect(listed.rows.map(({ action, params }) => [action, params?.agent_profile])).toEqual([
      ['employee.create', { webhook_endpoint: '[redacted]', model_type: 'echo-1' }],
    ])
    const all = await gateway.database.kysely.selectFrom('audit_log').selectAll().execute()
    expect(JSON.stringify(all)).not.toContain('CANARY')
  })

  test('is paged from the newest on, while rows are added', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const person = await gateway.hire()
    const device = await person.connect()
    for (let i = 0; i < 5; i++) await device.call('group.create', { name: `G${i}`, member_ids: [] })
    const filter = { operator: person.id, for_action: 'group.create' }
    const names: unknown[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(cursor)
      names.push(...page.rows.map(({ params }) => params?.name))
      cursor = page.next_cursor
      await device.call('group.create', { name: 'later', member_ids: [] })
    } while (cursor !== null)
    expect(names).toEqual(['G4', 'G3', 'G2', 'G1', 'G0'])
    async function list(from: string | null) {
      return await office.call('audit.list', { ...filter, limit: 2, ...(from === null ? {} : { cursor: from }) })
    }
    for (const odd of ['x', '0', '-1', '1.5', '01']) {
      expect(await office.request('audit.list', { cursor: odd })).toMatchObject({ code: 400 })
    }
    expect(await office.request('audit.list', { from: '2026-02-31T00:00:00Z' })).toMatchObject({
      code: 400,
      data: { errors: [{ field: 'from' }] },
    })
    const future = await office.call('audit.list', { from: '2999-01-01T00:00:00Z' })
    expect(future.rows).toEqual([])
  })

  test('tells what was changed without what was looked at or refused', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const person = await gateway.hire()
    const device = await person.connect()
    await device.call('session.list', {})
    expect(await device.request('group.update', { group_id: 'none', updates: { name: 'x' } })).toMatchObject({
      code: 403,
    })
    await device.call('group.create', { name: 'Kept', member_ids: [] })
    await office.call('employee.import', { rows: [{ name: 'Nobody' }], dry_run: true })
    const [tried] = (await office.call('audit.list', { for_action: 'employee.import', limit: 1 })).rows
    expect(tried).toMatchObject({ code: 0, params: { dry_run: true } })
    const changes = await office.call('audit.list', { for_action: 'employee.import', changes_only: true })
    expect(changes.rows.map(({ seq }) => seq)).not.toContain(tried?.seq)
    const actionsOf = async (filter: object) =>
      (await office.call('audit.list', { operator: person.id, ...filter })).rows.map(({ action }) => action)
    expect(await actionsOf({})).toEqual(['group.create', 'group.update', 'session.list'])
    expect(await actionsOf({ changes_only: false })).toEqual(['group.create', 'group.update', 'session.list'])
    expect(await actionsOf({ changes_only: true })).toEqual(['group.create'])
    expect(await actionsOf({ changes_only: true, code: 403 })).toEqual([])
    const csv = await office.call('audit.export', { format: 'csv', operator: person.id, changes_only: true })
    expect(csv.rows).toBe(1)
  })

  test('is exported so that no spreadsheet takes a cell for a formula (T59)', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const person = await gateway.hire()
    const device = await person.connect()
    const names = ['=HYPERLINK("http://evil")', '+1', '-1', '@SUM(A1)', 'plain, "quoted"']
    for (const name of names) await device.call('group.create', { name, member_ids: [] })
    const csv = await office.call('audit.export', { format: 'csv', operator: person.id })
    expect(csv).toMatchObject({ rows: names.length, next_cursor: null, file_name: 'audit.csv' })
    const lines = (await fetched(csv)).trimEnd().split('\r\n')
    expect(lines[0]).toBe('seq,at,operator_employee_id,client_id,seq_id,action,target,params,code,reason,instance,hash')
    expect(lines).toHaveLength(names.length + 1)
    for (const line of lines)
      expect(line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter((cell) => /^"?[=+@-]/.test(cell))).toEqual([])
    const ndjson = await office.call('audit.export', { format: 'ndjson', operator: person.id })
    const rows = (await fetched(ndjson))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map(({ params }) => params.name)).toEqual([...names].reverse())
  })

  test('is checked by audit.verify', async () => {
    const gateway = shared.current
    const office = await gateway.office
    await office.call('group.create', { name: 'Release', member_ids: [] })
    const answer = await office.call('audit.verify', {})
    expect(answer).toMatchObject({ next_seq: null, problems: [] })
    expect(answer.checked).toBeGreaterThan(0)
  })
})
