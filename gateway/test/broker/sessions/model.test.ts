import { deepStrictEqual } from 'node:assert'
import { describe, expect, it } from 'vitest'
import { matches } from '../../../src/broker/sessions/subscription-index.ts'
import { seeded } from './random.ts'
import { openRig, type Rig, type TestConnection, turns } from './rig.ts'

const INFLIGHT = 4
const CLIENTS = ['a', 'b', 'c', 'd', 'clean1', 'clean2']
const FILTERS = ['g/1', 'g/2', 'g/3', 'inbox/a', 'inbox/b', 'g/+', 'inbox/#', '+/1', '#']
const TOPICS = ['g/1', 'g/2', 'g/3', 'inbox/a', 'inbox/b', 'other']

interface Entry {
  readonly topic: string
  readonly text: string
  readonly durable: boolean
  readonly retain: boolean
  sentBefore: boolean
  /** Sent on the present connection, under this packet id. */
  packetId: number | undefined
  withdrawn: boolean
}

/** What the sessions of the model have in common. */
interface Surroundings {
  readonly limit: number
  readonly retained: ReadonlyMap<string, string>
  topicsOf(filter: string): Iterator<string>
}

/** A message between the call of `publish` and its delivery. */
interface Call {
  readonly message: { readonly topic: string; readonly text: string; readonly durable: boolean }
  readonly receivers: readonly { readonly clientId: string; readonly session: ModelSession; readonly qos: 0 | 1 }[]
  /** Waits for the journal: either the journal has to take it, or it is behind one that does. */
  readonly waits: boolean
  readonly journaled: boolean
}

/** What a session has to do, written down as simply as possible. */
class ModelSession {
  readonly clean: boolean
  readonly subscriptions = new Map<string, 0 | 1>()
  queue: Entry[] = []
  connection: TestConnection | undefined
  /** How much of what the connection received has been compared. */
  seen = 0
  expected: { text: string; qos: 0 | 1; dup: boolean; retain: boolean }[] = []
  /** How many times the limit the queue may hold. */
  room = 1
  /** Topics of state that have changed and are still to be sent. */
  readonly changed = new Map<string, { qos: 0 | 1; live: boolean }>()
  /** All state is still to be sent. */
  everything = false
  readonly feeds = new Map<string, { qos: 0 | 1; topics: Iterator<string> }>()
  readonly #surroundings: Surroundings

  constructor(clean: boolean, surroundings: Surroundings) {
    this.clean = clean
    this.#surroundings = surroundings
  }

  qosFor(topic: string): 0 | 1 | undefined {
    const granted = [...this.subscriptions].filter(([filter]) => matches(filter, topic)).map(([, qos]) => qos)
    return granted.length === 0 ? undefined : granted.includes(1) ? 1 : 0
  }

  attach(connection: TestConnection): void {
    this.detach()
    this.connection = connection
    this.room = this.queue.length > this.#surroundings.limit ? 2 : 1
    this.pump()
  }

  detach(): void {
    this.connection = undefined
    this.seen = 0
    this.expected = []
    this.queue = this.queue.filter(({ withdrawn }) => !withdrawn)
    for (const entry of this.queue) entry.packetId = undefined
    for (const change of this.changed.values()) change.live = false
  }

  pump(): void {
    if (this.connection === undefined) return
    let inflight = this.queue.filter(({ packetId }) => packetId !== undefined).length
    for (const entry of this.queue) {
      if (inflight >= INFLIGHT) return
      if (entry.packetId !== undefined) continue
      inflight++
      this.#send(entry, this.connection)
    }
    while (inflight < INFLIGHT) {
      const state = this.#nextState()
      if (state === undefined) return
      const { topic, qos, retain } = state
      const text = this.#surroundings.retained.get(topic) ?? ''
      if (qos === 0) {
        this.expected.push({ text, qos, dup: false, retain })
        continue
      }
      inflight++
      this.#push(topic, text, false, retain && text !== '')
      const entry = this.queue.at(-1)
      if (entry !== undefined) this.#send(entry, this.connection)
    }
  }

