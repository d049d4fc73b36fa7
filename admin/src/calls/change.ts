import type { ActionName, InputOf, MChatClient, OutputOf } from '@mchat/sdk'
import type { QueryClient } from '@tanstack/react-query'
import { isMovedBy, type Noun } from './nouns.ts'
import { sameRequestsOf } from './same-request.ts'

type AskingClient = Pick<MChatClient, 'request'>

/** A change as it is asked for, and what follows when it was answered. */
interface ChangeOptions<A extends ActionName> {
  readonly mutationFn: (input: InputOf<A>) => Promise<OutputOf<A>>
  readonly onSuccess: () => void
}

/** What a change is, beside its action. */
export interface ChangeTraits {
  /** Which kinds of things are not what they were: whatever shows them is asked again. */
  readonly moves: readonly Noun[]
  /** Something comes to be, or is said, of which there would be two if it was done twice. */
  readonly creates?: boolean
}

/** Done when it was answered: nobody waits until what it moved has been read again, which may take longer than the change. */
export const changeOptions = <A extends ActionName>(
  client: AskingClient,
  queries: QueryClient,
  action: A,
  { moves, creates = false }: ChangeTraits,
): ChangeOptions<A> => ({
  mutationFn: (input) =>
    sameRequestsOf(client).send({ action, input, moves, creates }, (seqId) =>
      client.request(action, input, seqId === undefined ? {} : { seqId }),
    ),
  onSuccess: () => {
    void queries.invalidateQueries({ predicate: ({ meta }) => isMovedBy(meta?.movedBy, moves) })
  },
})
