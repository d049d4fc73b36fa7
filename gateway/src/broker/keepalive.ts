import type { ConnectedClient, ConnectedClients } from './connected-clients.ts'

/**
 * Ends connections of which nothing is heard (MQTT 3.1.1, 3.1.2.10), as aedes would, whose timer does not see what the
 * reader takes. Nobody who is on hold is silent: it is not listened to.
 */
export class Keepalive {
  readonly #clients: Iterable<ConnectedClient>
  readonly #silentSeconds = new WeakMap<ConnectedClient, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(clients: ConnectedClients) {
    this.#clients = clients
  }

  start(): void {
    this.#timer = setInterval(() => this.secondPassed(), 1000).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  secondPassed(): void {
    for (const connected of this.#clients) {
      const { client, keepaliveSeconds, reader } = connected
      if (keepaliveSeconds === 0) continue
      const isSilent = !reader.takeHeard() && !reader.onHold
      const silent = isSilent ? (this.#silentSeconds.get(connected) ?? 0) + 1 : 0
      this.#silentSeconds.set(connected, silent)
      // A second more than the standard's one and a half times, since seconds are counted and not measured.
      if (silent > keepaliveSeconds * 1.5 + 1) client.emit('error', new Error('keep alive timeout'))
    }
  }
}