  #send(entry: Entry, connection: TestConnection): void {
    const { text, sentBefore, retain } = entry
    this.expected.push({ text, qos: 1, dup: sentBefore, retain })
    entry.sentBefore = true
    entry.packetId = connection.received[this.expected.length - 1]?.packetId ?? -1
  }

  #nextState(): { topic: string; qos: 0 | 1; retain: boolean } | undefined {
    if (this.everything) {
      this.everything = false
      for (const [filter, qos] of this.subscriptions) {
        this.feeds.set(filter, { qos, topics: this.#surroundings.topicsOf(filter) })
      }
    }
    for (const [filter, { qos, topics }] of this.feeds) {
      const { value, done } = topics.next()
      if (done !== true) {
        this.changed.delete(value)
        return { topic: value, qos, retain: true }
      }
      this.feeds.delete(filter)
    }
    const [change] = this.changed
    if (change === undefined) return undefined
    const [topic, { qos, live }] = change
    this.changed.delete(topic)
    return { topic, qos, retain: !live && this.#surroundings.retained.has(topic) }
  }

  note(topic: string): void {
    const qos = this.qosFor(topic)
    if (qos === undefined) return
    if (!this.everything) this.changed.set(topic, { qos, live: this.connection !== undefined })
    this.pump()
  }

  /** @returns whether the queue is full now */
  give(topic: string, text: string, qos: 0 | 1, durable: boolean): boolean {
    if (qos === 0) {
      if (this.connection !== undefined) this.expected.push({ text, qos: 0, dup: false, retain: false })
      return false
    }
    this.#push(topic, text, durable, false)
    const queued = this.queue.filter(({ withdrawn }) => !withdrawn).length
    const full = this.subscriptions.size > 0 && queued > this.#surroundings.limit * this.room
    if (full) {
      this.unsubscribe([...this.subscriptions.keys()])
      this.detach()
    }
    this.pump()
    return full
  }

  #push(topic: string, text: string, durable: boolean, retain: boolean): void {
    this.queue.push({ topic, text, durable, retain, sentBefore: false, packetId: undefined, withdrawn: false })
  }

  unsubscribe(filters: readonly string[]): void {
    for (const filter of filters) {
      this.subscriptions.delete(filter)
      this.feeds.delete(filter)
    }
    for (const topic of this.changed.keys()) if (this.qosFor(topic) === undefined) this.changed.delete(topic)
    if (this.subscriptions.size === 0) this.everything = false
  }

  revoke(filters: readonly string[]): void {
    this.unsubscribe(filters)
    this.queue = this.queue.filter((entry) => {
      if (!filters.some((filter) => matches(filter, entry.topic))) return true
      entry.withdrawn = entry.packetId !== undefined
      return entry.withdrawn
    })
  }
}

/** The sessions beside their model: every operation is done to both, then they are compared. */
class Comparison {
  readonly rig: Rig
  readonly random: ReturnType<typeof seeded>
  readonly model = new Map<string, ModelSession>()
  readonly retained = new Map<string, string>()
  readonly wills = new Map<string, string>()
  failing = false
  overflows = 0
  overflowsBeforeFailure = 0
  readonly #surroundings: Surroundings
  #texts = 0

  constructor(rig: Rig, seed: number, limit: number) {
    this.rig = rig
    this.random = seeded(seed)
    // Where in the retained messages a session has come to is not modelled, what is there is.
    const topicsOf = function* (filter: string): Generator<string, undefined> {
      for (const { topic } of rig.sessions.retained(filter)) yield topic
    }
    this.#surroundings = { limit, retained: this.retained, topicsOf }
  }

