import { backoffDelay } from './backoff.ts'
import type { StoreWriter } from './device-store.ts'
import type { Emitter } from './emitter.ts'
import {
  captureCallSite,
  type MChatClientError,
  NotConnectedError,
  RequestRejectedError,
  SubscriptionRefusedError,
} from './errors.ts'
import type { SessionConnected } from './events.ts'
import { LIMITS } from './generated/contract.ts'
import type { AuthBindOutput, ConfigServerOutput, GroupListOutput } from './generated/types.ts'
import { type Account, type Claim, type ClaimedId, claimClientId, sessionKey } from './identity.ts'
import type { Membership } from './membership.ts'
import type { ClientOptions, Timing } from './options.ts'
import type { Presence } from './presence.ts'
import type { Requests } from './requests.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Connection, OpenConnection, TransportOptions } from './transport.ts'

/** CONNACK codes that say that trying again is pointless: protocol, client_id, credentials, rights (MQTT 3.1.1, 3.2.2.3). */
const FINAL_RETURN_CODES = [1, 2, 4, 5]
/** After a working connection such a code may be a passing trouble of the broker's own checks. */
const REFUSALS = 5

/** What works on a connection once there is one; made when the client_id is known. */
export interface Parts {
  readonly subscriptions: Subscriptions
  readonly membership: Membership
  readonly presence: Presence
  readonly responseFilter: string
  onMessage(topic: string, payload: Uint8Array): void
}

export interface SessionContext {
  readonly account: Account
  readonly options: ClientOptions
  readonly timing: Timing
  readonly store: StoreWriter
  readonly claim: Claim
  readonly open: OpenConnection
  readonly emitter: Emitter
  readonly requests: Requests
  /** Called once, before the first connection. */
  build(clientId: string): Parts
  /** The session cannot be had, now or later: the client closes itself. */
  onHopeless(error: MChatClientError): void
}

/**
 * Keeps one session alive: connects, subscribes, binds (`auth.bind`), lists the groups; and again, with growing pauses,
 * whenever the connection is lost.
 */
export class Session {
  readonly #context: SessionContext
  readonly #opened: Promise<SessionConnected>
  #resolveOpened: (session: SessionConnected) => void = () => undefined
  #rejectOpened: (error: Error) => void = () => undefined
  #claimed: ClaimedId | undefined
  #parts: Parts | undefined
  #connection: Connection | undefined
  #running: Promise<void> | undefined
  #establishing: Promise<void> | undefined
  #lastFailure: Error | undefined
  #delivery: 'topic' | 'inbox' | undefined
  #hadConnection = false
  #closing = false
  /** Fires with the end of the current connection: what the session itself asked on it is void then. */
  #ended = new AbortController()
  readonly #givingUp = new AbortController()
  #wake: () => void = () => undefined

