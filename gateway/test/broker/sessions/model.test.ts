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
  sentBefore: boolean
  /** Sent on the present connection, under this packet id. */
  packetId: number | undefined
  withdrawn: boolean
}

/** What a session has to do, written down as simply as possible. */
class ModelSession {
  readonly clean: boolean
  readonly subscriptions = new Map<string, 0 | 1>()
  queue: Entry[] = []
  connection: TestConnection | undefined
  /** How much of what the connection received has been compared. */
  seen = 0
  expected: { text: string; qos: 0 | 1; dup: boolean }[] = []

  constructor(clean: boolean) {
    this.clean = clean
  }

  qosFor(topic: string): 0 | 1 | undefined {
    const granted = [...this.subscriptions].filter(([filter]) => matches(filter, topic)).map(([, qos]) => qos)
    return granted.length === 0 ? undefined : granted.includes(1) ? 1 : 0
  }

  attach(connection: TestConnection): void {
    this.detach()
    this.connection = connection
    this.pump()
  }

  detach(): void {
    this.connection = undefined
    this.seen = 0
    this.expected = []
    this.queue = this.queue.filter(({ withdrawn }) => !withdrawn)
    for (const entry of this.queue) entry.packetId = undefined
  }

  pump(): void {
    if (this.connection === undefined) return
    let inflight = this.queue.filter(({ packetId }) => packetId !== undefined).length
    for (const entry of this.queue) {
      if (inflight >= INFLIGHT) return
      if (entry.packetId !== undefined) continue
      inflight++
      this.expected.push({ text: entry.text, qos: 1, dup: entry.sentBefore })
      entry.sentBefore = true
      entry.packetId = this.connection.received[this.expected.length - 1]?.packetId ?? -1
    }
  }

  give(topic: string, text: string, qos: 0 | 1, durable: boolean): void {
    if (qos === 1) {
      this.queue.push({ topic, text, durable, sentBefore: false, packetId: undefined, withdrawn: false })
      this.pump()
    } else if (this.connection !== undefined) {
      this.expected.push({ text, qos: 0, dup: false })
    }
  }

  revoke(filters: readonly string[]): void {
    for (const filter of filters) this.subscriptions.delete(filter)
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
  #texts = 0

  constructor(rig: Rig, seed: number) {
    this.rig = rig
    this.random = seeded(seed)
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
    else if (dice < 94) await this.retain()
    else if (dice < 96) await this.will(clientId)
    else if (dice < 97) await this.restart()
    else if (dice < 99) await this.revokeWhilePublishing(clientId)
    else await this.fail(!this.failing)
    this.compare()
  }

  session(clientId: string): ModelSession {
    let session = this.model.get(clientId)
    if (session === undefined) {
      session = new ModelSession(clientId.startsWith('clean'))
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
    const waits = this.#waiting(messages)
    const accepted = (await Promise.allSettled(given)).map(({ status }) => status === 'fulfilled')
    for (const waiting of [false, true]) {
      for (const [index, message] of messages.entries()) {
        if (waits[index] !== waiting) continue
        const must = !(
          this.failing &&
          message.durable &&
          message.qos === 1 &&
          this.#hasPersistentReceiver(message.topic)
        )
        expect(accepted[index]).toBe(must)
        if (must) this.#give(message)
      }
    }
  }

  message() {
    const { random } = this
    const [topic, durable] = [random.pick(TOPICS), random.chance(0.7)]
    const qos: 0 | 1 = random.chance(0.9) ? 1 : 0
    return { topic, text: `${++this.#texts}${'.'.repeat(random.below(100))}`, durable, qos }
  }

  /** Which of these messages wait for the journal: those that it has to take, and the durable ones behind them. */
  #waiting(messages: readonly { topic: string; durable: boolean; qos: 0 | 1 }[]): boolean[] {
    let waiting = false
    return messages.map(({ topic, durable, qos }) => {
      waiting ||= durable && qos === 1 && this.#hasPersistentReceiver(topic)
      return durable && waiting
    })
  }

  #hasPersistentReceiver(topic: string): boolean {
    return [...this.model.values()].some((session) => !session.clean && session.qosFor(topic) === 1)
  }

  #give({ topic, text, durable, qos }: { topic: string; text: string; durable: boolean; qos: 0 | 1 }): void {
    for (const session of this.model.values()) {
      const granted = session.qosFor(topic)
      if (granted !== undefined) session.give(topic, text, qos === 0 ? 0 : granted, durable)
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
    else for (const filter of filters) session.subscriptions.delete(filter)
    session.pump()
    this.tidy()
  }

  /** What is on its way through the journal when a subscription is revoked does not arrive; the rest does. */
  async revokeWhilePublishing(clientId: string): Promise<void> {
    if (this.failing) return
    const messages = Array.from({ length: 3 }, () => ({ ...this.message(), durable: true, qos: 1 as const }))
    const receivers = messages.map(({ topic }) =>
      [...this.model.values()].filter((session) => session.qosFor(topic) === 1),
    )
    const once = messages.map(({ topic }) => [...this.model.values()].filter((session) => session.qosFor(topic) === 0))
    const waits = this.#waiting(messages)
    const published = messages.map(({ topic, text }) => this.rig.publish(topic, text))
    const give = (early: boolean): void => {
      for (const [index, { topic, text }] of messages.entries()) {
        if (waits[index] === early) continue
        for (const session of receivers[index] ?? []) {
          const revoked = !early && session === this.model.get(clientId) && matches(filter, topic)
          if (!revoked) session.give(topic, text, 1, true)
        }
        for (const session of once[index] ?? []) session.give(topic, text, 0, true)
      }
    }
    const filter = this.random.pick(FILTERS)
    give(true)
    const revoked = this.rig.sessions.revoke(clientId, [filter])
    const session = this.model.get(clientId)
    session?.revoke([filter])
    session?.pump()
    await Promise.all([...published, revoked])
    give(false)
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
    }
    this.tidy()
  }

  async fail(failing: boolean): Promise<void> {
    // A lost acknowledgement may bring a duplicate, which this model does not allow.
    await turns(3)
    this.failing = failing
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
      const got = connection.received.slice(session.seen).map(({ text, qos, dup }) => ({ text, qos, dup }))
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
  }
}

describe('the sessions do as a naive model does', () => {
  it.each([1, 2, 3, 4])(
    '5,000 random operations, restarts and failures among them (seed %i)',
    async (seed) => {
      const compact = seed % 2 === 0 ? {} : { compactAboveBytes: 5_000, segmentBytes: 1_000 }
      const rig = await openRig({
        limits: { inflight: INFLIGHT, queuedMessages: 1_000_000, queuedBytes: 1e9 },
        ...compact,
      })
      const comparison = new Comparison(rig, seed)
      for (let n = 0; n < 5_000; n++) {
        try {
          await comparison.step()
        } catch (error) {
          throw new Error(`operation ${n}`, { cause: error })
        }
      }
      expect(rig.sessions.stats().overflowed).toBe(0)
    },
    120_000,
  )
})
