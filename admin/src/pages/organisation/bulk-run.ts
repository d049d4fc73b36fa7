import { type Employee, RequestRejectedError } from '@mchat/sdk'
import type { Run } from '../../components/run-loop.ts'
import type { ListedPerson } from './filter-people.ts'

export interface BulkRun extends Run {
  readonly title: string
  readonly total: number
  /** How they are now. */
  readonly changed: readonly Employee[]
  readonly failures: readonly BulkFailure[]
}

export interface BulkFailure {
  readonly name: string
  readonly error: RequestRejectedError
}

export interface BulkRunOptions {
  readonly title: string
  readonly people: readonly ListedPerson[]
  readonly newSeqId: () => string
  readonly send: (person: ListedPerson, seqId: string) => Promise<Employee>
}

/**
 * The same change for many, one after the other, so that a refusal is of one of them and not of all. A step throws where it
 * is not known whether it was done, or was not wanted: the next one asks for the same person again, under the same seq_id.
 */
export const createBulkRun = ({ newSeqId, people, send, title }: BulkRunOptions): BulkRun => {
  const changed: Employee[] = []
  const failures: BulkFailure[] = []
  let next = 0
  let seqId: string | undefined
  return {
    title,
    total: people.length,
    changed,
    failures,
    get isDone() {
      return next >= people.length
    },
    async step() {
      const person = people[next]
      if (person === undefined) return
      seqId ??= newSeqId()
      try {
        changed.push(await send(person, seqId))
      } catch (error) {
        if (!(error instanceof RequestRejectedError) || error.code >= 500) throw error
        failures.push({ name: person.name, error })
      }
      next += 1
      seqId = undefined
    },
  }
}
