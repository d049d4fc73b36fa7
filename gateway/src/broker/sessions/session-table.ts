import type { LiveJournal } from './live-journal.ts'
import type { Delivery, Message } from './message.ts'
import { Publications } from './publications.ts'
import { RECORD } from './records.ts'
import { Session, type SessionHost, writeSubscriptions } from './session.ts'
import type { SessionConnection, SessionLimits, Subscription } from './sessions.ts'
import type { RetainedSource } from './state-feed.ts'
import { matches, SubscriptionIndex } from './subscription-index.ts'

/** A subscription with what aedes wants back besides filter and QoS, as JSON. */
export interface StoredSubscription extends Subscription {
  readonly extras?: string
}

/** Rejects a SUBSCRIBE. */
export class TooManySubscriptionsError extends Error {
  override readonly name = 'TooManySubscriptionsError'
}

const DONE = Promise.resolve()

/**
 * The sessions that there are, their beginnings, changes and ends. Memory changes at once and in the order of the calls;
 * the promises say when the journal has followed.
 */
export class SessionTable implements SessionHost {
  readonly limits: SessionLimits
  readonly retained: RetainedSource
  readonly publications: Publications
  queuedMessages = 0
  queuedBytes = 0
  overflows = 0
  onGone: (clientId: string) => void = () => undefined
  /** Until the journal knows which subscriptions have ended with full queues: what they miss is not accepted before. */
  ending: Promise<void> | undefined
  readonly #journal: LiveJournal
  readonly #onOverflow: (clientId: string) => void
  readonly #index = new SubscriptionIndex<Session>()
  readonly #sessions = new Map<string, Session>()
  /** Purges that the journal has not confirmed yet. */
  readonly #purges = new Map<string, Promise<void>>()
  #lastNumber = 0

