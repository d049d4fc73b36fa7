import { departmentPaths } from '@mchat/schema/department-paths'
import { type InputOf, type OutputOf, RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import { describe, expect, test } from 'vitest'
import { credentialsCsv, errorsCsv } from '../../src/pages/import/import-files.ts'
import { createImportRun, type ImportRunOptions } from '../../src/pages/import/import-run.ts'
import { planRows } from '../../src/pages/import/plan-rows.ts'
import { rolesGiven } from '../../src/pages/import/roles-given.ts'
import type { Sheet } from '../../src/pages/import/sheet.ts'

type Input = InputOf<'employee.import'>
type Output = OutputOf<'employee.import'>
interface Asked {
  readonly input: Input
  readonly seqId: string
}

const COLUMNS = ['employee_id', 'name', 'manager_id'] as const
const sheetOf = (lines: readonly (readonly string[])[]): Sheet => ({
  headers: [...COLUMNS],
  rows: lines.map((cells, i) => ({ number: i + 2, cells })),
})
const PATHS = departmentPaths(
  ['sales', 'research'].map((department_id) => ({
    department_id,
    name: department_id === 'sales' ? 'Sales' : 'Research',
    parent_id: null,
    sort_order: 0,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
  })),
)
const planOf = (...lines: readonly (readonly string[])[]) => planRows(sheetOf(lines), COLUMNS, PATHS)
const done = ({ dry_run = false, rows }: Input): Output => ({
  dry_run,
  counts: { created: rows.length, updated: 0, unchanged: 0, error: 0 },
  rows: rows.map((asked, row) => ({
    row,
    outcome: 'created',
    errors: [],
    ...(asked.employee_id === undefined ? {} : { employee_id: asked.employee_id }),
  })),
})
const runOf = (rows: ImportRunOptions['rows'], more: Partial<ImportRunOptions> = {}) => {
  const asked: Asked[] = []
  let ids = 0
  const run = createImportRun({
    rows,
    isDryRun: false,
    atMost: 500,
    newSeqId: () => `seq-${ids++}`,
    ...more,
    send: async (input, seqId) => {
      asked.push({ input: structuredClone(input), seqId })
      return (await more.send?.(input, seqId)) ?? done(input)
    },
  })
  return { run, asked }
}
const finish = async ({ run }: ReturnType<typeof runOf>): Promise<void> => {
  while (!run.isDone) await run.step()
}
const rejection = (code: number) =>
  new RequestRejectedError({ action: 'employee.import', seqId: 's' }, {
    code,
    reason: 'any',
    message: 'no',
    data: null,
  } as never)

describe('rows in order', () => {
  test('nobody comes before their manager, and everybody else stays where they are', () => {
    const plan = planOf(['a', 'A', 'c'], ['b', 'B', ''], ['c', 'C', 'd'], ['d', 'D', 'elsewhere'], ['', 'E', 'b'])
    expect(plan.map(({ number }) => number)).toEqual([5, 4, 2, 3, 6])
    expect(plan.every(({ problems }) => problems.length === 0)).toBe(true)
  })

  test('ids that are there twice and circles of managers are told of in every row concerned', () => {
    const plan = planOf(
      ['a', 'A', 'b'],
      ['b', 'B', 'a'],
      ['c', 'C', 'a'],
      ['d', 'D', ''],
      ["'=d", 'X', ''],
      ['d ', 'Y', 'd'],
    )
    const problems = Object.fromEntries(
      plan.map((each) => [each.number, each.problems.map(({ rule, rows }) => [rule, rows])]),
    )
    expect(problems).toEqual({
      2: [['manager_cycle', [3]]],
      3: [['manager_cycle', [2]]],
      4: [],
      5: [['repeated', [7]]],
      6: [],
      7: [['repeated', [5]]],
    })
  })

  test('somebody without an id is told from whoever comes before them by another name or place, or not at all', () => {
    const headers = ['employee_id', 'name', 'department'] as const
    const lines = [
      ['a', 'Ann', 'Sales'],
      ['', 'Ann', 'Sales'],
      ['', 'Ann', 'Research'],
      ['', 'Ben', 'Sales'],
      ['', 'Ben', 'Sales'],
      ['b', 'Ben', 'Sales'],
    ]
    const rows = lines.map((cells, i) => ({ number: i + 2, cells }))
    const plan = planRows({ headers: [...headers], rows }, headers, PATHS)
    expect(plan.filter(({ problems }) => problems.length > 0).map(({ number }) => number)).toEqual([3, 6])
    expect(plan.find(({ number }) => number === 3)?.problems[0]).toMatchObject({ field: 'name', rule: 'unique' })
  })

  test('namesakes are those whom the gateway would refuse, and nobody else', () => {
    const headers = ['employee_id', 'name', 'department', 'department_id'] as const
    const refused = (...lines: readonly (readonly string[])[]): number[] =>
      planRows({ headers: [...headers], rows: lines.map((cells, i) => ({ number: i, cells })) }, headers, PATHS)
        .filter(({ problems }) => problems.some(({ rule }) => rule === 'unique'))
        .map(({ number }) => number)
    // She may be in a department already, and stay there.
    expect(refused(['amy', 'Amy', '', ''], ['', 'Amy', '', ''])).toEqual([])
    expect(refused(['', 'Amy', '', ''], ['', 'Amy', '', ''])).toEqual([1])
    expect(refused(['a', 'Amy', 'Sales', ''], ['a', 'Amy', 'Sales', ''], ['', 'Amy', 'Sales', ''])).toEqual([])
    expect(refused(['', 'Amy', 'Sales', ''], ['', 'Amy', '', 'sales'], ['', 'Amy', 'Research', ''])).toEqual([1])
    expect(refused(['', 'Amy', 'Nowhere', ''], ['', 'Amy', 'Nowhere', ''])).toEqual([])
  })

  test('twenty thousand in one line of managers are planned in a moment', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => [`p${i}`, 'P', i === 0 ? '' : `p${i - 1}`])
    expect(planOf(...lines)).toHaveLength(20_000)
    expect(planOf(...lines.toReversed()).at(0)?.row.employee_id).toBe('p0')
  })
})