  async step(): Promise<void> {
    const { random } = this
    const clientId = random.pick(CLIENTS)
    const dice = random.below(100)
    if (dice < 35) await this.publish()
    else if (dice < 60) this.acknowledge(clientId)
    else if (dice < 70) this.connect(clientId)
    else if (dice < 75) this.disconnect(clientId)
    else if (dice < 83) await this.subscribe(clientId)
    else if (dice < 87) await this.end(clientId, false)
    else if (dice < 91) await this.end(clientId, true)
    else if (dice < 92) await this.purge(clientId)
    else if (dice < 93) await this.retain()
    else if (dice < 94 || dice === 99) await this.tell()
    else if (dice < 96) await this.will(clientId)
    else if (dice < 97) await this.restart()
    else if (dice < 98) await this.revokeWhilePublishing(clientId)
    else await this.fail(!this.failing)
    this.compare()
  }

  session(clientId: string): ModelSession {
    let session = this.model.get(clientId)
    if (session === undefined) {
      session = new ModelSession(clientId.startsWith('clean'), this.#surroundings)
      this.model.set(clientId, session)
    }
    return session
  }

  tidy(): void {
    for (const [clientId, { connection, queue, subscriptions }] of this.model) {
      if (connection === undefined && queue.length === 0 && subscriptions.size === 0) this.model.delete(clientId)
    }
  }

  /** Some at once, since order matters then. */
  async publish(): Promise<void> {
    const { random } = this
    const messages = Array.from({ length: 1 + random.below(4) }, () => this.message())
    const given = messages.map(({ topic, text, durable, qos }) => this.rig.publish(topic, text, durable, qos))
    const calls = this.#call(messages)
    const accepted = (await Promise.allSettled(given)).map(({ status }) => status === 'fulfilled')
    for (const [index, { journaled }] of calls.entries()) {
      // What follows a queue that was full waits for the end of the subscriptions, which could not be written.
      if (this.failing && !journaled && this.overflows > this.overflowsBeforeFailure) continue
      expect(accepted[index]).toBe(!(this.failing && journaled))
    }
    this.#give(calls.filter(({ waits, journaled }) => waits && !(this.failing && journaled)))
    this.tidy()
  }

  message() {
    const { random } = this
    const [topic, durable] = [random.pick(TOPICS), random.chance(0.7)]
    const qos: 0 | 1 = random.chance(0.9) ? 1 : 0
    return { topic, text: `${++this.#texts}${'.'.repeat(random.below(100))}`, durable, qos }
  }

  /** Who gets these messages is decided one by one, and those that nothing has to be waited for are given at once. */
  #call(messages: readonly { topic: string; text: string; durable: boolean; qos: 0 | 1 }[]): Call[] {
    let waiting = false
    return messages.map((message) => {
      const receivers = [...this.model].flatMap(([clientId, session]) => {
        const granted = session.qosFor(message.topic)
        return granted === undefined ? [] : [{ clientId, session, qos: message.qos === 0 ? 0 : granted }]
      })
      const journaled = message.durable && receivers.some(({ session, qos }) => !session.clean && qos === 1)
      waiting ||= journaled
      const call = { message, receivers, waits: message.durable && waiting, journaled }
      if (!call.waits) this.#give([call])
      return call
    })
  }