  constructor(
    journal: LiveJournal,
    limits: SessionLimits,
    retained: RetainedSource,
    onOverflow: (clientId: string) => void,
  ) {
    this.limits = limits
    this.retained = retained
    this.#journal = journal
    this.#onOverflow = onOverflow
    this.publications = new Publications(this.#index, journal, {
      letGo: (session) => this.#dropIfEmpty(session),
      hasRoom: (waitingBytes) => this.queuedBytes + waitingBytes <= limits.totalQueuedBytes,
    })
  }

  get size(): number {
    return this.#sessions.size
  }

  get(clientId: string): Session | undefined {
    return this.#sessions.get(clientId)
  }

  values(): Iterable<Session> {
    return this.#sessions.values()
  }

  /** Numbers up to this one have been used by an earlier process. */
  continueAfter(number: number): void {
    this.#lastNumber = number
  }

  /** Takes in a session read from the journal. */
  add(session: Session): void {
    this.#sessions.set(session.clientId, session)
    for (const [filter, qos] of session.subscriptions) this.#index.add(filter, session, qos)
  }

  async subscribe(clientId: string, clean: boolean, subscriptions: readonly StoredSubscription[]): Promise<void> {
    const present = this.#sessions.get(clientId)
    // The clean session has ended with its connection since this was asked for.
    if (clean && present?.clean !== true) return
    const session = present ?? this.#create(clientId, clean)
    const wanted = new Map(subscriptions.map((subscription) => [subscription.filter, subscription]))
    const changed = [...wanted.values()].filter((subscription) => session.differs(subscription))
    const added = changed.filter(({ filter }) => !session.subscriptions.has(filter)).length
    if (session.subscriptions.size + added > this.limits.subscriptionsPerClient) {
      this.#dropIfEmpty(session)
      throw new TooManySubscriptionsError(`more than ${this.limits.subscriptionsPerClient} subscriptions`)
    }
    for (const { filter, qos, extras = '' } of changed) {
      session.subscriptions.set(filter, qos)
      session.setExtras(filter, extras)
      this.#index.add(filter, session, qos)
    }
    if (session.clean) return
    if (changed.length === 0) return this.#confirm(session)
    if (session.segment === undefined) return this.#commit(session, true)
    const filters = changed.map(({ filter }) => filter)
    this.#journal.writer.begin(RECORD.subscribed).number(session.number)
    writeSubscriptions(this.#journal.writer, session, filters)
    return this.#commit(session, false)
  }

  /** @param withQueue drop queued messages that match, too */
  async unsubscribe(clientId: string, filters: readonly string[], withQueue: boolean): Promise<void> {
    const session = this.#sessions.get(clientId)
    if (session === undefined) return this.#confirmGone(clientId)
    const removed = filters.filter((filter) => this.#removeSubscription(session, filter))
    const chosen = (message: Message): boolean => filters.some((filter) => matches(filter, message.topic))
    const dropped = withQueue ? [...session.drop(chosen), ...this.publications.withdraw(session, chosen)] : []
    const committed = session.clean ? DONE : this.#commitEnd(session, removed, dropped)
    this.#dropIfEmpty(session)
    return committed
  }

  /** Ends a session: subscriptions and queue are gone. */
  discard(clientId: string): Promise<void> {
    const session = this.#sessions.get(clientId)
    return session === undefined ? this.#confirmGone(clientId) : this.#end(session)
  }

  attach(clientId: string, clean: boolean, connection: SessionConnection): void {
    const before = this.#sessions.get(clientId)
    if (before?.connection !== undefined) this.detach(clientId, before.connection)
    let session = this.#sessions.get(clientId)
    if (session !== undefined && session.clean !== clean) {
      this.#background(this.#end(session))
      session = undefined
    }
    session ??= this.#create(clientId, clean)
    session.attach(connection)
  }

  detach(clientId: string, connection: SessionConnection): void {
    const session = this.#sessions.get(clientId)
    if (session === undefined || session.connection !== connection) return
    session.detach()
    if (session.clean) this.#background(this.#end(session))
    else this.#dropIfEmpty(session)
  }

  get lastSettledId(): number {
    return this.publications.lastSettledId
  }

  queued({ message }: Delivery): void {
    this.queuedMessages++
    if (message.open++ === 0) this.queuedBytes += message.payloadBytes
  }

  over(delivery: Delivery, record: boolean): void {
    const { message, session } = delivery
    this.queuedMessages--
    if (--message.open === 0) this.queuedBytes -= message.payloadBytes
    if (delivery.place < 0) return
    message.unkeep(delivery)
    delivery.place = -1
    if (!message.live) this.#journal.release(message)
    if (record) this.#journal.settled(session.number, message.id)
  }

  overflowed(session: Session): void {
    const { clientId, connection } = session
    this.overflows++
    if (session.clean) this.#background(this.#end(session))
    else {
      const filters = [...session.subscriptions.keys()]
      for (const filter of filters) this.#removeSubscription(session, filter)
      this.#awaitEnd(this.#commitEnd(session, filters, []))
      if (connection !== undefined) this.detach(clientId, connection)
    }
    connection?.end('queue overflow')
    this.#onOverflow(clientId)
  }

  broken(session: Session, connection: SessionConnection): void {
    this.detach(session.clientId, connection)
    connection.end('write failed')
  }

  #create(clientId: string, clean: boolean): Session {
    const session = new Session(++this.#lastNumber, clientId, clean, this)
    this.#sessions.set(clientId, session)
    return session
  }

  #removeSubscription(session: Session, filter: string): boolean {
    const known = session.subscriptions.delete(filter)
    session.unfeed(filter)
    if (!known) return false
    this.#index.remove(filter, session)
    session.setExtras(filter, '')
    return true
  }

  /** Takes a session out of everything; the journal is told where it knows of it. */
  #end(session: Session): Promise<void> {
    const { clientId } = session
    this.#forget(session)
    if (session.clean) return DONE
    const purge = this.#journal.recommit(session)
    const settled = purge.finally(() => {
      if (this.#purges.get(clientId) === settled) this.#purges.delete(clientId)
    })
    this.#purges.set(clientId, settled)
    return settled
  }

  /** Its last record says that it has neither subscriptions nor messages, so there is nothing to write. */
  #dropIfEmpty(session: Session): void {
    if (session.ended || session.connection !== undefined || session.worthKeeping) return
    this.#forget(session)
    this.#journal.release(session)
  }

  #forget(session: Session): void {
    for (const filter of session.subscriptions.keys()) this.#index.remove(filter, session)
    session.subscriptions.clear()
    this.#sessions.delete(session.clientId)
    session.end()
    this.onGone(session.clientId)
  }

  #awaitEnd(ended: Promise<void>): void {
    const ending = Promise.all([this.ending, ended]).then(() => undefined)
    this.ending = ending
    const over = (): void => {
      if (this.ending === ending) this.ending = undefined
    }
    ending.then(over, over)
  }

  #commitEnd(session: Session, filters: readonly string[], messageIds: readonly number[]): Promise<void> {
    if (filters.length === 0 && messageIds.length === 0) return this.#confirm(session)
    const { writer } = this.#journal
    writer.begin(RECORD.unsubscribed).number(session.number).number(filters.length)
    for (const filter of filters) writer.text(filter)
    for (const id of messageIds) writer.number(id)
    return this.#commit(session, false)
  }

  #commit(session: Session, whole: boolean): Promise<void> {
    const committed = whole ? this.#journal.recommit(session) : this.#journal.commit(session, false)
    const settled = committed.finally(() => {
      if (session.commit === settled) session.commit = undefined
    })
    session.commit = settled
    return settled
  }

  /** Nothing has changed: resolves when what was changed before is in the journal. */
  #confirm(session: Session): Promise<void> {
    if (this.#journal.doubtful.has(session)) return this.#commit(session, true)
    return session.commit ?? DONE
  }

  /** As `confirm`, of a session that is no more. */
  async #confirmGone(clientId: string): Promise<void> {
    await this.#purges.get(clientId)
    for (const item of this.#journal.doubtful) {
      if (item instanceof Session && item.clientId === clientId) await this.#journal.recommit(item)
    }
  }

  /** For what nobody waits for: the journal has reported the error and is told again. */
  #background(work: Promise<void>): void {
    work.catch(() => undefined)
  }
}