describe('an import in parts', () => {
  const many = (count: number, name = 'P') => planOf(...Array.from({ length: count }, (_, i) => [`p${i}`, name, '']))

  test('asks for no more than a request can hold, in rows and in bytes', async () => {
    const few = runOf(many(1200))
    await finish(few)
    expect(few.asked.map(({ input }) => input.rows.length)).toEqual([500, 500, 200])
    const wide = runOf(many(400, '张'.repeat(64)))
    await finish(wide)
    for (const { input } of wide.asked)
      expect(new TextEncoder().encode(JSON.stringify(input)).length).toBeLessThan(64 * 1024)
    expect(wide.run.results.size).toBe(400)
  })

  test('where no answer came it asks for the same again under the same seq_id', async () => {
    let failures = 2
    const made = runOf(many(3), {
      atMost: 2,
      send: async (input) => {
        if (failures-- > 0) throw new RequestTimeoutError({ action: 'employee.import', seqId: 's' }, 1)
        return done(input)
      },
    })
    await expect(made.run.step()).rejects.toThrow('not answered')
    await expect(made.run.step()).rejects.toThrow('not answered')
    await finish(made)
    expect(made.asked.map(({ seqId }) => seqId)).toEqual(['seq-0', 'seq-0', 'seq-0', 'seq-1'])
    expect(made.run.results.size).toBe(3)
  })

  test('what the gateway is busy with is the same request, too, and what it has refused is a new one', async () => {
    const answers = [rejection(503), rejection(403)]
    const made = runOf(many(1), {
      send: async (input) => {
        const error = answers.shift()
        if (error !== undefined) throw error
        return done(input)
      },
    })
    await expect(made.run.step()).rejects.toThrow()
    await expect(made.run.step()).rejects.toThrow()
    await made.run.step()
    expect(made.asked.map(({ seqId }) => seqId)).toEqual(['seq-0', 'seq-0', 'seq-1'])
  })

  test('an answer that would be too large is asked for in smaller parts', async () => {
    const made = runOf(many(8), {
      send: async (input) => {
        if (input.rows.length > 3) throw rejection(413)
        return done(input)
      },
    })
    await finish(made)
    expect(made.asked.map(({ input }) => input.rows.length)).toEqual([8, 4, 2, 2, 2, 2])
    expect(made.run.results.size).toBe(8)
  })

  test('a dry run does not ask for managers who would be there by then, and the import does', async () => {
    const plan = planOf(['a', 'A', ''], ['b', 'B', 'a'])
    const dry = runOf(plan, { atMost: 1, isDryRun: true })
    await finish(dry)
    expect(dry.asked.map(({ input }) => input.rows[0]?.manager_id)).toEqual([undefined, undefined])
    const real = runOf(plan, { atMost: 1 })
    await finish(real)
    expect(real.asked.map(({ input }) => input.rows[0]?.manager_id)).toEqual([undefined, 'a'])
  })

  test('rows with problems are not asked for', async () => {
    const made = runOf(planOf(['a', 'A', ''], ['a', 'B', ''], ['c', 'C', '']))
    await finish(made)
    expect(made.asked[0]?.input.rows).toEqual([{ employee_id: 'c', name: 'C' }])
    expect(made.run.results.get(2)?.outcome).toBe('error')
  })
})