  #give(calls: readonly Call[], withdrawn: (call: Call, session: ModelSession) => boolean = () => false): void {
    for (const call of calls) {
      const { topic, text, durable } = call.message
      for (const { clientId, session, qos } of call.receivers) {
        if (this.model.get(clientId) !== session || (qos === 1 && withdrawn(call, session))) continue
        if (!session.give(topic, text, qos, durable)) continue
        this.overflows++
        if (session.clean) this.model.delete(clientId)
      }
    }
  }

  /** Not while the journal fails, since the acknowledgement would be lost. */
  acknowledge(clientId: string): void {
    const session = this.model.get(clientId)
    const sent = session?.queue.filter(({ packetId }) => packetId !== undefined) ?? []
    if (session === undefined || sent.length === 0 || this.failing) return
    for (let count = 1 + this.random.below(3); count > 0 && sent.length > 0; count--) {
      const entry = this.random.chance(0.8) ? sent.shift() : sent.pop()
      if (entry === undefined) return
      this.rig.sessions.acknowledge(clientId, entry.packetId ?? 0)
      session.queue = session.queue.filter((other) => other !== entry)
      session.pump()
    }
  }

  connect(clientId: string): void {
    const clean = clientId.startsWith('clean')
    if (clean) this.model.delete(clientId)
    const connection = this.rig.attach(clientId, clean)
    this.session(clientId).attach(connection)
  }

  disconnect(clientId: string): void {
    const session = this.model.get(clientId)
    if (session?.connection === undefined) return
    this.rig.sessions.detach(clientId, session.connection)
    session.detach()
    if (session.clean) this.model.delete(clientId)
    this.tidy()
  }

  async subscribe(clientId: string): Promise<void> {
    const { random } = this
    const clean = clientId.startsWith('clean')
    if (clean && this.model.get(clientId)?.connection === undefined) return
    const subscriptions = Array.from({ length: 1 + random.below(2) }, () => ({
      filter: random.pick(FILTERS),
      qos: random.chance(0.85) ? (1 as const) : (0 as const),
    }))
    const subscribed = this.rig.sessions.subscribe(clientId, clean, subscriptions)
    for (const { filter, qos } of subscriptions) this.session(clientId).subscriptions.set(filter, qos)
    await this.settle(subscribed)
  }

  async end(clientId: string, withQueue: boolean): Promise<void> {
    const filters = Array.from({ length: 1 + this.random.below(2) }, () => this.random.pick(FILTERS))
    const { sessions } = this.rig
    const ended = withQueue ? sessions.revoke(clientId, filters) : sessions.unsubscribe(clientId, filters)
    this.#endInModel(clientId, filters, withQueue)
    await this.settle(ended)
  }

  #endInModel(clientId: string, filters: readonly string[], withQueue: boolean): void {
    const session = this.model.get(clientId)
    if (session === undefined) return
    if (withQueue) session.revoke(filters)
    else session.unsubscribe(filters)
    session.pump()
    this.tidy()
  }

  /** What is on its way through the journal when a subscription is revoked does not arrive; the rest does. */
  async revokeWhilePublishing(clientId: string): Promise<void> {
    if (this.failing) return
    const messages = Array.from({ length: 3 }, () => ({ ...this.message(), durable: true, qos: 1 as const }))
    const published = messages.map(({ topic, text }) => this.rig.publish(topic, text))
    const calls = this.#call(messages).filter(({ waits }) => waits)
    const filter = this.random.pick(FILTERS)
    const revoked = this.rig.sessions.revoke(clientId, [filter])
    const session = this.model.get(clientId)
    session?.revoke([filter])
    session?.pump()
    await Promise.all([...published, revoked])
    this.#give(calls, ({ message }, other) => other === session && matches(filter, message.topic))
    this.tidy()
  }

  async purge(clientId: string): Promise<void> {
    const purged = this.rig.sessions.purge(clientId)
    this.model.delete(clientId)
    this.wills.delete(clientId)
    await this.settle(purged)
  }

  async retain(): Promise<void> {
    const topic = this.random.pick(TOPICS)
    const text = this.random.chance(0.3) ? '' : String(++this.#texts)
    if (text === '') this.retained.delete(topic)
    else this.retained.set(topic, text)
    await this.settle(this.rig.sessions.retain(topic, Buffer.from(text), 1))
  }

  /** State, several times: the newest is told. */
  async tell(): Promise<void> {
    const topic = this.random.pick(TOPICS)
    const told = Array.from({ length: 1 + this.random.below(4) }, () => {
      const text = this.random.chance(0.2) ? '' : String(++this.#texts)
      if (text === '') this.retained.delete(topic)
      else this.retained.set(topic, text)
      return this.settle(this.rig.tell(topic, text))
    })
    await Promise.all(told)
    for (const session of this.model.values()) session.note(topic)
  }

  async will(clientId: string): Promise<void> {
    const { sessions } = this.rig
    if (this.random.chance(0.4)) {
      this.wills.delete(clientId)
      await this.settle(sessions.deleteWill(clientId))
      return
    }
    const text = String(++this.#texts)
    this.wills.set(clientId, text)
    await this.settle(sessions.putWill(clientId, { topic: 'w', payload: Buffer.from(text) }))
  }

  async restart(): Promise<void> {
    if (this.failing) await this.fail(false)
    if (this.random.chance(0.5)) await this.rig.restart()
    else {
      await turns(3)
      await this.rig.crash()
    }
    for (const [clientId, session] of this.model) {
      if (session.clean) {
        this.model.delete(clientId)
        continue
      }
      session.detach()
      session.queue = session.queue.filter(({ durable }) => durable)
      for (const entry of session.queue) entry.sentBefore = true
      session.room = 1
      session.changed.clear()
      session.feeds.clear()
      session.everything = session.subscriptions.size > 0
    }
    this.tidy()
  }

  async fail(failing: boolean): Promise<void> {
    // A lost acknowledgement may bring a duplicate, which this model does not allow.
    await turns(3)
    this.failing = failing
    this.overflowsBeforeFailure = this.overflows
    this.rig.journal.failure = failing ? new Error('disk full') : undefined
    if (failing) return
    // Anything that is written lets what could not be written follow.
    await this.retain()
    await turns(100)
  }

  /** Fails while the journal fails, if there was anything to write; holds in memory all the same. */
  async settle(work: Promise<unknown>): Promise<void> {
    if (this.failing) await work.catch(() => undefined)
    else await work
  }

  compare(): void {
    const { sessions } = this.rig
    for (const clientId of CLIENTS) {
      const session = this.model.get(clientId)
      deepStrictEqual([...sessions.subscriptionsOf(clientId)].sort(), [...(session?.subscriptions ?? [])].sort())
      if (session?.connection === undefined) continue
      const { connection, expected } = session
      const got = connection.received
        .slice(session.seen)
        .map(({ text, qos, dup, retain }) => ({ text, qos, dup, retain }))
      deepStrictEqual({ clientId, got }, { clientId, got: expected.slice(session.seen) })
      session.seen = expected.length
    }
    deepStrictEqual(
      [...sessions.retained('#')].map(({ topic, payload }) => `${topic}=${payload}`).sort(),
      [...this.retained].map(([topic, text]) => `${topic}=${text}`).sort(),
    )
    deepStrictEqual(
      [...sessions.wills()].map(({ clientId, payload }) => `${clientId}=${payload}`).sort(),
      [...this.wills].map(([clientId, text]) => `${clientId}=${text}`).sort(),
    )
    let queued = 0
    for (const { queue } of this.model.values()) for (const { withdrawn } of queue) if (!withdrawn) queued++
    deepStrictEqual(sessions.stats().queuedMessages, queued)
    deepStrictEqual(this.rig.overflowed.length, this.overflows)
  }
}

describe('the sessions do as a naive model does', () => {
  it.each([
    [1, 1_000_000],
    [2, 1_000_000],
    [3, 10],
    [4, 10],
  ])(
    '5,000 random operations, restarts and failures among them (seed %i, at most %i messages)',
    async (seed, limit) => {
      const compact = seed % 2 === 0 ? {} : { compactAboveBytes: 5_000, segmentBytes: 1_000 }
      const rig = await openRig({
        limits: { inflight: INFLIGHT, queuedMessages: limit, queuedBytes: 1e9 },
        ...compact,
      })
      const comparison = new Comparison(rig, seed, limit)
      for (let n = 0; n < 5_000; n++) {
        try {
          await comparison.step()
        } catch (error) {
          throw new Error(`operation ${n}`, { cause: error })
        }
      }
      expect(comparison.overflows > 100).toBe(limit === 10)
    },
    120_000,
  )
})
