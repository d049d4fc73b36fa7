import { MChatError } from '@mchat/schema'
import type { Log } from '../ops/log.ts'
import { systemClock } from '../platform/clock.ts'
import type { OnNote, PublishOptions } from './link.ts'
import { type BrokerEndpoint, type ConnectionOptions, MqttConnection } from './mqtt-connection.ts'
import { PublishQuota } from './publish-quota.ts'
import { subscribe } from './subscribe.ts'

export interface PublisherOptions {
  readonly endpoint: BrokerEndpoint
  /** One connection for each; nothing is kept for them. */
  readonly clientIds: readonly string[]
  /** A topic that the first of them subscribes to: what comes while it is away is lost, as its session is. */
  readonly hears: readonly [topic: string, onNote: OnNote]
  readonly log: Log
}

interface Way {
  readonly connection: MqttConnection
  readonly quota: PublishQuota | undefined
}

/** A publish that the broker has not acknowledged by then is not waited for; it may still arrive. */
const PUBLISH_MS = 20_000
/** What a PUBLISH has beside its topic and payload, generously. */
const PACKET_OVERHEAD = 64

/** Publishes over as many connections as it has client_ids; what has the same topic goes over the same, in order. */
export class Publisher {
  readonly #ways: readonly Way[]

  constructor({ clientIds, endpoint, hears, log }: PublisherOptions) {
    const clock = systemClock()
    this.#ways = clientIds.map((clientId, i) => {
      const quota = endpoint.quota === undefined ? undefined : new PublishQuota(endpoint.quota, clock)
      const onLost = (): void => quota?.refuseAll()
      const options: ConnectionOptions = { endpoint, clientId, clean: true, log, onLost }
      return { connection: new MqttConnection(i === 0 ? { ...options, ...hearing(...hears) } : options), quota }
    })
  }

  /** Can anything be published on this topic? */
  isLive(topic: string): boolean {
    return this.#wayOf(topic).connection.isLive
  }

  /** Resolves when something can be published on this topic, or never will be. */
  live(topic: string): Promise<void> {
    return this.#wayOf(topic).connection.live()
  }

  /** Resolves when everything can be published, or never will be. */
  async allLive(): Promise<void> {
    await Promise.all(this.#ways.map(({ connection }) => connection.live()))
  }

  /** Why something cannot be published, in a sentence. */
  get problem(): string | undefined {
    return this.#ways.map(({ connection }) => connection.problem).find((problem) => problem !== undefined)
  }

  /** @see Link.publish */
  async publish(topic: string, payload: Buffer, options: PublishOptions): Promise<void> {
    const { connection, quota } = this.#wayOf(topic)
    if (quota === undefined) return await send(connection, topic, payload, options)
    // What may be lost is, rather than to keep what may not be waiting.
    const mayWait = options.qos === 1
    const entered = quota.enter(mayWait)
    try {
      if (entered !== true) await entered
    } catch (cause) {
      if (!mayWait) return
      throw new MChatError('broker_unavailable', { cause })
    }
    try {
      if (entered === true || (await stillHolds(options))) await send(connection, topic, payload, options)
    } finally {
      quota.acknowledged()
    }
  }

  /** Leaves in order. */
  async close(): Promise<void> {
    await Promise.all(this.#ways.map(({ connection }) => connection.close()))
  }

  /** Is gone without a word. */
  abandon(): void {
    for (const { connection } of this.#ways) connection.abandon()
  }

  #wayOf(topic: string): Way {
    const [only] = this.#ways
    if (only === undefined) throw new Error('a publisher without a client_id')
    return this.#ways.length === 1 ? only : (this.#ways[hash(topic) % this.#ways.length] ?? only)
  }
}

const hearing = (topic: string, onNote: OnNote): Pick<ConnectionOptions, 'onConnect' | 'onPublish'> => ({
  onConnect: (client) => subscribe(client, topic),
  onPublish({ payload, retain }, _client, next) {
    if (!retain) onNote(Buffer.from(payload))
    next()
  },
})

/** Asked until there is an answer; whoever gets it publishes without waiting for anything more. */
const stillHolds = async ({ stillHolds: ask }: PublishOptions): Promise<boolean> => {
  for (;;) {
    const answer = ask?.() ?? true
    if (typeof answer === 'boolean') return answer
    if (!(await answer)) return false
  }
}

const send = async (
  connection: MqttConnection,
  topic: string,
  payload: Buffer,
  { qos, retain = false }: PublishOptions,
): Promise<void> => {
  // mqtt.js would keep it and send it whenever the broker is back.
  if (!connection.isLive) throw new MChatError('broker_unavailable', { cause: new Error('not connected') })
  // A broker ends the connection over it, and everything under way would fail with it.
  if (payload.length + topic.length + PACKET_OVERHEAD > connection.largestPacket) {
    throw new MChatError('answer_too_large')
  }
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the broker did not acknowledge in time')), PUBLISH_MS)
      connection.client.publish(topic, payload, { qos, retain }, (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  } catch (cause) {
    throw new MChatError('broker_unavailable', { cause })
  } finally {
    clearTimeout(timer)
  }
}

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
