import type { History, Invoke, Response } from './history.ts'

/** Everything the client saw of one (client, seq). */
export interface Request {
  readonly key: string
  readonly first: Invoke
  readonly invokes: Invoke[]
  readonly responses: Response[]
  readonly msgIds: Set<string>
  /** When it was first answered with code 0. */
  acceptedAt: number | undefined
  /** The first answer that does not ask for the same again. */
  done: Response | undefined
}

export const isMessage = (request: Request): boolean => (request.first.kind ?? 'send') === 'send'

export const isFinal = (code: number): boolean => code < 500 && code !== 429

/** Responses to requests that nobody made are in `unasked`. */
export const collectRequests = ({ events }: History): { requests: Map<string, Request>; unasked: Response[] } => {
  const requests = new Map<string, Request>()
  const unasked: Response[] = []
  for (const event of events) {
    if (event.type === 'invoke') {
      const key = `${event.client}/${event.seq}`
      const known = requests.get(key)
      if (known !== undefined) known.invokes.push(event)
      else {
        requests.set(key, {
          key,
          first: event,
          invokes: [event],
          responses: [],
          msgIds: new Set(),
          acceptedAt: undefined,
          done: undefined,
        })
      }
    } else if (event.type === 'response') {
      const request = requests.get(`${event.client}/${event.seq}`)
      if (request === undefined) {
        unasked.push(event)
        continue
      }
      request.responses.push(event)
      if (isFinal(event.code)) request.done ??= event
      if (event.code !== 0) continue
      request.acceptedAt ??= event.t
      if (event.msgId !== undefined) request.msgIds.add(event.msgId)
    }
  }
  return { requests, unasked }
}
