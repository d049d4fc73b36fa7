import { maySubscribe, type Topics } from '@mchat/schema'
import type { Client, Subscription } from 'aedes'
import type { BrokerHooks, BrokerLimits } from './broker-hooks.ts'
import type { ConnectedClients } from './connected-clients.ts'
import type { Sessions } from './sessions/sessions.ts'

/** Characters; the longest topic there is has an encoded skill in it. */
const MAX_FILTER_LENGTH = 1024

export interface SubscribingParts {
  readonly topics: Topics
  readonly clients: ConnectedClients
  readonly sessions: Sessions
  readonly hooks: Pick<BrokerHooks, 'subject'>
  readonly limits: Pick<BrokerLimits, 'subscriptionsPerClient'>
}

/** What clients may subscribe to: asked when the SUBSCRIBE comes, and again when the session is about to have it. */
export class Subscribing {
  readonly #parts: SubscribingParts

  constructor(parts: SubscribingParts) {
    this.#parts = parts
  }

  async authorise(client: Client, { topic }: Subscription): Promise<boolean> {
    const { clients, hooks, limits, sessions, topics } = this.#parts
    const connected = clients.of(client)
    if (connected === undefined || connected.expelled) return false
    const subject = await hooks.subject(client.id, connected.employeeId)
    const known = sessions.subscriptionsOf(client.id)
    const isKnown = known.has(topic)
    const room = isKnown || known.size + connected.granted.size < limits.subscriptionsPerClient
    const fits = room && topic.length <= MAX_FILTER_LENGTH
    const granted = fits && subject !== undefined && maySubscribe(topic, subject, topics.prefix)
    if (granted && !isKnown) connected.granted.add(topic)
    // A subscription of a returning session that is no longer allowed goes with what it had queued.
    if (!granted && isKnown) await sessions.revoke(client.id, [topic])
    return granted
  }

  /** Has the client been granted filters that were not taken yet? */
  isWaiting(client: Client): boolean {
    return (this.#parts.clients.of(client)?.granted.size ?? 0) > 0
  }

  /**
   * Those of a SUBSCRIBE that were granted, looked at again at the very moment of subscribing: the rights may have
   * changed since the first look, and the client may be gone, which must not bring back its session.
   */
  async takeGranted<S extends { readonly topic: string }>(client: Client, subscriptions: readonly S[]): Promise<S[]> {
    const { clients, hooks, sessions, topics } = this.#parts
    const connected = clients.of(client)
    if (connected === undefined) return []
    const subject = await hooks.subject(client.id, connected.employeeId)
    const known = sessions.subscriptionsOf(client.id)
    const granted = subscriptions.filter(({ topic }) => connected.granted.delete(topic) || known.has(topic))
    if (subject === undefined || connected.expelled || client.closed) return []
    return granted.filter(({ topic }) => maySubscribe(topic, subject, topics.prefix))
  }

  /** SUBACK is on its way. Persistent sessions have been subscribed before it, clean ones are now. */
  async answered(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    const { sessions } = this.#parts
    const granted = subscriptions.filter((subscription) => (subscription.qos as number) !== 128)
    const allowed = (await this.takeGranted(client, granted)).map(
      ({ topic, qos }) => ({ filter: topic, qos: qos === 0 ? 0 : 1 }) as const,
    )
    if (client.clean && allowed.length > 0) await sessions.subscribe(client.id, true, allowed)
    sessions.sendRetained(client.id, allowed)
  }
}
