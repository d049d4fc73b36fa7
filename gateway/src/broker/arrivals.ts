import type { Client } from 'aedes'

/**
 * A CONNECT from its first look until the client is attached. Whoever is thrown out in between is not connected yet, and
 * must not be connected afterwards by what was read before.
 */
export interface Arrival {
  readonly client: Client
  /** Whether the login has been let in. */
  admitted: boolean
  /** Thrown out since the login was last looked at. */
  expelled: boolean
}

export class Arrivals {
  readonly #byClientId = new Map<string, Set<Arrival>>()

  /** @param onOver told when it is not an arrival any more and the connection is closed */
  add(clientId: string, client: Client, onOver: () => void): Arrival {
    const arrival: Arrival = { client, admitted: false, expelled: false }
    const known = this.#byClientId.get(clientId)
    if (known === undefined) this.#byClientId.set(clientId, new Set([arrival]))
    else known.add(arrival)
    client.conn.once('close', () => {
      this.remove(clientId, arrival)
      onOver()
    })
    return arrival
  }

  remove(clientId: string, arrival: Arrival): void {
    const known = this.#byClientId.get(clientId)
    known?.delete(arrival)
    if (known?.size === 0) this.#byClientId.delete(clientId)
  }

  has(clientId: string): boolean {
    return this.#byClientId.has(clientId)
  }

  /** A login under way is to be looked at again; those that were let in already are closed. */
  expel(clientId: string): void {
    for (const arrival of this.#byClientId.get(clientId) ?? []) {
      arrival.expelled = true
      if (arrival.admitted) arrival.client.close()
    }
  }
}
