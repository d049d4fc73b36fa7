import type { IPublishPacket } from 'mqtt-packet'
import { isExpired, type Message, publishPacket } from './message.ts'
import { type Quotas, Rate } from './quotas.ts'
import type { Session } from './sessions.ts'

export interface OutboxOptions {
  readonly session: Session
  readonly quotas: Quotas
  /** Of the connection, both ways together. */
  readonly traffic: Rate
  /** The client's Receive Maximum. */
  readonly receiveMaximum: number
  readonly mayReceive: (topic: string) => boolean
  readonly send: (packet: IPublishPacket) => void
  readonly discarded: () => void
}

/**
 * What goes out to one client: as fast as the quotas let it, and only what its rights of that moment include, whatever
 * they were when it subscribed. Nobody hears of what is left out.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #sources: readonly { readonly messages: Message[]; readonly rate: Rate }[]
  readonly #limit: number
  #timer: NodeJS.Timeout | undefined
  #packetId = 0
  #isOpen = true

  constructor(options: OutboxOptions) {
    const { quotas, receiveMaximum, session } = options
    this.#options = options
    this.#limit = Math.min(quotas.unacknowledged, receiveMaximum)
    this.#sources = [
      { messages: session.stored, rate: new Rate(quotas.storedPerSecond) },
      { messages: session.storedOfGroup, rate: new Rate(quotas.storedOfGroupPerSecond) },
      { messages: session.waiting, rate: new Rate(Number.POSITIVE_INFINITY) },
    ]
  }

  deliver(message: Message): void {
    const { discarded, mayReceive, send, session, traffic } = this.#options
    if (message.qos === 1) {
      session.waiting.push(message)
      this.pump()
    } else if (mayReceive(message.topic)) {
      if (traffic.take()) send(publishPacket(message, session.version, undefined))
      else discarded()
    }
  }

  acknowledged(messageId: number): void {
    this.#options.session.unacknowledged.delete(messageId)
    this.pump()
  }

  close(): void {
    this.#isOpen = false
    clearTimeout(this.#timer)
  }

  /** Sends what may be sent now, and comes back for the rest. */
  pump(): void {
    const { mayReceive, session, traffic } = this.#options
    clearTimeout(this.#timer)
    while (this.#isOpen && session.unacknowledged.size < this.#limit) {
      const sources = this.#sources.filter(({ messages }) => messages.length > 0)
      if (sources.length === 0) return
      const source = sources.find(({ rate }) => rate.waitMs === 0)
      if (source === undefined || traffic.waitMs > 0) {
        const waitMs = Math.max(traffic.waitMs, Math.min(...sources.map(({ rate }) => rate.waitMs)))
        this.#timer = setTimeout(() => this.pump(), Math.ceil(waitMs)).unref()
        return
      }
      const message = source.messages.shift()
      if (message === undefined || isExpired(message) || !mayReceive(message.topic)) continue
      source.rate.take()
      traffic.take()
      this.#send(message)
    }
  }

  #send(message: Message): void {
    const { send, session } = this.#options
    do this.#packetId = (this.#packetId % 65_535) + 1
    while (session.unacknowledged.has(this.#packetId))
    session.unacknowledged.set(this.#packetId, message)
    send(publishPacket(message, session.version, this.#packetId))
  }
}
