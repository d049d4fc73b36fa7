import type { ConnectedClients } from './connected-clients.ts'

/** A client that has been sent so much that no more fits, and takes nothing for this long, is gone. */
const DRAIN_SECONDS = 30

/**
 * Ends connections of which nothing is heard (MQTT 3.1.1, 3.1.2.10), as aedes would, whose timer does not see what the
 * reader takes. Nobody who is on hold is silent: it is not listened to.
 */
export class Keepalive {
  readonly #clients: ConnectedClients
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
      if (reader.heard || reader.onHold) connected.silentSeconds = 0
      else connected.silentSeconds++
      reader.heard = false
      connected.undrainedSeconds = reader.isHeld('drain') ? connected.undrainedSeconds + 1 : 0
      // A second more than the standard's one and a half times, since seconds are counted and not measured.
      if (keepaliveSeconds > 0 && connected.silentSeconds > keepaliveSeconds * 1.5 + 1) {
        client.emit('error', new Error('keep alive timeout'))
      } else if (connected.undrainedSeconds > DRAIN_SECONDS) {
        client.emit('error', new Error('drain timeout'))
      }
    }
  }
}
