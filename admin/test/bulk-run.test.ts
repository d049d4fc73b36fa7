import { type Employee, NotConnectedError, RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import { expect, test } from 'vitest'
import { createBulkRun } from '../src/pages/organisation/bulk-run.ts'
import type { ListedPerson } from '../src/pages/organisation/filter-people.ts'

const ABOUT = { action: 'employee.update', seqId: 's' }
const lost = new RequestTimeoutError(ABOUT, 30_000)
const refused = (code: number) =>
  new RequestRejectedError(ABOUT, { code, message: 'no', reason: 'forbidden', data: null })

/** @param answers what the gateway says to one after the other; undefined: done */
const runOf = (ids: readonly string[], answers: readonly (Error | undefined)[]) => {
  const asked: string[] = []
  let seqIds = 0
  const run = createBulkRun({
    title: 'Move',
    people: ids.map((employee_id) => ({ employee_id, name: employee_id.toUpperCase() }) as ListedPerson),
    newSeqId: () => `seq-${seqIds++}`,
    send: async ({ employee_id }, seqId) => {
      const answer = answers[asked.push(`${employee_id} ${seqId}`) - 1]
      if (answer !== undefined) throw answer
      return { employee_id } as Employee
    },
  })
  return { run, asked }
}

test('a refusal is of one of them, and the others go on', async () => {
  const { asked, run } = runOf(['a', 'b', 'c'], [undefined, refused(403)])
  while (!run.isDone) await run.step()
  expect(asked).toEqual(['a seq-0', 'b seq-1', 'c seq-2'])
  expect(run.changed.map(({ employee_id }) => employee_id)).toEqual(['a', 'c'])
  expect(run.failures.map(({ name }) => name)).toEqual(['B'])
})

test.each([
  ['no answer', lost],
  ['no connection', new NotConnectedError('away')],
  ['a broken gateway', refused(503)],
])('%s ends it there, and going on asks for the same person as the same request', async (_name, error) => {
  const { asked, run } = runOf(['a', 'b', 'c'], [undefined, error])
  await run.step()
  await expect(run.step()).rejects.toBe(error)
  expect(asked).toEqual(['a seq-0', 'b seq-1'])
  while (!run.isDone) await run.step()
  expect(asked.slice(2)).toEqual(['b seq-1', 'c seq-2'])
  expect(run.failures).toEqual([])
})