  constructor(context: SessionContext) {
    this.#context = context
    this.#opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve
      this.#rejectOpened = reject
    })
    // Whoever did not call `open` hears of it through the events.
    this.#opened.catch(() => undefined)
  }

  get clientId(): string | undefined {
    return this.#claimed?.clientId
  }
  get groupIds(): readonly string[] {
    return this.#parts?.membership.groupIds ?? []
  }
  get parts(): Parts | undefined {
    return this.#parts
  }
  get connection(): Connection | undefined {
    return this.#connection
  }
  /** Why the last attempt to connect failed. */
  get lastFailure(): Error | undefined {
    return this.#lastFailure
  }

  /** Starts; resolves with the first session. */
  open(): Promise<SessionConnected> {
    this.#running ??= this.#run().catch((error: unknown) => {
      if (!this.#closing) this.#hopeless(error as MChatClientError)
    })
    return this.#opened
  }

  /** The gateway has forgotten the session while the connection stands. */
  bindAgain(): void {
    const { requests } = this.#context
    requests.hold()
    if (this.#connection !== undefined) this.#establish(this.#connection, true)
  }

  /** Forgets that the broker has a session: after a logout its loss is no loss. */
  forget(): void {
    const { store, account } = this.#context
    if (this.#claimed !== undefined) store.write(sessionKey(account.storeKey, this.#claimed.clientId), undefined)
  }

  async close(reason: Error): Promise<void> {
    this.#closing = true
    this.#rejectOpened(reason)
    const connection = this.#connection
    if (connection !== undefined) {
      const { closeMs } = this.#context.timing
      await Promise.race([this.#parts?.presence.leave(), connection.closed, delay(closeMs)])
      await connection.end(closeMs)
    }
    this.#givingUp.abort()
    this.#wake()
    await this.#running
    this.#claimed?.release()
  }

  async #run(): Promise<void> {
    const { account, store, claim, timing } = this.#context
    this.#claimed = await claimClientId(account, store, claim)
    this.#parts = this.#context.build(this.#claimed.clientId)
    let failures = 0
    let refusals = 0
    while (!this.#closing) {
      const startedAt = Date.now()
      try {
        const connection = await this.#context.open(this.#transportOptions(this.#claimed, this.#parts))
        refusals = 0
        await this.#live(connection, this.#parts)
      } catch (error) {
        this.#lastFailure = error as Error
        if (error instanceof NotConnectedError && FINAL_RETURN_CODES.includes(error.returnCode ?? 0)) {
          refusals += 1
          if (!this.#hadConnection || refusals >= REFUSALS) throw error
        }
      }
      if (this.#closing) return
      // Two clients with one client_id throw each other out at once: such connections do not count as good ones.
      failures = Date.now() - startedAt >= timing.stableMs ? 0 : failures + 1
      await this.#pause(backoffDelay(timing.reconnect, Math.max(0, failures - 1)))
    }
  }

  #transportOptions({ clientId }: ClaimedId, parts: Parts): TransportOptions {
    const { account, options, timing } = this.#context
    const { mqtt_username: username, mqtt_password: password } = account.connection
    return {
      address: account.address,
      clientId,
      username,
      password,
      keepaliveSeconds: options.keepaliveSeconds ?? 30,
      connectMs: timing.connectMs,
      will: parts.presence.will(),
      signal: this.#givingUp.signal,
      onMessage: (topic, payload) => parts.onMessage(topic, payload),
    }
  }

  /** From CONNACK to the end of the connection. */
  async #live(connection: Connection, parts: Parts): Promise<void> {
    if (this.#closing) {
      await connection.end(this.#context.timing.closeMs)
      return
    }
    const { emitter, requests } = this.#context
    this.#connection = connection
    this.#ended = new AbortController()
    this.#noticeLostSession(connection)
    parts.presence.attach(connection)
    this.#establish(connection, connection.sessionPresent && this.#hadConnection)
    this.#hadConnection = true
    const cause = await connection.closed
    this.#lastFailure = cause ?? this.#lastFailure
    this.#connection = undefined
    this.#ended.abort(cause)
    this.#wake()
    requests.detach()
    parts.subscriptions.detach()
    parts.presence.detach()
    await this.#establishing
    emitter.emit('session', { state: 'disconnected', cause })
  }

  #noticeLostSession({ sessionPresent }: Connection): void {
    const { account, store, emitter } = this.#context
    const claimed = this.#claimed
    if (claimed === undefined) return
    if (!sessionPresent && (claimed.known || this.#hadConnection)) {
      emitter.emit('session', { state: 'gap', reason: 'session_lost' })
    }
    store.write(sessionKey(account.storeKey, claimed.clientId), '1')
  }

  #establish(connection: Connection, resumed: boolean): void {
    this.#establishing ??= this.#prepare(connection, resumed)
      .catch((error: unknown) => {
        // A connection that ended meanwhile is seen by #live; a refusal is final.
        if (error instanceof RequestRejectedError && !this.#closing) this.#hopeless(error)
      })
      .finally(() => {
        this.#establishing = undefined
      })
  }

  /** Subscriptions, then the session, then the groups, then everything that waits. */
  async #prepare(connection: Connection, resumed: boolean): Promise<void> {
    const { requests, emitter } = this.#context
    const { subscriptions, membership, responseFilter } = this.#parts as Parts
    await subscriptions.attach(connection, resumed)
    if (!subscriptions.isActive(responseFilter)) {
      // Nothing works without it, and nobody knows why: begin again, later and later.
      this.#lastFailure = new SubscriptionRefusedError(responseFilter)
      emitter.emit('error', this.#lastFailure as SubscriptionRefusedError)
      await connection.end(this.#context.timing.closeMs)
      return
    }
    requests.attach(connection)
    membership.listing()
    const bound = await this.#bind(connection)
    if (this.#connection !== connection) return
    requests.release()
    this.#delivery ??= await this.#groupDelivery()
    membership.listed(await this.#allGroups(bound), this.#delivery)
    await subscriptions.settled()
    if (this.#connection !== connection) return
    const session: SessionConnected = { ...bound, state: 'connected', resumed: connection.sessionPresent }
    this.#resolveOpened(session)
    emitter.emit('session', session)
  }

  /** Tries until it is answered with a yes or a final no, or the connection ends. */
  async #bind(connection: Connection): Promise<AuthBindOutput> {
    const { account, options, timing } = this.#context
    const input: Record<string, string> = { employee_id: account.employeeId }
    if (options.token !== undefined) input.token = options.token
    if (options.deviceInfo !== undefined) input.device_info = options.deviceInfo
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await this.#request('auth.bind', input)) as AuthBindOutput
      } catch (error) {
        const final = error instanceof RequestRejectedError && error.code < 500 && error.code !== 429
        if (final || this.#connection !== connection || this.#closing) throw error
        await this.#pause(backoffDelay(timing.retry, attempt))
      }
    }
  }

  /** A gateway that does not say delivers group messages on group topics, as the contract's table has it. */
  async #groupDelivery(): Promise<'topic' | 'inbox'> {
    try {
      const answer = (await this.#request('config.server', {})) as ConfigServerOutput
      return answer.group_delivery === 'inbox' ? 'inbox' : 'topic'
    } catch (error) {
      if (error instanceof RequestRejectedError) return 'topic'
      throw error
    }
  }

  /** A full page of groups may not be all of them. */
  async #allGroups(bound: AuthBindOutput): Promise<ReadonlySet<string>> {
    const ids = new Set(bound.groups.map((group) => group.group_id))
    if (ids.size < LIMITS.pageSize) return ids
    let cursor: string | null = null
    do {
      const input: object = cursor === null ? { limit: LIMITS.pageSize } : { limit: LIMITS.pageSize, cursor }
      const page = (await this.#request('group.list', input)) as GroupListOutput
      for (const group of page.groups) ids.add(group.group_id)
      cursor = page.next_cursor
    } while (cursor !== null)
    return ids
  }

  #request(action: string, input: object): Promise<unknown> {
    const { requests } = this.#context
    const request = requests.prepare(action, { signal: this.#ended.signal }, captureCallSite(this.open))
    requests.start(request, input)
    return request.outcome
  }

  #hopeless(error: MChatClientError): void {
    this.#rejectOpened(error)
    this.#context.onHopeless(error)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
