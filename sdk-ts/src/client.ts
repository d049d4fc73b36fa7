import { type AgentAnswer, AgentAnswers, type AskOptions } from './agent-answers.ts'
import { Conversations, type SendInput } from './conversations.ts'
import { defaultStore, StoreWriter } from './device-store.ts'
import { Emitter, type Handler } from './emitter.ts'
import {
  AbortedError,
  type CallSite,
  ClientClosedError,
  captureCallSite,
  DeviceStoreError,
  type MChatClientError,
  NotConnectedError,
  withCallSite,
} from './errors.ts'
import type { EventReader, ReaderOptions } from './event-reader.ts'
import type { ClientEvents, EventName, SessionConnected } from './events.ts'
import { createFiles, type Files, type OpenFiles } from './files.ts'
import { ActionMethods } from './generated/action-methods.ts'
import { UNANSWERED } from './generated/contract.ts'
import { createTopics, type Topics } from './generated/topics.ts'
import type {
  ActionName,
  GroupCreateOutput,
  GroupLeaveOutput,
  InputOf,
  Message,
  MsgSendGroupInput,
  MsgSendPrivateInput,
  OutputOf,
  Status,
} from './generated/types.ts'
import type { Account } from './identity.ts'
import { Incoming } from './incoming.ts'
import { Membership } from './membership.ts'
import { openMqttConnection } from './mqtt-transport.ts'
import { type ClientOptions, DEFAULT_TIMING, type Timing } from './options.ts'
import { Presence } from './presence.ts'
import { randomId } from './random.ts'
import { type RequestOptions, Requests } from './requests.ts'
import { SecondFactor } from './second-factor.ts'
import { type Parts, Session } from './session.ts'
import { Subscriptions } from './subscriptions.ts'
import { Watches } from './watches.ts'

export interface OpenOptions {
  /** Milliseconds to wait for a session; default 30,000. The client goes on trying afterwards. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * One device of one employee, connected to MChat. Every action of the contract is a method: `client.group.create(…)`,
 * `client.msg.sendPrivate(…)`; what arrives are events and async iterators. It reconnects by itself until `close`.
 *
 * At least once: a message is handed to all handlers, synchronously, before it is acknowledged to the broker. What a
 * handler does synchronously is done when the message is gone from the broker; what it only starts may be lost with the
 * process. Within one process each message is handed out once; across restarts it may come again, with the same msg_id.
 */
export class MChatClient extends ActionMethods {
  readonly employeeId: string
  /** Files, with everything that has to be done for one. (`client.file` has the bare actions.) */
  readonly files: Files
  readonly #timing: Timing
  readonly #topics: Topics
  readonly #emitter = new Emitter()
  readonly #store: StoreWriter
  readonly #requests: Requests
  readonly #conversations: Conversations
  readonly #subscriptions: Subscriptions
  readonly #membership: Membership
  readonly #agentAnswers: AgentAnswers
  readonly #files: OpenFiles
  readonly #session: Session
  readonly #watches: Readonly<Record<'status' | 'profile' | 'capability' | 'changes', Watches>>
  readonly #secondFactor: SecondFactor
  #presenceWanted: Status['status'] = 'online'
  #closing: Promise<void> | undefined
  #closeReason: unknown

