import type { LiveJournal } from './live-journal.ts'
import { Delivery, Message, OVER, PENDING, writeMessage } from './message.ts'
import { encodePublish } from './packets.ts'
import type { Session } from './session.ts'
import type { OutgoingMessage } from './sessions.ts'
import type { SubscriptionIndex } from './subscription-index.ts'

const ACCEPTED = Promise.resolve()

const ignore = (): void => undefined

/** A durable message between `publish` and the journal's answer, with whom it is for. */
class Publication {
  readonly message: Message | undefined
  readonly deliveries: readonly Delivery[]
  readonly once: readonly Session[]
  readonly packetOnce: Buffer | undefined
  readonly journaled: boolean
  segment = 0
  recordBytes = 0
  answered = false
  error: Error | undefined
  next: Publication | undefined
  resolve: () => void = ignore
  reject: (error: Error) => void = ignore

  constructor(audience: Audience, journaled: boolean) {
    this.message = audience.message
    this.deliveries = audience.deliveries
    this.once = audience.once
    this.packetOnce = audience.packetOnce
    this.journaled = journaled
  }
}

interface Audience {
  readonly message: Message | undefined
  readonly deliveries: readonly Delivery[]
  /** Those who get it at QoS 0. */
  readonly once: readonly Session[]
  readonly packetOnce: Buffer | undefined
}

const NOBODY: readonly Session[] = []

/** Rejects a durable message: all queues together hold as much as they may. */
export class QueuesFullError extends Error {
  override readonly name = 'QueuesFullError'

  constructor() {
    super('the queues of all sessions together are full')
  }
}

/** What publications need from those who keep the sessions. */
export interface PublicationsHost {
  /** A publication no longer holds on to the session. */
  letGo(session: Session): void
  /** May more be queued, beside so many bytes that wait for the journal? */
  hasRoom(waitingBytes: number): boolean
}

/** Takes messages in and hands them to the sessions, durable ones through the journal and in the order of the calls. */
export class Publications {
  readonly #index: SubscriptionIndex<Session>
  readonly #journal: LiveJournal
  readonly #host: PublicationsHost
  #waitingBytes = 0
  #first: Publication | undefined
  #last: Publication | undefined
  #nextId = 1

  constructor(index: SubscriptionIndex<Session>, journal: LiveJournal, host: PublicationsHost) {
    this.#index = index
    this.#journal = journal
    this.#host = host
  }

  /** Ids up to this one have been used by an earlier process. */
  continueAfter(id: number): void {
    this.#nextId = id + 1
  }

  get lastSettledId(): number {
    for (let publication = this.#first; publication !== undefined; publication = publication.next) {
      if (publication.journaled && publication.message !== undefined) return publication.message.id - 1
    }
    return this.#nextId - 1
  }

