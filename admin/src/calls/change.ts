import type { ActionName, InputOf, MChatClient, OutputOf } from '@mchat/sdk'
import type { QueryClient } from '@tanstack/react-query'
import { isMovedBy, type Noun } from './nouns.ts'
import { createSameRequests, type SameRequests } from './same-request.ts'

export type AskingClient = Pick<MChatClient, 'request'>

/** A change as it is asked for, and what follows when it was answered. */
export interface ChangeOptions<A extends ActionName> {
  readonly mutationFn: (input: InputOf<A>) => Promise<OutputOf<A>>
  readonly onSuccess: () => void
}

/** Of a person who is signed in: what one part of the page did not get an answer to, another one may ask again. */
const ofClient = new WeakMap<AskingClient, SameRequests>()

const sameRequestsOf = (client: AskingClient): SameRequests => {
  const same = ofClient.get(client) ?? createSameRequests()
  ofClient.set(client, same)
  return same
}

/** Done when it was answered: nobody waits until what it moved has been read again, which may take longer than the change. */
export const changeOptions = <A extends ActionName>(
  client: AskingClient,
  queries: QueryClient,
  action: A,
  moves: readonly Noun[],
): ChangeOptions<A> => ({
  mutationFn: (input) =>
    sameRequestsOf(client).send({ action, input, moves }, (seqId) =>
      client.request(action, input, seqId === undefined ? {} : { seqId }),
    ),
  onSuccess: () => {
    void queries.invalidateQueries({ predicate: ({ meta }) => isMovedBy(meta?.movedBy, moves) })
  },
})