  /** Use `createClient` or `connect`. */
  constructor(account: Account, options: ClientOptions) {
    super()
    const timing: Timing = { ...DEFAULT_TIMING, ...options.timing }
    const store = options.store ?? defaultStore()
    const report = (error: MChatClientError): void => this.#emitter.emit('error', error)
    const topics = createTopics(account.connection.service_id)
    this.employeeId = account.employeeId
    this.#timing = timing
    this.#secondFactor = new SecondFactor((...request) => this.#ask(...request), options.confirm)
    this.#topics = topics
    this.#store = new StoreWriter(store, (error) => report(new DeviceStoreError(error)))
    this.#requests = new Requests({
      timing,
      requestTopic: (seqId) => topics.request(this.#session.clientId ?? '', seqId),
      bindAgain: () => this.#session.bindAgain(),
      reportError: report,
      answersAre: (late) => this.#emitter.emit('answers', { late }),
    })
    this.#conversations = new Conversations(this.#requests, this.#store, account.storeKey)
    this.#agentAnswers = new AgentAnswers({
      timing,
      emitter: this.#emitter,
      requests: this.#requests,
      conversations: this.#conversations,
      cancel: (runId) => this.agent.cancel({ run_id: runId }),
    })
    this.#files = createFiles({
      timing,
      request: (action, input, more) => this.request(action, input, more),
      reportError: report,
    })
    this.files = this.#files.files
    this.#subscriptions = new Subscriptions(timing, report)
    this.#membership = new Membership(this.employeeId, topics, this.#subscriptions, options.typing ?? true)
    this.#watches = {
      status: new Watches(this.#subscriptions, topics.statusAll, topics.status),
      profile: new Watches(this.#subscriptions, topics.profileAll, topics.profile),
      capability: new Watches(this.#subscriptions, topics.capabilityAll, topics.capability),
      changes: new Watches(this.#subscriptions, topics.inboxChanges(this.employeeId), topics.inboxChanges, 0),
    }
    this.#session = new Session({
      account,
      options,
      timing,
      store: this.#store,
      claim: store.claim?.bind(store),
      open: options.open ?? openMqttConnection,
      emitter: this.#emitter,
      requests: this.#requests,
      build: (clientId) => this.#build(clientId, options),
      onHopeless: (error) => void this.#close(error),
    })
  }

  /** Stable for this device; undefined until `open` has read it from the device store. */
  get clientId(): string | undefined {
    return this.#session.clientId
  }

  /** The groups this employee is in, as far as is known now. */
  get groupIds(): readonly string[] {
    return this.#membership.groupIds
  }

  /**
   * Starts connecting, and waits for the first session. Attach handlers before: what was queued at the broker arrives
   * with the connection. (What nobody listens to yet is held, up to 1,000 events of each kind.)
   * @throws {NotConnectedError} no session in time, and `cause` says why; with a `returnCode` the broker refused the
   *   credentials, and the client has closed itself
   * @throws {RequestRejectedError} `auth.bind` was refused, and the client has closed itself
   * @throws {AbortedError} {@link OpenOptions.signal} fired
   * @throws {ClientClosedError}
   */
  async open(options: OpenOptions = {}): Promise<SessionConnected> {
    const site = captureCallSite(this.open)
    if (this.#closing !== undefined) throw new ClientClosedError(this.#closeReason)
    const { signal, timeoutMs = this.#timing.openMs } = options
    const limits = new AbortController()
    const limit = new Promise<never>((_resolve, reject) => {
      const timer = setTimeout(() => {
        const cause = this.#session.lastFailure
        const why = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
        reject(new NotConnectedError(`no session within ${timeoutMs} ms${why}`, { cause }))
      }, timeoutMs)
      const aborted = (): void => reject(new AbortedError(signal?.reason))
      limits.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', aborted)
      })
      if (signal?.aborted === true) aborted()
      else signal?.addEventListener('abort', aborted)
    })
    try {
      return await Promise.race([this.#session.open(), limit])
    } catch (error) {
      throw error instanceof Error ? withCallSite(error, site) : error
    } finally {
      limits.abort()
    }
  }

  /**
   * Ends the client for good: everything that waits fails with `ClientClosedError` at once, then `offline` is published
   * and the connection ends, within about 2 s. The broker keeps the session: messages queue for the next start.
   */
  close(): Promise<void> {
    return this.#close(undefined)
  }

  /** Hears every event of this name from now on. @returns a function that stops it */
  on<N extends EventName>(name: N, handler: Handler<N>): () => void {
    return this.#emitter.on(name, handler)
  }

  off<N extends EventName>(name: N, handler: Handler<N>): void {
    this.#emitter.off(name, handler)
  }

  /**
   * Messages to loop over: `for await (const message of client.messages({ signal }))`. The loop ends when the signal
   * fires or the client is closed.
   * @throws {BufferOverflowError} from the loop, when it fell behind by more than {@link ReaderOptions.limit} messages
   */
  messages(options: ReaderOptions = {}): EventReader<Message> {
    return this.#emitter.read('message', options)
  }

  /** The same for any event. */
  events<N extends EventName>(name: N, options: ReaderOptions = {}): EventReader<ClientEvents[N]> {
    return this.#emitter.read(name, options)
  }

  /**
   * Any action by its name on the wire; the methods (`client.group.create`) call this. Without a connection the request
   * waits for one. Messages (`msg.send_private`, `msg.send_group`) of one conversation go one after the other and are
   * sent with `agent_wait: false` unless the input says otherwise.
   * @throws {RequestRejectedError} the gateway refused it, finally or until the time was up
   * @throws {RequestTimeoutError} it was sent and not answered in time; whether it took effect is unknown
   * @throws {NotConnectedError} it could not be sent in time, and has had no effect
   * @throws {AbortedError} {@link RequestOptions.signal} fired
   * @throws {ClientClosedError} the client was closed
   * @throws {TypeError} the input is not JSON, or the seq_id not one
   */
  async request<A extends ActionName>(
    action: A,
    input: InputOf<A>,
    options: RequestOptions = {},
  ): Promise<OutputOf<A>> {
    const site = captureCallSite(this.request)
    if (UNANSWERED.includes(action)) {
      this.#notify(action, input)
      return {} as OutputOf<A>
    }
    return await this.#secondFactor.request(action, input, options, site)
  }

  async #ask<A extends ActionName>(
    action: A,
    input: InputOf<A>,
    options: RequestOptions,
    site: CallSite,
  ): Promise<OutputOf<A>> {
    const request = this.#requests.prepare(action, options, site)
    if (action === 'msg.send_private' || action === 'msg.send_group') {
      this.#conversations.send(request, input as SendInput)
    } else {
      this.#requests.start(request, input)
    }
    const output = (await request.outcome) as OutputOf<A>
    this.#follow(action, output)
    return output
  }

  /**
   * Sends a message to agents and resolves with what they answer: once each of them that it is for has said everything.
   * What a further agent says to such an answer is not part of it. Other messages do not wait.
   * @throws {AgentNotCalledError} the message was for no agent that can be called now; it was delivered
   * @throws {AgentRunError} an agent failed, took too long or was stopped, and says why; the message was delivered
   * @throws {RequestTimeoutError} there was neither an answer nor an end in time (130 s)
   * @throws {AbortedError} {@link AskOptions.signal} fired; the agents are stopped
   * @throws as `request`, when the message could not be sent
   */
  ask(input: MsgSendPrivateInput | MsgSendGroupInput, options: AskOptions = {}): Promise<AgentAnswer> {
    return this.#agentAnswers.ask(input, options, captureCallSite(this.ask))
  }

  /**
   * Shows this employee as online or offline, now and after every reconnect, until it is called again. With other
   * devices online, `offline` does not last: they say `online` again.
   */
  async setPresence(status: Status['status']): Promise<void> {
    this.#presenceWanted = status
    await this.#session.parts?.presence.set(status)
  }

  /**
   * `status` events for one employee, or for everybody: at once for what is known, then with every change.
   * @returns a function that stops it
   */
  watchStatus(employeeId?: string): () => void {
    return this.#watches.status.watch(employeeId)
  }

  /** `profile` events for one employee, or for everybody. @returns a function that stops it */
  watchProfiles(employeeId?: string): () => void {
    return this.#watches.profile.watch(employeeId)
  }

  /** `capability` events for one skill, or for all: who has it now, then every change. @returns stops it */
  watchCapabilities(skill?: string): () => void {
    return this.#watches.capability.watch(skill)
  }

  /**
   * `changes` events: what has changed of what this employee administers, for a view that moves by itself. They may be
   * lost, and nothing is kept while there is no connection: ask for everything on show at every `connected`, and when
   * `dropped` is there. Whoever administers nothing hears nothing.
   * @returns a function that stops it
   */
  watchChanges(): () => void {
    return this.#watches.changes.watch(undefined)
  }

  #build(clientId: string, options: ClientOptions): Parts {
    const topics = this.#topics
    const { employeeId } = this
    const presence = new Presence({
      employeeId,
      topic: topics.status(employeeId),
      device: clientId,
      publishes: options.presence ?? true,
      emit: (event) => this.#emitter.emit('status', event),
    })
    void presence.set(this.#presenceWanted)
    const incoming = new Incoming({
      topics,
      employeeId,
      clientId,
      dedupeSize: options.dedupeSize ?? 10_000,
      emitter: this.#emitter,
      requests: this.#requests,
      membership: this.#membership,
      presence,
      agentAnswers: this.#agentAnswers,
    })
    const subscriptions = this.#subscriptions
    const responseFilter = topics.responses(clientId)
    // One SUBSCRIBE takes eight: these go out together, before any group.
    subscriptions.add(responseFilter, 1)
    subscriptions.add(topics.inbox(employeeId), 1)
    subscriptions.add(topics.sync(employeeId), 1)
    subscriptions.add(topics.systemNotify, 1)
    subscriptions.add(topics.orgTree, 1)
    if (options.typing ?? true) subscriptions.add(topics.inboxStream(employeeId), 0)
    this.#watches.status.watch(employeeId)
    return {
      subscriptions,
      membership: this.#membership,
      presence,
      responseFilter,
      onMessage: (topic, payload) => incoming.handle(topic, payload),
    }
  }

  /** At QoS 0, once, and only if there is a connection: a late "is typing" is worse than none. */
  #notify(action: string, input: object): void {
    const { connection, clientId } = this.#session
    if (connection === undefined || clientId === undefined) return
    const payload = JSON.stringify({ ...input, action })
    connection.publish(this.#topics.request(clientId, randomId()), payload, { qos: 0 }).catch(() => undefined)
  }

  /** What an answer changes for the client itself, without waiting for the notice. */
  #follow(action: ActionName, output: unknown): void {
    if (action === 'group.create') this.#membership.joined((output as GroupCreateOutput).group_id)
    else if (action === 'group.leave') this.#membership.left((output as GroupLeaveOutput).group_id)
    else if (action === 'auth.logout') {
      // Left open it would bind again at the next chance.
      this.#session.forget()
      void this.close()
    }
  }

  #close(reason: MChatClientError | undefined): Promise<void> {
    this.#closing ??= this.#shutDown(reason)
    return this.#closing
  }

  async #shutDown(reason: MChatClientError | undefined): Promise<void> {
    this.#closeReason = reason
    this.#requests.close(() => new ClientClosedError(reason))
    this.#secondFactor.close(() => new ClientClosedError(reason))
    this.#agentAnswers.close(() => new ClientClosedError(reason))
    this.#files.close(() => new ClientClosedError(reason))
    if (reason !== undefined) this.#emitter.emit('error', reason)
    await this.#session.close(reason ?? new ClientClosedError())
    this.#emitter.end()
    await this.#store.flush()
  }
}