describe('files for the person', () => {
  test('no cell is a formula, and what was not done can be imported again as it is', async () => {
    const lines = [
      ['a', '=HYPERLINK("http://x")', ''],
      ['b', "'+1", ''],
    ]
    const sheet = sheetOf(lines)
    const plan = planRows(sheet, COLUMNS, PATHS)
    const made = runOf(plan, {
      send: async ({ rows }) => ({
        dry_run: false,
        counts: { created: 1, updated: 0, unchanged: 0, error: 1 },
        rows: rows.map((_, row) => ({
          row,
          outcome: row === 0 ? 'created' : 'error',
          employee_id: 'a',
          errors: row === 0 ? [] : [{ field: 'name', rule: 'r', message: '@no' }],
          ...(row === 0 ? { credential: { mqtt_username: 'a', mqtt_password: '-secret' } } : {}),
        })),
      }),
    })
    await finish(made)
    expect(credentialsCsv(plan, made.run)).toContain(`a,"'=HYPERLINK(""http://x"")",,a,'-secret`)
    const titles = { row: 'row', problem: 'problem' }
    expect(errorsCsv(sheet, plan, made.run.results, titles, ({ message }) => message)).toBe(
      "\uFEFFemployee_id,name,manager_id,row,problem\r\nb,'+1,,3,'@no\r\n",
    )
  })
})

test('the roles that a file gives are counted by the rows that would be done, whatever everybody has left out', () => {
  const headers = ['employee_id', 'roles'] as const
  const lines = [
    ['a', 'owner'],
    ['b', 'hr@sales; hr@research; member'],
    ['c', 'hr; auditor'],
    ['d', 'owner'],
    ['e', 'admin'],
    ['f', 'member'],
  ]
  const rows = lines.map((cells, i) => ({ number: i + 2, cells }))
  const plan = planRows({ headers: [...headers], rows }, headers, PATHS)
  const outcomes = ['created', 'created', 'created', 'error', 'unchanged', 'created'] as const
  const results = new Map(
    outcomes.map((outcome, i) => [i + 2, { outcome, employeeId: undefined, problems: [], credential: undefined }]),
  )
  expect([...rolesGiven(plan, results)]).toEqual([
    ['owner', 1],
    ['hr', 2],
    ['auditor', 1],
  ])
})
