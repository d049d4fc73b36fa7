import { RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'

/** @param seqId of the request that this one is again; undefined: it is a new one */
type Send<O> = (seqId: string | undefined) => Promise<O>

/**
 * The same input again is the same request, which happens once (contract 3.1, 3), as long as it is not known whether it was
 * done. Once it is known it is another request: somebody who is added a second time was removed in between.
 */
export interface SameRequest {
  send<O>(input: object, send: Send<O>): Promise<O>
}

export const createSameRequest = (): SameRequest => {
  let open: { readonly seqId: string; readonly input: string } | undefined
  return {
    async send(input, send) {
      const text = JSON.stringify(input)
      const seqId = open?.input === text ? open.seqId : undefined
      try {
        const answer = await send(seqId)
        open = undefined
        return answer
      } catch (error) {
        open = isUnknown(error) ? { seqId: error.seqId, input: text } : undefined
        throw error
      }
    },
  }
}

const isUnknown = (error: unknown): error is RequestTimeoutError | RequestRejectedError =>
  error instanceof RequestTimeoutError || (error instanceof RequestRejectedError && error.code >= 500)
