/**
 * The state of every MQTT session on the embedded broker: subscriptions, queued messages, retained messages and wills,
 * and the sending of messages to the connections attached to them. In memory, with persistent sessions (clean=false)
 * and retained messages also in the journal.
 *
 * aedes speaks MQTT with the clients; this decides who gets what, in which order, and survives kill -9. Why it is not
 * left to aedes: aedes delivers live messages beside the queue of a returning session (so out of order), loses messages
 * with stores that finish out of order, acknowledges before it stores, and encodes a group message once per member.
 */
export interface Sessions {
  /**
   * Gives a message to every session with a matching subscription.
   * Resolves when it is accepted: with `durable`, once the journal has it for all persistent sessions concerned;
   * rejects (and delivers to nobody) when the journal cannot take it, when all queues together are full and it would be
   * queued for somebody, or when it is too large for an MQTT packet.
   * Messages are sent in the order in which `publish` was called per value of `durable`. A session with several matching
   * subscriptions gets one copy, at the highest QoS. At QoS 0 (of message or subscription) a session that is not
   * connected, or whose connection holds too much unsent, does not get it.
   */
  publish(message: OutgoingMessage): Promise<void>

  /*
   * What changes subscriptions changes them in memory at once, in the order of the calls, also when the promise then
   * rejects because the journal cannot take it. The journal is told again by itself as soon as it works, or by calling
   * the same again, which then resolves only once it knows.
   */

  /** The persisted or live subscriptions of a client: filter → granted QoS. Empty for an unknown client. */
  subscriptionsOf(clientId: string): ReadonlyMap<string, 0 | 1>
  /**
   * Adds or replaces subscriptions; for a persistent session resolves once they are in the journal. A session that is
   * there keeps its kind; `clean: false` otherwise begins a persistent one, and `clean: true` does nothing, because the
   * clean session has ended with its connection. Rejects, changing nothing, above `subscriptionsPerClient`.
   */
  subscribe(clientId: string, clean: boolean, subscriptions: readonly Subscription[]): Promise<void>
  /** Ends subscriptions. What is already queued through them stays queued. */
  unsubscribe(clientId: string, filters: readonly string[]): Promise<void>
  /**
   * Ends subscriptions and drops every queued, not yet acknowledged message whose topic matches one of the filters: also
   * what was published before and waits for the journal, and what was sent and would be sent again. A wider
   * subscription (`group/+` when `group/1` is revoked) stays.
   */
  revoke(clientId: string, filters: readonly string[]): Promise<void>
  /**
   * Forgets the session: subscriptions, queue, will. Resolves once the journal knows. A connection attached to it stays
   * open and gets nothing more.
   */
  purge(clientId: string): Promise<void>
  /** Does a session with subscriptions or queued messages exist for this client? */
  has(clientId: string): boolean
  clientIds(): Iterable<string>
  /** Calls `listener` with every session that is gone, however it came to its end. */
  watchEnds(listener: (clientId: string) => void): void

  /**
   * Attaches a connection and starts sending what is queued, oldest first, DUP set on what was sent before; messages
   * published meanwhile go behind. A connection attached earlier is detached.
   */
  attach(clientId: string, clean: boolean, connection: SessionConnection): void
  /** Detaches this connection (a no-op when another has been attached since). A clean session ends with it. */
  detach(clientId: string, connection: SessionConnection): void
  /** PUBACK from the client. Unknown packet ids, and those of an earlier connection, are ignored. */
  acknowledge(clientId: string, packetId: number): void
  /** The connection can take more (socket drained). */
  resume(clientId: string): void

  /**
   * Stores (or with an empty payload removes) the retained message of a topic, without telling anybody; resolves once the
   * journal has it.
   */
  retain(topic: string, payload: Buffer, qos: 0 | 1): Promise<void>
  retained(filter: string): Iterable<RetainedMessage>
  /**
   * Sends the retained messages matching the filters to this client alone, retain flag set. They are read one by one as
   * the client takes them, so they do not count as queued, however many there are, and none is older than what was
   * published before it. What is still to be sent goes on after a reconnect; after a restart all of it is sent again.
   */
  sendRetained(clientId: string, subscriptions: readonly Subscription[]): void

  stats(): SessionStats
  close(): Promise<void>
}

export interface OutgoingMessage {
  readonly topic: string
  /** Not copied: the caller must not change it afterwards. */
  readonly payload: Buffer
  readonly qos: 0 | 1
  /**
   * true: kept in the journal until acknowledged. false: kept in memory only (responses: a client that misses one
   * repeats its request). QoS 0 is never kept.
   */
  readonly durable: boolean
  /**
   * The message is state, not an event: it replaces the retained message of its topic, which is what `publish` waits for,
   * and is queued for nobody. Who is attached gets it when there is room to send it, or the newest of the topic if there
   * is a newer one by then; who is away gets the newest after the queue when it comes back. QoS 1 deliveries of it are in
   * memory only. `durable` says nothing here, and the only order is that of one topic's values.
   */
  readonly retain?: boolean
  /** The device that caused the message and must not get it back. */
  readonly exceptClientId?: string
}

export interface Subscription {
  readonly filter: string
  readonly qos: 0 | 1
}

export interface RetainedMessage {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
}

/** Where a session writes to. Implemented over a TCP socket or WebSocket stream; a test writes into an array. */
export interface SessionConnection {
  /** Takes one encoded MQTT packet. From now on neither side changes it: the same bytes may go to others too. */
  write(packet: Buffer): void
  /** Bytes taken and not yet handed to the operating system. Sending pauses above a limit until `resume`. */
  readonly bufferedBytes: number
  /** Ends the connection, e.g. because its session's queue is full. */
  end(reason: string): void
}

export interface SessionLimits {
  /** Messages sent and not yet acknowledged per session. */
  readonly inflight: number
  /**
   * Queued messages and bytes per session. A session that exceeds either keeps all that it was given and loses its
   * subscriptions and its connection, so that nothing published from then on is for it. A clean session is over.
   */
  readonly queuedMessages: number
  readonly queuedBytes: number
  /** Distinct payload bytes queued in all sessions together, above which durable messages are rejected. */
  readonly totalQueuedBytes: number
  /** Sending pauses while a connection holds more than this unsent. */
  readonly connectionBufferBytes: number
  readonly subscriptionsPerClient: number
}

export interface SessionStats {
  readonly sessions: number
  readonly attached: number
  readonly subscriptions: number
  readonly retained: number
  /** Distinct payload bytes waiting for an acknowledgement. */
  readonly queuedBytes: number
  /** Deliveries not acknowledged: a message that three sessions have in their queues counts three times. */
  readonly queuedMessages: number
  /** How often a session has lost its subscriptions because its queue was full, since the start. */
  readonly overflowed: number
  readonly journalBytes: number
}
