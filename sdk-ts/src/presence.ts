import type { StatusEvent } from './events.ts'
import type { Status } from './generated/types.ts'
import type { Connection, Will } from './transport.ts'

export interface PresenceContext {
  readonly employeeId: string
  readonly topic: string
  /** Stands in every status, so that one can see whose will it was. */
  readonly device: string
  /** false: this client says nothing about itself and only listens. */
  readonly publishes: boolean
  emit(event: StatusEvent): void
}

/**
 * Presence (contract section 2, status topic). All statuses of one connection, its will included, carry the time at
 * which it was opened: so an `offline` that is older than the last `online` is the will of a connection that has been
 * replaced, and is ignored, whereas the will of the current one is not.
 */
export class Presence {
  readonly #context: PresenceContext
  readonly #lastOnline = new Map<string, string>()
  #openedAt = 0
  #wanted: Status['status'] = 'online'
  #connection: Connection | undefined

  constructor(context: PresenceContext) {
    this.#context = context
  }

  /** For the next connection: call it once for each. */
  will(): Will | undefined {
    if (!this.#context.publishes) return undefined
    this.#openedAt = Math.max(Date.now(), this.#openedAt + 1)
    return { topic: this.#context.topic, payload: this.#payload('offline') }
  }

  attach(connection: Connection): void {
    this.#connection = connection
    if (this.#wanted === 'online') void this.#publish('online')
  }

  detach(): void {
    this.#connection = undefined
  }

  /** Says goodbye, since an orderly end keeps the broker from publishing the will. */
  async leave(): Promise<void> {
    const wasOnline = this.#wanted === 'online'
    this.#wanted = 'offline'
    if (wasOnline) await this.#publish('offline')
  }

  async set(status: Status['status']): Promise<void> {
    this.#wanted = status
    await this.#publish(status)
  }

  receive(employeeId: string, status: Status): void {
    const isOwn = employeeId === this.#context.employeeId
    // The will or the goodbye of another device of this employee: this one is still here.
    if (isOwn && status.status === 'offline' && this.#wanted === 'online') void this.#publish('online')
    if (status.status === 'online') this.#lastOnline.set(employeeId, status.updated_at)
    else if (this.#isStale(employeeId, status)) return
    this.#context.emit({ ...status, employee_id: employeeId })
  }

  /** Clients that do not name their device do not keep to one time for a connection either: they are believed. */
  #isStale(employeeId: string, { device, updated_at: updatedAt }: Status): boolean {
    const lastOnline = this.#lastOnline.get(employeeId)
    return device !== undefined && lastOnline !== undefined && Date.parse(updatedAt) < Date.parse(lastOnline)
  }

  async #publish(status: Status['status']): Promise<void> {
    if (!this.#context.publishes) return
    try {
      await this.#connection?.publish(this.#context.topic, this.#payload(status), { qos: 1, retain: true })
    } catch {
      // The connection has ended: the will has spoken, and the next one says what is wanted then.
    }
  }

  #payload(status: Status['status']): string {
    const { device } = this.#context
    const updatedAt = new Date(this.#openedAt).toISOString()
    return JSON.stringify({ status, updated_at: updatedAt, device } satisfies Status)
  }
}
