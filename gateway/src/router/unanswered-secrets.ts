import { LRUCache } from 'lru-cache'
import type { Request } from './request.ts'

/**
 * Answers with a secret in them that have not gone out yet. The request log never has the secret; were it forgotten
 * between the commit and the answer, a password would be set that nobody ever saw.
 */
export interface UnansweredSecrets {
  keep(request: Request, data: object): void
  /** The complete answer, as long as it has not been given. */
  find(request: Request): object | undefined
  /** The answer is with the broker: from now on it is withheld (contract 3.1, 3). */
  answered(request: Request): void
}

const MAX_KEPT = 1000
const KEPT_MS = 600_000

export const createUnansweredSecrets = (): UnansweredSecrets => {
  const kept = new LRUCache<string, object>({ max: MAX_KEPT, ttl: KEPT_MS })
  const keyOf = (request: Request): string => `${request.clientId}/${request.seqId}/${request.payloadHash}`
  return {
    keep(request, data) {
      if (request.definition?.secrets !== undefined) kept.set(keyOf(request), data)
    },
    find: (request) => (request.definition?.secrets === undefined ? undefined : kept.get(keyOf(request))),
    answered(request) {
      if (request.definition?.secrets !== undefined) kept.delete(keyOf(request))
    },
  }
}
