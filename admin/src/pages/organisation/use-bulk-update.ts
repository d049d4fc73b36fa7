import type { EmployeeUpdateInput } from '@mchat/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useErrorText } from '../../calls/error-text.ts'
import { showInTree } from '../../calls/org-tree.ts'
import { useClient } from '../../connection/connection-context.tsx'
import { NotConfirmedError } from '../../connection/second-factor.ts'
import type { ListedPerson } from './filter-people.ts'

export interface BulkFailure {
  readonly name: string
  readonly text: string
}
export interface BulkState {
  readonly total: number
  readonly done: number
  readonly failures: readonly BulkFailure[]
  readonly isRunning: boolean
  readonly isStopped: boolean
}

export interface BulkUpdate {
  /** undefined: nothing is going on. */
  readonly state: BulkState | undefined
  run(people: readonly ListedPerson[], updates: EmployeeUpdateInput['updates']): Promise<void>
  stop(): void
  close(): void
}

/**
 * The same change for many, one after the other, so that a refusal is of one of them and not of all. What they show in the
 * page is fetched once, when all is done, and not after each.
 */
export const useBulkUpdate = (): BulkUpdate => {
  const client = useClient()
  const queries = useQueryClient()
  const textOf = useErrorText()
  const [state, setState] = useState<BulkState>()
  const stopping = useRef(false)
  // Nobody would see how it goes on, or could stop it, and each may ask for a second factor.
  useEffect(
    () => () => {
      stopping.current = true
    },
    [],
  )
  const run = useCallback<BulkUpdate['run']>(
    async (people, updates) => {
      stopping.current = false
      const failures: BulkFailure[] = []
      const changed: ListedPerson[] = []
      let done = 0
      const tell = (isRunning: boolean): void =>
        setState({ total: people.length, done, failures: [...failures], isRunning, isStopped: stopping.current })
      tell(true)
      for (const { employee_id, name } of people) {
        if (stopping.current) break
        try {
          changed.push(await client.employee.update({ employee_id, updates }))
          done += 1
        } catch (error) {
          // Whoever gives up confirming has had enough of it.
          if (error instanceof NotConfirmedError) stopping.current = true
          else failures.push({ name, text: textOf(error) })
        }
        tell(true)
      }
      tell(false)
      showInTree(queries, { people: changed })
      await queries.invalidateQueries({
        predicate: ({ queryKey: [action] }) =>
          action === 'org.tree' || action === 'employee.list' || action === 'employee.get',
      })
    },
    [client, queries, textOf],
  )
  return {
    state,
    run,
    stop: () => {
      stopping.current = true
    },
    close: () => setState(undefined),
  }
}
