import type { Message } from './message.ts'

export interface Session {
  readonly clientId: string
  /** A session of one version of MQTT is not resumed with the other. */
  readonly version: 4 | 5
  /** Filters as clients write them, with the QoS that was granted. */
  readonly subscriptions: Map<string, 0 | 1>
  /** QoS 1 of this connection that waits for its turn. */
  readonly waiting: Message[]
  /** QoS 1 from before this connection, what was not acknowledged first. */
  readonly stored: Message[]
  /** QoS 1 that shared subscriptions kept while nobody was online. */
  readonly storedOfGroup: Message[]
  readonly unacknowledged: Map<number, Message>
  /** How long it waits for its client; 0: it ends with the connection. */
  expirySeconds: number
}

/** One session per client id, connected or away. */
export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #expiries = new Map<string, NodeJS.Timeout>()

  all(): Iterable<Session> {
    return this.#sessions.values()
  }

  /** @param resumes whether the client wants the session it had, if it had one */
  open(
    wanted: Pick<Session, 'clientId' | 'version' | 'expirySeconds'>,
    resumes: boolean,
  ): [Session, isPresent: boolean] {
    const { clientId, expirySeconds, version } = wanted
    clearTimeout(this.#expiries.get(clientId))
    this.#expiries.delete(clientId)
    const known = this.#sessions.get(clientId)
    if (resumes && known?.version === version) {
      known.expirySeconds = expirySeconds
      return [known, true]
    }
    const session: Session = {
      ...wanted,
      subscriptions: new Map(),
      waiting: [],
      stored: [],
      storedOfGroup: [],
      unacknowledged: new Map(),
    }
    this.#sessions.set(clientId, session)
    return [session, false]
  }

  /** Its connection has ended: it waits for its client, or is over. @param whenOver not called when it comes back */
  leave(session: Session, whenOver: () => void): void {
    const { clientId, expirySeconds, stored, storedOfGroup, unacknowledged, waiting } = session
    stored.unshift(...unacknowledged.values())
    stored.push(...storedOfGroup.splice(0), ...waiting.splice(0))
    unacknowledged.clear()
    const end = (): void => {
      this.#sessions.delete(clientId)
      this.#expiries.delete(clientId)
      whenOver()
    }
    if (expirySeconds === 0) end()
    else this.#expiries.set(clientId, setTimeout(end, expirySeconds * 1000).unref())
  }
}
