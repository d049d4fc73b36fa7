import { RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import type { Noun } from './nouns.ts'

/** @param seqId of the request that this one is again; undefined: it is a new one */
type Send<O> = (seqId: string | undefined) => Promise<O>

interface Change {
  readonly action: string
  readonly input: object
  readonly moves: readonly Noun[]
}

/**
 * The same change again is the same request, which happens once (contract 3.1, 3), as long as it is not known whether it was
 * done. Once it is known it is another request, and so it is once something else was done to the same kind of things: an
 * agent that is switched off, on and off again is not off because it once was. It holds wherever on the page the change is
 * asked for: a form that was closed and opened again is no new intention.
 */
export interface SameRequests {
  send<O>(change: Change, send: Send<O>): Promise<O>
}

export const createSameRequests = (): SameRequests => {
  /** By action and input: what was sent and not answered. */
  const open = new Map<string, { readonly seqId: string; readonly moves: readonly Noun[] }>()
  return {
    async send({ action, input, moves }, send) {
      const key = JSON.stringify([action, input])
      const seqId = open.get(key)?.seqId
      // While it is under way again, another one like it is another one.
      open.delete(key)
      try {
        const answer = await send(seqId)
        for (const [other, { moves: moved }] of open) {
          if (moved.some((noun) => moves.includes(noun))) open.delete(other)
        }
        return answer
      } catch (error) {
        if (isUnknown(error)) open.set(key, { seqId: error.seqId, moves })
        throw error
      }
    },
  }
}

/** A gateway that refused with 5xx may have done it, or be about to; one that refused otherwise has not. */
const isUnknown = (error: unknown): error is RequestTimeoutError | RequestRejectedError =>
  error instanceof RequestTimeoutError || (error instanceof RequestRejectedError && error.code >= 500)
