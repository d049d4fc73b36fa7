import type { EmployeeUpdateInput } from '@mchat/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { showInTree } from '../../calls/org-tree.ts'
import { newSeqId } from '../../calls/seq-id.ts'
import { type RunControl, useRun } from '../../components/use-run.ts'
import { useClient } from '../../connection/connection-context.tsx'
import { type BulkRun, createBulkRun } from './bulk-run.ts'
import type { ListedPerson } from './filter-people.ts'

export interface BulkUpdate extends Omit<RunControl<BulkRun>, 'begin'> {
  begin(title: string, people: readonly ListedPerson[], updates: EmployeeUpdateInput['updates']): void
}

/** What they show in the page is fetched once, when it comes to an end or a halt, and not after each. */
export const useBulkUpdate = (): BulkUpdate => {
  const client = useClient()
  const queries = useQueryClient()
  const control = useRun<BulkRun>()
  const { state } = control
  const isStill = state !== undefined && state.phase !== 'running' && state.phase !== 'stopping'
  const shown = useRef<readonly [BulkRun, number]>(undefined)
  useEffect(() => {
    if (!isStill) return
    const { run } = state
    const { length } = run.changed
    if (length === (shown.current?.[0] === run ? shown.current[1] : 0)) return
    shown.current = [run, length]
    showInTree(queries, { people: run.changed })
    void queries.invalidateQueries({
      predicate: ({ queryKey: [action] }) =>
        action === 'org.tree' || action === 'employee.list' || action === 'employee.get',
    })
  }, [isStill, queries, state])
  return {
    ...control,
    begin: (title, people, updates) =>
      control.begin(
        createBulkRun({
          title,
          people,
          newSeqId,
          send: ({ employee_id }, seqId) => client.employee.update({ employee_id, updates }, { seqId }),
        }),
      ),
  }
}
