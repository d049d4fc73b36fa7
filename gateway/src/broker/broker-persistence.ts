import { type AedesClient, type AedesSubscription, JournalPersistence } from './sessions/aedes-persistence.ts'
import type { SessionStore } from './sessions/session-store.ts'

/** The journal's persistence for a broker that refuses subscriptions. */
export class BrokerPersistence<C extends AedesClient> extends JournalPersistence {
  readonly #allowed: (client: C, subscriptions: readonly AedesSubscription[]) => Promise<AedesSubscription[]>

  /**
   * @param allowed which of these a client may have at this moment. aedes hands over every filter of a SUBSCRIBE as soon
   *   as one of them was granted, the refused ones too.
   */
  constructor(
    store: SessionStore,
    allowed: (client: C, subscriptions: readonly AedesSubscription[]) => Promise<AedesSubscription[]>,
  ) {
    super(store)
    this.#allowed = allowed
  }

  override async addSubscriptions(client: AedesClient, subscriptions: readonly AedesSubscription[]): Promise<void> {
    const allowed = await this.#allowed(client as C, subscriptions)
    if (allowed.length > 0) await super.addSubscriptions(client, allowed)
  }
}
