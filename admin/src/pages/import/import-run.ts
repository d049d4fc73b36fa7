import { LIMITS } from '@mchat/schema/limits'
import { type InputOf, type OutputOf, RequestRejectedError } from '@mchat/sdk'
import type { Run } from '../../components/run-loop.ts'
import { employeeIdOf, type ImportRow, managerIdOf, type PlannedRow, type RowProblem } from './plan-rows.ts'

type ImportInput = InputOf<'employee.import'>
type ImportOutput = OutputOf<'employee.import'>
type AnsweredRow = ImportOutput['rows'][number]

export type Outcome = AnsweredRow['outcome']
export interface RowResult {
  readonly outcome: Outcome
  readonly employeeId: string | undefined
  readonly problems: readonly RowProblem[]
  readonly credential: AnsweredRow['credential']
}

export interface ImportRunOptions {
  /** In the order of `planRows`. */
  readonly rows: readonly PlannedRow[]
  readonly isDryRun: boolean
  /** How many rows are asked for at once. */
  readonly atMost: number
  readonly newSeqId: () => string
  readonly send: (input: ImportInput, seqId: string) => Promise<ImportOutput>
}

export interface ImportRun extends Run {
  readonly total: number
  /** By the number of the row: of all that are decided; another map when there are more. */
  readonly results: ReadonlyMap<number, RowResult>
  /** What all credentials have in common, once there is one. */
  readonly connection: ImportOutput['mqtt_connection']
  /**
   * Does some more rows. When it throws, it is not known whether these were done; the next call asks for exactly the same
   * under the same seq_id, so nothing is done twice.
   */
  step(): Promise<void>
}

/** What is beside the rows in a request. */
const ENVELOPE_BYTES = 1024
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

interface Batch {
  readonly rows: readonly PlannedRow[]
  readonly input: ImportInput
  readonly seqId: string
}

/** An import in parts of what a request can hold. Rows with problems of their own are not asked for. */
export const createImportRun = (options: ImportRunOptions): ImportRun => {
  const { isDryRun, newSeqId, rows, send } = options
  let results: ReadonlyMap<number, RowResult> = new Map<number, RowResult>(
    rows
      .filter(({ problems }) => problems.length > 0)
      .map(({ number, problems }) => [
        number,
        { outcome: 'error', employeeId: undefined, problems, credential: undefined },
      ]),
  )
  const due = rows.filter(({ problems }) => problems.length === 0)
  const byId = new Map(due.map((each) => [employeeIdOf(each), each]))
  let next = 0
  let atMost = Math.min(options.atMost, LIMITS.importRows)
  let batch: Batch | undefined
  let connection: ImportOutput['mqtt_connection']

  /** Of a dry run: the manager is somebody new of an earlier part, whom the gateway does not know yet. */
  const waitsFor = (each: PlannedRow): boolean => {
    const manager = byId.get(managerIdOf(each))
    return isDryRun && manager !== undefined && results.get(manager.number)?.outcome === 'created'
  }
  const asked = (each: PlannedRow): ImportRow => {
    if (!waitsFor(each)) return each.row
    const { manager_id: _, ...others } = each.row
    return others
  }
  const take = (): Batch => {
    const chosen: PlannedRow[] = []
    const input: ImportInput = { rows: [], dry_run: isDryRun }
    let bytes = ENVELOPE_BYTES
    for (const each of due.slice(next, next + atMost)) {
      const row = asked(each)
      bytes += bytesOf(row) + 1
      // One that is too large by itself is refused as the gateway refuses it.
      if (bytes > LIMITS.requestBytes && chosen.length > 0) break
      chosen.push(each)
      input.rows.push(row)
    }
    return { rows: chosen, input, seqId: newSeqId() }
  }
  const resultOf = (each: PlannedRow, { credential, employee_id, errors, outcome }: AnsweredRow): RowResult => ({
    outcome: outcome === 'unchanged' && waitsFor(each) ? 'updated' : outcome,
    employeeId: employee_id,
    problems: errors,
    credential,
  })
  const record = (done: Batch, answer: ImportOutput): void => {
    const answered = answer.rows.map((row): [number, RowResult] | undefined => {
      const each = done.rows[row.row]
      return each === undefined ? undefined : [each.number, resultOf(each, row)]
    })
    results = new Map([...results, ...answered.filter((entry) => entry !== undefined)])
    connection ??= answer.mqtt_connection
    next += done.rows.length
    batch = undefined
  }

  return {
    total: rows.length,
    get results() {
      return results
    },
    get connection() {
      return connection
    },
    get isDone() {
      return next >= due.length
    },
    async step() {
      if (next >= due.length) return
      batch ??= take()
      try {
        record(batch, await send(batch.input, batch.seqId))
      } catch (error) {
        if (!(error instanceof RequestRejectedError) || error.code >= 500) throw error
        // It was refused, and nothing was done: what comes next is another request.
        const count = batch.rows.length
        batch = undefined
        if (error.code !== 413) throw error
        if (count > 1) atMost = Math.floor(count / 2)
        else refuseLarge(error)
      }
    },
  }

  function refuseLarge(error: RequestRejectedError): void {
    const each = due[next]
    next += 1
    if (each === undefined) return
    const problems = [{ field: 'name', rule: 'too_large', message: error.message }]
    const refused: RowResult = { outcome: 'error', employeeId: undefined, problems, credential: undefined }
    results = new Map([...results, [each.number, refused]])
  }
}
