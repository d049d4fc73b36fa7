/**
 * What happened during a run, as the clients saw it: the only thing the checker judges. Times are milliseconds of one
 * monotonic clock, since everything runs on one machine.
 */
export type HistoryEvent =
  /** A client is about to publish a request; again with the same seq when it repeats it. */
  | {
      readonly type: 'invoke'
      readonly t: number
      readonly client: string
      readonly seq: string
      readonly sender: string
      readonly conversation: string
      readonly hash: string
    }
  /** A client has a response. */
  | {
      readonly type: 'response'
      readonly t: number
      readonly client: string
      readonly seq: string
      readonly code: number
      readonly msgId: string | undefined
    }
  /** A session received a message. */
  | {
      readonly type: 'deliver'
      readonly t: number
      readonly session: string
      readonly msgId: string
      readonly sender: string
      readonly conversation: string
      readonly hash: string
    }
  | { readonly type: 'fault'; readonly t: number; readonly what: string }

export interface History {
  readonly events: readonly HistoryEvent[]
  /** Persistent sessions that had subscribed before the first message, and the conversations each is entitled to. */
  readonly sessions: ReadonlyMap<string, ReadonlySet<string>>
}
