import { type AedesClient, type AedesSubscription, JournalPersistence } from './sessions/aedes-persistence.ts'
import type { SessionStore } from './sessions/session-store.ts'

export interface SubscriptionGuard<C> {
  /** Has the client been granted filters that `allowed` was not asked for yet? */
  isWaiting(client: C): boolean
  /** Which of these a client may have at this moment. */
  allowed(client: C, subscriptions: readonly AedesSubscription[]): Promise<AedesSubscription[]>
}

/** The journal's persistence for a broker that refuses subscriptions. */
export class BrokerPersistence<C extends AedesClient> extends JournalPersistence {
  readonly #guard: SubscriptionGuard<C>
  /** By the list of a SUBSCRIBE: what was done for it. */
  readonly #done = new WeakMap<readonly AedesSubscription[], Promise<void>>()

  constructor(store: SessionStore, guard: SubscriptionGuard<C>) {
    super(store)
    this.#guard = guard
  }

  /** aedes hands over every filter of a SUBSCRIBE, the refused ones too, and does so once for each that was granted. */
  override addSubscriptions(client: AedesClient, subscriptions: readonly AedesSubscription[]): Promise<void> {
    const before = this.#done.get(subscriptions)
    if (before !== undefined && !this.#guard.isWaiting(client as C)) return before
    const done = this.#add(client, subscriptions)
    this.#done.set(subscriptions, before === undefined ? done : Promise.all([before, done]).then(() => undefined))
    return done
  }

  async #add(client: AedesClient, subscriptions: readonly AedesSubscription[]): Promise<void> {
    const allowed = await this.#guard.allowed(client as C, subscriptions)
    if (allowed.length > 0) await super.addSubscriptions(client, allowed)
  }
}