  publish(outgoing: OutgoingMessage): Promise<void> {
    const { exceptClientId } = outgoing
    let sessions = this.#index.match(outgoing.topic)
    if (exceptClientId !== undefined) sessions = sessions.filter((session) => session.clientId !== exceptClientId)
    if (sessions.length === 0) return ACCEPTED
    try {
      if (!outgoing.durable) {
        this.#hand(this.#audience(outgoing, sessions, false))
        return ACCEPTED
      }
      const journaled = outgoing.qos === 1 && sessions.some(isPersistentReceiver)
      if (journaled && !this.#host.hasRoom(this.#waitingBytes)) return Promise.reject(new QueuesFullError())
      if (journaled || this.#first !== undefined) return this.#queue(outgoing, sessions, journaled)
      this.#hand(this.#audience(outgoing, sessions, false))
      return ACCEPTED
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The retained value of a topic has changed: who is attached gets it as soon as there is room, others when they come. */
  announce(topic: string, exceptClientId: string | undefined): void {
    const sessions = this.#index.match(topic).filter(({ clientId }) => clientId !== exceptClientId)
    for (const session of sessions) session.noteChange(topic)
    for (const session of sessions) session.pump()
  }

  /** Takes back what is on its way to a session; returns the ids of the messages that the journal may have for it. */
  withdraw(session: Session, chosen: (message: Message) => boolean): number[] {
    const ids: number[] = []
    if (session.pending === 0) return ids
    for (let publication = this.#first; publication !== undefined; publication = publication.next) {
      if (publication.message === undefined || !chosen(publication.message)) continue
      for (const delivery of publication.deliveries) {
        if (delivery.session !== session || delivery.state !== PENDING) continue
        delivery.state = OVER
        if (publication.journaled) ids.push(publication.message.id)
      }
    }
    return ids
  }

  #audience(outgoing: OutgoingMessage, sessions: readonly Session[], journaled: boolean): Audience {
    const { topic, payload, qos } = outgoing
    let receivers = 0
    let away = false
    for (const session of sessions) {
      if (qos === 0 || session.matchedQos === 0) continue
      receivers++
      away ||= session.connection === undefined
    }
    let message: Message | undefined
    const deliveries: Delivery[] = []
    if (receivers > 0) {
      const packet = encodePublish(topic, payload, 1, false, away)
      message = new Message(journaled ? this.#nextId : 0, topic, packet, receivers === 1)
      for (const session of sessions) if (session.matchedQos === 1) deliveries.push(new Delivery(session, message))
      if (receivers === sessions.length) return { message, deliveries, once: NOBODY, packetOnce: undefined }
    }
    const once = qos === 0 ? sessions : sessions.filter((session) => session.matchedQos === 0)
    return { message, deliveries, once, packetOnce: encodePublish(topic, payload, 0, false) }
  }

  #queue(outgoing: OutgoingMessage, sessions: readonly Session[], journaled: boolean): Promise<void> {
    const publication = new Publication(this.#audience(outgoing, sessions, journaled), journaled)
    const { message, deliveries } = publication
    if (journaled && message !== undefined) {
      const { writer } = this.#journal
      writeMessage(writer, message, deliveries)
      publication.recordBytes = writer.length
      publication.segment = this.#journal.append(writer.record, (error) => {
        publication.error = error
        publication.answered = true
        this.#handAnswered()
      })
      this.#nextId++
    } else {
      // Needs no record, but must not overtake those before it.
      publication.answered = true
    }
    for (const delivery of deliveries) delivery.session.pending++
    this.#waitingBytes += message?.payloadBytes ?? 0
    if (this.#last === undefined) this.#first = publication
    else this.#last.next = publication
    this.#last = publication
    return new Promise((resolve, reject) => {
      publication.resolve = resolve
      publication.reject = reject
    })
  }

  #handAnswered(): void {
    for (let publication = this.#first; publication?.answered === true; publication = this.#first) {
      this.#first = publication.next
      if (this.#first === undefined) this.#last = undefined
      const { error, message } = publication
      this.#waitingBytes -= message?.payloadBytes ?? 0
      if (error === undefined) this.#hand(publication, publication)
      else if (message !== undefined) {
        for (const delivery of publication.deliveries) delivery.state = OVER
      }
      for (const { session } of publication.deliveries) {
        session.pending--
        this.#host.letGo(session)
      }
      if (error === undefined) publication.resolve()
      else publication.reject(error)
    }
  }

  /** Puts a message into all queues before anything is written: a write may call back. */
  #hand(audience: Audience, publication?: Publication): void {
    const { message, deliveries, once, packetOnce } = audience
    const journaled = publication?.journaled === true
    if (message !== undefined) {
      for (const delivery of deliveries) this.#enqueue(delivery, message, journaled)
      if (publication !== undefined && message.live) {
        this.#journal.hold(message, publication.segment, publication.recordBytes)
      }
      for (const delivery of deliveries) delivery.session.pump()
    }
    if (packetOnce === undefined) return
    for (const session of once) session.sendOnce(packetOnce)
  }

  #enqueue(delivery: Delivery, message: Message, journaled: boolean): void {
    const { session } = delivery
    if (session.ended) return
    const kept = journaled && !session.clean
    if (delivery.state !== PENDING) {
      // Withdrawn on the way: the journal has it and would bring it back.
      if (kept) this.#journal.settled(session.number, message.id)
      return
    }
    if (kept) message.keep(delivery)
    session.enqueue(delivery)
  }
}

const isPersistentReceiver = (session: Session): boolean => !session.clean && session.matchedQos === 1
