import { expect, test } from 'vitest'
import type { EmployeeRow, OutputOf } from '../../schema/src/index.ts'
import { newSeqId } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'
import { unique } from './examples/example.ts'

/** What a spreadsheet would take for formulas, and what else CSV has to be careful with. */
const NAMES = ['=HYPERLINK("http://evil")', '+1', '-1', '@SUM(A1)', "'=1", '"quoted", twice', "O'Brien", '张伟', ' a ']

/** RFC 4180. */
const parseCsv = (text: string): string[][] =>
  text
    .trimEnd()
    .split(/\r\n(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((line) =>
      line
        .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
        .map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)),
    )

/** As any program reads a CSV: the header names the fields, every cell is a text. */
const rowsOf = (csv: string): EmployeeRow[] => {
  const [header = [], ...lines] = parseCsv(csv)
  return lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ''])) as EmployeeRow)
}

const fetched = async ({ url }: { readonly url: string }): Promise<string> => await (await fetch(url)).text()

const outcomesOf = ({ rows }: OutputOf<'employee.import'>): string[] => rows.map(({ outcome }) => outcome)

onEveryDatabase('importing people', (kind) => {
  const shared = sharedGateway(kind)
  const auditRow = async (gateway: TestGateway, seqId: string) => {
    const { rows } = await (await gateway.office).call('audit.list', { for_action: 'employee.import', limit: 20 })
    return rows.filter((row) => row.seq_id === seqId)
  }

  test('an organisation of 200 comes in with one request, tried before, and its people connect', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const mark = unique('org')
    const { department_id } = await gateway.foundDepartment({ name: mark })
    const people: EmployeeRow[] = Array.from({ length: 199 }, (_, i) => ({
      employee_id: `${mark}-${i}`,
      name: `Person ${i}`,
      department: mark,
      ...(i === 0 ? { roles: 'hr' } : { manager_id: `${mark}-${(i - 1) >> 1}` }),
    }))
    const rows = [
      ...people.toReversed(),
      { employee_id: `${mark}-wrong`, name: 'x', department: 'There is no such one' },
    ]
    const version = async (): Promise<number> => (await office.call('org.tree', {})).version
    const before = await version()
    const dry = await office.call('employee.import', { rows, dry_run: true })
    expect(dry.counts).toEqual({ created: 199, updated: 0, unchanged: 0, error: 1 })
    expect(await version()).toBe(before)

    const seqId = newSeqId()
    const { data } = await office.request('employee.import', { rows }, { seqId, timeoutMs: 30_000 })
    const done = data as unknown as OutputOf<'employee.import'>
    expect(done.counts).toEqual(dry.counts)
    expect(done.rows[199]?.errors).toEqual([{ field: 'department', rule: 'exists', message: 'There is no such one.' }])
    expect(await version()).toBe(before + 1)
    const { employees = [] } = await office.call('org.tree', { department_id })
    expect(employees).toHaveLength(199)

    const [last] = done.rows
    const login = { ...done.mqtt_connection, ...last?.credential }
    const employeeId = login.mqtt_username ?? ''
    const device = await gateway.connect({
      employeeId,
      clientId: `${employeeId}_web_1`,
      secret: login.mqtt_password ?? '',
    })
    const boss = employees.find((employee) => employee.employee_id === employeeId)?.manager_id ?? ''
    await device.call('msg.send_private', { to_employee_id: boss, content: 'hello' })

    const again = (await office.request('employee.import', { rows }, { seqId })).data as unknown as typeof done
    expect(again.rows.map(({ employee_id, outcome }) => [employee_id, outcome])).toEqual(
      done.rows.map(({ employee_id, outcome }) => [employee_id, outcome]),
    )
    expect(again.rows[0]?.credential).toEqual({ mqtt_username: employeeId, secret_withheld: true })
    const afterwards = await office.call('employee.import', { rows })
    expect(afterwards.counts).toEqual({ created: 0, updated: 0, unchanged: 199, error: 1 })

    const [row, ...others] = await auditRow(gateway, seqId)
    expect(others).toEqual([])
    expect(row?.params).toMatchObject({
      rows: '[redacted]',
      done: {
        counts: done.counts,
        updated_ids: [],
        roles_given: [{ employee_id: `${mark}-0`, roles: [{ role: 'hr' }] }],
      },
    })
    expect(row?.params).toHaveProperty('done.created_ids', people.map(({ employee_id }) => employee_id).toReversed())
    const kept = JSON.stringify(await gateway.dump())
    const passwords = done.rows.flatMap(({ credential }) => credential?.mqtt_password ?? [])
    expect(passwords).toHaveLength(199)
    expect(passwords.filter((password) => kept.includes(password))).toEqual([])
  })

  test('the same rows at the same time are done once', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const mark = unique('twice')
    const rows = Array.from({ length: 20 }, (_, i) => ({ employee_id: `${mark}-${i}`, name: `Person ${i}` }))
    const answers = await Promise.all([1, 2, 3].map(() => office.call('employee.import', { rows })))
    expect(answers.flatMap(outcomesOf).filter((outcome) => outcome === 'created')).toHaveLength(20)
    expect(answers.flatMap(outcomesOf).filter((outcome) => outcome === 'unchanged')).toHaveLength(40)
  })

  test('what was exported can be imported as it is, and changes nothing', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const parent = await gateway.foundDepartment({ name: unique('R&D / Labs') })
    const { department_id } = await gateway.foundDepartment({
      name: '=Formula, "Ltd"',
      parent_id: parent.department_id,
    })
    const boss = await gateway.hire({ department_id, roles: [{ role: 'auditor' }, { role: 'hr', department_id }] })
    const skills_badge = ['a;b', 'back\\slash', '=1', ' padded ', 'sql']
    for (const name of NAMES) await gateway.hire({ name, department_id, manager_id: boss.id, skills_badge })
    await gateway.hire({ name: 'Bot', is_ai_agent: true, department_id })
    const gone = await gateway.hire({ department_id })
    await office.confirm('employee.update', { employee_id: gone.id, updates: { status: 'disabled' } })

    const file = await office.call('employee.export', { department_id: parent.department_id, include_disabled: true })
    expect(file).toMatchObject({ rows: NAMES.length + 2, content_type: 'text/csv; charset=utf-8' })
    const csv = await fetched(file)
    expect(parseCsv(csv)[0]?.join()).toBe(
      'employee_id,name,department_id,department,manager_id,skills_badge,roles,status',
    )
    expect(
      parseCsv(csv)
        .flat()
        .filter((cell) => /^[=+@\t\r-]/.test(cell)),
    ).toEqual([])
    const rows = rowsOf(csv)
    expect(rows.find(({ employee_id }) => employee_id === gone.id)?.status).toBe('disabled')
    const answer = await office.call('employee.import', { rows })
    expect(answer.rows.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([])

    // By the path alone, and with one cell changed, as people edit it.
    const edited = rows.map(({ department_id: _, ...row }, i) => (i === 0 ? { ...row, skills_badge: 'new' } : row))
    const { counts } = await office.call('employee.import', { rows: edited })
    expect(counts).toEqual({ created: 0, updated: 1, unchanged: rows.length - 1, error: 0 })
  })

  test('an export holds whom the caller manages, in the columns that are asked for', async () => {
    const gateway = shared.current
    const { department_id } = await gateway.foundDepartment()
    const below = await gateway.foundDepartment({ parent_id: department_id })
    const elsewhere = await gateway.foundDepartment()
    const [inside, deep] = [
      await gateway.hire({ department_id }),
      await gateway.hire({ department_id: below.department_id }),
    ]
    await gateway.hire({ department_id: elsewhere.department_id })
    const hr = await (await gateway.hire({ roles: [{ role: 'hr', department_id }] })).connect()
    const csv = await fetched(await hr.call('employee.export', { fields: ['name', 'employee_id'] }))
    const ids = [inside.id, deep.id].sort()
    expect(parseCsv(csv)).toEqual([['name', 'employee_id'], ...ids.map((id) => ['Robin', id])])
    const refused = await hr.request('employee.export', { department_id: elsewhere.department_id })
    expect(refused).toMatchObject({ code: 403, reason: 'forbidden' })
  })
})
