import { RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import type { Noun } from './nouns.ts'

/** @param seqId of the request that this one is again; undefined: it is a new one */
type Send<O> = (seqId: string | undefined) => Promise<O>

interface Change {
  readonly action: string
  readonly input: object
  readonly moves: readonly Noun[]
  /** Done twice there would be two of it, whatever else has happened in between. */
  readonly creates: boolean
}

/**
 * The same change again is the same request, which happens once (contract 3.1, 3), as long as it is not known whether it was
 * done; wherever on the page it is asked for: a form that was closed and opened again is no new intention.
 */
export interface SameRequests {
  send<O>(change: Change, send: Send<O>): Promise<O>
  /**
   * Something of these kinds has changed, whoever did it; without kinds anything may have. What sets something is another
   * request from then on: an agent that is switched off, on and off again is not off because it once was.
   */
  moved(nouns?: readonly Noun[]): void
}

export const createSameRequests = (): SameRequests => {
  /** By action and input: what was sent and not answered. */
  const open = new Map<string, Pick<Change, 'moves' | 'creates'> & { readonly seqId: string }>()
  const moved = (nouns?: readonly Noun[]): void => {
    for (const [key, { moves, creates }] of open) {
      if (!creates && (nouns === undefined || moves.some((noun) => nouns.includes(noun)))) open.delete(key)
    }
  }
  return {
    moved,
    async send({ action, input, moves, creates }, send) {
      const key = JSON.stringify([action, input])
      const seqId = open.get(key)?.seqId
      // While it is under way again, another one like it is another one.
      open.delete(key)
      try {
        const answer = await send(seqId)
        moved(moves)
        return answer
      } catch (error) {
        if (isUnknown(error)) open.set(key, { seqId: error.seqId, moves, creates })
        throw error
      }
    },
  }
}

/** A gateway that refused with 5xx may have done it, or be about to; one that refused otherwise has not. */
const isUnknown = (error: unknown): error is RequestTimeoutError | RequestRejectedError =>
  error instanceof RequestTimeoutError || (error instanceof RequestRejectedError && error.code >= 500)

const ofClient = new WeakMap<object, SameRequests>()

/** Of a person who is signed in: what one part of the page did not get an answer to, another one may ask again. */
export const sameRequestsOf = (client: object): SameRequests => {
  const same = ofClient.get(client) ?? createSameRequests()
  ofClient.set(client, same)
  return same
}
