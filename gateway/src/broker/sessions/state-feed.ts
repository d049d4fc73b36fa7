import { Message } from './message.ts'
import { encodePublish } from './packets.ts'
import type { RetainedValue } from './retained.ts'
import { matches } from './subscription-index.ts'

/** Where the retained messages are. */
export interface RetainedSource {
  get(topic: string): RetainedValue | undefined
  matching(filter: string): Iterator<RetainedValue>
}

interface Change {
  readonly qos: 0 | 1
  /** Number of the attachment it was noted in. */
  readonly attachment: number
}

/** More changed topics than this are not remembered one by one. */
const MAX_CHANGED = 1_000
const EMPTY = Buffer.alloc(0)

/**
 * The retained state that a session has still to be sent. Only the topics are remembered; the values are read when there
 * is room to send them, not before, so that however often a value changes its newest is sent, and once.
 */
export class StateFeed {
  readonly #source: RetainedSource
  readonly #subscriptions: ReadonlyMap<string, 0 | 1>
  /** What is retained for a filter, as far as it has not been read. */
  readonly #feeds = new Map<string, { readonly qos: 0 | 1; readonly messages: Iterator<RetainedValue> }>()
  readonly #changed = new Map<string, Change>()
  #everything = false

  constructor(source: RetainedSource, subscriptions: ReadonlyMap<string, 0 | 1>) {
    this.#source = source
    this.#subscriptions = subscriptions
  }

  /** Everything that matches the filter is to be sent. */
  add(filter: string, qos: 0 | 1): void {
    this.#feeds.set(filter, { qos, messages: this.#source.matching(filter) })
  }

  /** Everything that matches a subscription is to be sent. */
  addEverything(): void {
    this.#everything = true
    this.#changed.clear()
  }

  /** @param qos of the subscription */
  note(topic: string, qos: 0 | 1, attachment: number): void {
    if (this.#everything) return
    this.#changed.set(topic, { qos, attachment })
    if (this.#changed.size > MAX_CHANGED) this.addEverything()
  }

  /** The filter is not subscribed any more. */
  remove(filter: string): void {
    this.#feeds.delete(filter)
    if (this.#subscriptions.size === 0) {
      this.#everything = false
      this.#changed.clear()
    }
    for (const topic of this.#changed.keys()) {
      if (matches(filter, topic) && !this.#isSubscribed(topic)) this.#changed.delete(topic)
    }
  }

  get waiting(): boolean {
    return this.#everything || this.#feeds.size > 0 || this.#changed.size > 0
  }

  /**
   * What is to be sent next: a message at QoS 1, or a packet at QoS 0. The retain flag is set but for what has changed
   * while the client was there to see it (MQTT 3.3.1.3).
   */
  next(attachment: number): Message | Buffer | undefined {
    if (this.#everything) {
      this.#everything = false
      for (const [filter, qos] of this.#subscriptions) this.add(filter, qos)
    }
    for (const [filter, { qos, messages }] of this.#feeds) {
      const { value, done } = messages.next()
      if (done === true) {
        this.#feeds.delete(filter)
        continue
      }
      this.#changed.delete(value.topic)
      return outgoing(value, qos, true)
    }
    for (const [topic, change] of this.#changed) {
      this.#changed.delete(topic)
      const value = this.#source.get(topic)
      if (value !== undefined) return outgoing(value, change.qos, change.attachment !== attachment)
      const packet = encodePublish(topic, EMPTY, change.qos, false)
      return change.qos === 0 ? packet : new Message(0, topic, packet, true)
    }
    return undefined
  }

  #isSubscribed(topic: string): boolean {
    for (const filter of this.#subscriptions.keys()) if (matches(filter, topic)) return true
    return false
  }
}

const outgoing = (value: RetainedValue, qos: 0 | 1, retain: boolean): Message | Buffer => {
  const { topic, payload } = value
  if (qos === 0 || value.qos === 0) return encodePublish(topic, payload, 0, retain)
  const message = (retain ? value.asRetained : value.asChange) ?? sharedMessage(topic, payload, retain)
  if (retain) value.asRetained = message
  else value.asChange = message
  return message
}

/** Shared by everybody who gets it. */
const sharedMessage = (topic: string, payload: Buffer, retain: boolean): Message =>
  new Message(0, topic, encodePublish(topic, payload, 1, retain, true), false)
