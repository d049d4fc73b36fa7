import { MChatError } from '@mchat/schema'
import type { EmbeddedBroker } from '../broker/embedded-broker.ts'
import type { Sessions } from '../broker/sessions/sessions.ts'
import type { IncomingRequest, Link, PublishOptions } from './link.ts'

/**
 * The link to the broker in this process. A request's PUBACK is held until it is answered; a publish is with the broker
 * once the journal has it.
 */
export class EmbeddedLink implements Link {
  readonly #sessions: Sessions
  #broker: EmbeddedBroker | undefined
  #onRequest: ((request: IncomingRequest) => Promise<void>) | undefined
  #underWay = 0
  #onIdle: (() => void) | undefined
  #draining = false

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  /** The broker needs the link for its requests, and the link the broker for its end: the second is told of the first. */
  attach(broker: EmbeddedBroker): void {
    this.#broker = broker
  }

  async start(onRequest: (request: IncomingRequest) => Promise<void>): Promise<void> {
    this.#onRequest = onRequest
  }

  /** What the broker calls for each request. */
  readonly take = async (request: IncomingRequest): Promise<void> => {
    if (this.#onRequest === undefined) throw new Error('not started')
    this.#underWay++
    try {
      await this.#onRequest(request)
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#onIdle?.()
    }
  }

  async publish(topic: string, payload: Buffer, options: PublishOptions): Promise<void> {
    const { qos, retain = false, durable = true } = options
    try {
      const except = options.exceptClientId === undefined ? {} : { exceptClientId: options.exceptClientId }
      await this.#sessions.publish({ topic, payload, qos, durable: durable && qos === 1, retain, ...except })
    } catch (cause) {
      throw new MChatError('broker_unavailable', { cause })
    }
  }

  notReady(): string | undefined {
    if (this.#draining) return 'The gateway is stopping.'
    return this.#onRequest === undefined ? 'The broker link has not started.' : undefined
  }

  async drain(last?: () => Promise<void>): Promise<void> {
    this.#draining = true
    this.#broker?.refuseRequests()
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    await last?.()
  }
}
