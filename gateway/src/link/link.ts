/**
 * The seam between the router and a broker. A link carries requests in and publishes out; it knows nothing of actions.
 */
export interface Link {
  /**
   * Starts taking requests. The broker gets its acknowledgement of a request when the promise returned by `onRequest`
   * resolves, so a request whose gateway dies is handed out again (contract 3.1, 2). When it rejects, there was no answer:
   * the request stays unacknowledged and the connection it came over is closed, so that it comes again.
   *
   * @param onNote what another gateway has published on the topic of this one (`Topics.gateway` of its instance): lost while
   *   the link is not connected, possibly twice, and in no order
   */
  start(onRequest: OnRequest, onNote?: OnNote): Promise<void>
  /**
   * Resolves when the broker has the message for everybody who is to get it (contract 3.1, 1); rejects with an
   * MChatError `broker_unavailable` when it cannot take it, and then nobody gets it, or `answer_too_large` when it never
   * will.
   */
  publish(topic: string, payload: Buffer, options: PublishOptions): Promise<void>
  /** Is the link taking requests? A sentence why not, for /readyz. */
  notReady(): string | undefined
  /**
   * Stops taking requests, waits for those under way, then leaves the broker.
   * @param last what is still to be published for requests that were taken, once none of them is under way
   */
  drain(last?: () => Promise<void>): Promise<void>
}

export type OnRequest = (request: IncomingRequest) => Promise<void>
export type OnNote = (payload: Buffer) => void

export interface IncomingRequest {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1 | 2
  /** The employee whom the broker has authenticated on this connection, where it can say so. */
  readonly vouchedEmployeeId: string | undefined
}

export interface PublishOptions {
  readonly qos: 0 | 1
  /** The message is state: it is kept as the newest of its topic, and who is away gets only that when it comes back. */
  readonly retain?: boolean
  /** false: losing it when the process dies is fine, since the receiver asks again (responses). Default true. */
  readonly durable?: boolean
  /**
   * May it still be published? Asked by links that cannot publish at once, at the last moment: a right that was taken away
   * meanwhile holds. false: nobody gets it, and `publish` resolves. A promise of true: to be asked again. Rejects or
   * throws: so does `publish`.
   */
  readonly stillHolds?: () => boolean | Promise<boolean>
  /** The device that caused it and need not get it back. Links that cannot leave one out send it to all. */
  readonly exceptClientId?: string
}
