import { Readable } from 'node:stream'
import type { Subscription as AedesSubscription, Client } from 'aedes'
import { JournalPersistence } from './sessions/aedes-persistence.ts'
import type { SessionStore } from './sessions/session-store.ts'
import type { Sessions, Subscription } from './sessions/sessions.ts'

/**
 * The journal's persistence as aedes sees it inside MChat: aedes stores and finds subscriptions and wills here, while
 * queues and retained messages are left to Sessions, which sends them itself, in order.
 */
export class BrokerPersistence extends JournalPersistence {
  readonly #sessions: Sessions
  readonly #allowed: (client: Client, subscriptions: readonly AedesSubscription[]) => Promise<Subscription[]>

  /**
   * @param allowed which of these a client may have at this moment. aedes hands over every filter of a SUBSCRIBE as soon
   *   as one of them was granted, the refused ones too.
   */
  constructor(
    store: SessionStore,
    sessions: Sessions,
    allowed: (client: Client, subscriptions: readonly AedesSubscription[]) => Promise<Subscription[]>,
  ) {
    super(store)
    this.#sessions = sessions
    this.#allowed = allowed
  }

  override async addSubscriptions(client: Client, subscriptions: readonly AedesSubscription[]): Promise<void> {
    const allowed = await this.#allowed(client, subscriptions)
    if (allowed.length > 0) await this.#sessions.subscribe(client.id, false, allowed)
  }

  override async cleanSubscriptions(client: Client): Promise<void> {
    await this.#sessions.purge(client.id)
  }

  override async subscriptionsByTopic(): Promise<never[]> {
    return []
  }

  override async outgoingClearMessageId(client: Client, packet: { messageId?: number }): Promise<undefined> {
    if (packet.messageId !== undefined) this.#sessions.acknowledge(client.id, packet.messageId)
    return undefined
  }

  override outgoingStream(): Readable {
    return Readable.from([])
  }

  override createRetainedStreamCombi(): Readable {
    return Readable.from([])
  }
}
