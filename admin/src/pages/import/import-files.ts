import { csvLine, withoutApostrophe } from '@mchat/schema/csv'
import { EMPLOYEE_COLUMNS } from '@mchat/schema/employee-columns'
import type { ImportRun, RowResult } from './import-run.ts'
import type { PlannedRow, RowProblem } from './plan-rows.ts'
import type { Sheet } from './sheet.ts'

/** Without it Excel reads the file in the character set of the computer it runs on. */
const BYTE_ORDER_MARK = '\uFEFF'

const csvOf = (lines: readonly (readonly (string | number | null)[])[]): string =>
  BYTE_ORDER_MARK + lines.map(csvLine).join('')

/** An empty table to fill in, with two people as an example. */
export const templateCsv = (): string => {
  const examples = {
    employee_id: ['zhang.wei', 'li.na'],
    name: ['张伟', '李娜'],
    manager_id: ['li.na', ''],
    skills_badge: ['sql; charts', ''],
  } as Readonly<Record<string, readonly string[]>>
  const columns = EMPLOYEE_COLUMNS.filter((column) => column !== 'status' && column !== 'department_id')
  return csvOf([columns, ...[0, 1].map((i) => columns.map((column) => examples[column]?.[i] ?? ''))])
}

/** What could not be done, as it was in the file and with the reasons, so that it can be mended there and imported again. */
export const errorsCsv = (
  sheet: Sheet,
  rows: readonly PlannedRow[],
  results: ReadonlyMap<number, RowResult>,
  titles: { readonly row: string; readonly problem: string },
  textOf: (problem: RowProblem) => string,
): string => {
  const wrong = rows
    .filter(({ number }) => results.get(number)?.outcome === 'error')
    .toSorted((a, b) => a.number - b.number)
  return csvOf([
    [...sheet.headers, titles.row, titles.problem],
    ...wrong.map(({ cells, number }) => [
      // Those that have an apostrophe already get no second one.
      ...cells.map(withoutApostrophe),
      number,
      (results.get(number)?.problems ?? []).map(textOf).join(' '),
    ]),
  ])
}

/** What has to be handed to each new person: who they are and how they connect. */
export const credentialsCsv = (rows: readonly PlannedRow[], { connection, results }: ImportRun): string => {
  const created = rows
    .map((each) => ({ each, result: results.get(each.number) }))
    .filter(({ result }) => result?.credential !== undefined)
    .toSorted((a, b) => a.each.number - b.each.number)
  return csvOf([
    [
      'employee_id',
      'name',
      'client_id',
      'mqtt_username',
      'mqtt_password',
      'broker_host',
      'broker_port',
      'use_tls',
      'ws_url',
    ],
    ...created.map(({ each, result }) => [
      result?.employeeId ?? null,
      withoutApostrophe(each.row.name ?? ''),
      result?.credential?.client_id ?? null,
      result?.credential?.mqtt_username ?? null,
      result?.credential?.mqtt_password ?? null,
      connection?.broker_host ?? null,
      connection?.broker_port ?? null,
      connection === undefined ? null : String(connection.use_tls),
      connection?.ws_url ?? null,
    ]),
  ])
}
