import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import {
  ACTIONS,
  type ActionDefinition,
  type ActionName,
  type InputOf,
  type OutputOf,
  type Response,
  type Topics,
} from '../../schema/src/index.ts'
import { Mailbox, type Matching, matches, type Received } from './mailbox.ts'

export interface DeviceOptions {
  readonly port: number
  readonly topics: Topics
  readonly employeeId: string
  readonly clientId: string
  /** Default: the employee_id. */
  readonly username?: string | undefined
  readonly secret: string
  readonly clean: boolean
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain: boolean } | undefined
}

export interface RequestOptions {
  /** Default: a new one. */
  readonly seqId?: string
  readonly qos?: 0 | 1
  /** Sent in the place of the JSON of action and input. */
  readonly raw?: string | Buffer
  readonly timeoutMs?: number
}

export interface Expectation {
  readonly matching: Matching
  /**
   * Brings a message with this mark in its text to the device, the same way as what must not come. What was on its way
   * before has arrived then. Default: a message to oneself.
   */
  readonly barrier?: (mark: string) => Promise<unknown>
}

/** How the text of a barrier's message begins. */
export const BARRIER = 'barrier-'

export const newSeqId = (): string => `s${randomBytes(8).toString('hex')}`

/** Those that are connected, by port and client_id: a second factor comes to another device than the one that asks. */
const connected = new Map<string, Device>()

/** One connection of one employee, over MQTT 3.1.1; it never reconnects by itself. */
export class Device implements AsyncDisposable {
  readonly clientId: string
  readonly employeeId: string
  readonly topics: Topics
  /** Of an authenticator, where its employee has one: each is good for one second factor. */
  readonly recoveryCodes: string[] = []
  readonly #port: number
  /** The inbox and its stream. */
  readonly inbox: Mailbox
  /** What the own devices tell each other. */
  readonly sync: Mailbox
  /** Everything that arrived, responses included. */
  readonly received: Received[] = []
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>
  readonly #client: MqttClient
  readonly #everything: Mailbox
  readonly #boxes = new Map<string, Mailbox>()
  readonly #groups = new Map<string, Mailbox>()
  #sessionPresent = false
  #isClosed = false

  private constructor(client: MqttClient, options: DeviceOptions) {
    this.#client = client
    this.clientId = options.clientId
    this.employeeId = options.employeeId
    this.topics = options.topics
    this.#port = options.port
    this.#everything = new Mailbox(options.clientId)
    this.inbox = new Mailbox(`the inbox of ${options.clientId}`)
    this.sync = new Mailbox(`the sync topic of ${options.clientId}`)
    this.#boxes.set(this.topics.inbox(this.employeeId), this.inbox)
    this.#boxes.set(this.topics.inboxStream(this.employeeId), this.inbox)
    this.#boxes.set(this.topics.sync(this.employeeId), this.sync)
    client.on('message', (topic, payload, packet) => {
      const text = payload.toString('utf8')
      const message = { topic, text, json: objectIn(text), qos: packet.qos, retain: packet.retain }
      this.received.push(message)
      this.#boxes.get(topic)?.add(message)
      this.#everything.add(message)
    })
    client.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      client.once('close', () => {
        this.#isClosed = true
        const key = `${this.#port}/${this.clientId}`
        if (connected.get(key) === this) connected.delete(key)
        resolve()
      })
    })
  }

  /** Rejects with the reason when the broker refuses. */
  static async connect(options: DeviceOptions): Promise<Device> {
    const client = mqtt.connect({
      host: '127.0.0.1',
      port: options.port,
      clientId: options.clientId,
      username: options.username ?? options.employeeId,
      password: options.secret,
      clean: options.clean,
      protocolVersion: 4,
      reconnectPeriod: 0,
      keepalive: 0,
      ...(options.will === undefined
        ? {}
        : { will: { ...options.will, payload: Buffer.from(options.will.payload), qos: 1 } }),
    })
    const device = new Device(client, options)
    await new Promise<void>((resolve, reject) => {
      client.once('connect', (packet) => {
        device.#sessionPresent = packet.sessionPresent
        resolve()
      })
      client.once('error', reject)
      client.once('close', () => reject(new Error(`The connection of ${options.clientId} was closed.`)))
    })
    client.stream.on('error', () => undefined)
    // Without it a request waits 40 ms for the acknowledgement of the one before (Nagle's algorithm).
    if (client.stream instanceof Socket) client.stream.setNoDelay(true)
    connected.set(`${options.port}/${options.clientId}`, device)
    return device
  }

  /** Did the broker still have the session of an earlier connection? */
  get sessionPresent(): boolean {
    return this.#sessionPresent
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** @returns for each filter whether it was granted */
  async subscribe(...filters: string[]): Promise<boolean[]> {
    const qos = 1
    const packet = await new Promise<readonly (number | { code: number })[]>((resolve, reject) => {
      this.#client.subscribe(filters, { qos }, (error, grants, suback) => {
        if (suback !== undefined) resolve(suback.granted as readonly number[])
        else if (error) reject(error)
        else resolve((grants ?? []).map((grant) => grant.qos))
      })
    })
    return packet.map((granted) => (typeof granted === 'number' ? granted : granted.code) < 128)
  }

  async unsubscribe(...filters: string[]): Promise<void> {
    await this.#client.unsubscribeAsync(filters)
  }

  /** The answer, whatever its code. */
  async request(action: string, input: object = {}, options: RequestOptions = {}): Promise<Response> {
    const seqId = options.seqId ?? newSeqId()
    const answered = this.answer(seqId, options.timeoutMs)
    const sent = this.send(action, input, { ...options, seqId })
    const [answer] = await Promise.all([answered, sent.catch(() => undefined)])
    return answer
  }

  /**
   * The same, asked again where the database did not answer the gateway in time, as every client does (contract 3): a busy
   * machine may hold it up for seconds.
   */
  async ask(action: string, input: object = {}, options: RequestOptions = {}): Promise<Response> {
    const seqId = options.seqId ?? newSeqId()
    for (let left = 5; ; left--) {
      const answer = await this.request(action, input, { ...options, seqId })
      if (answer.reason !== 'database_unavailable' || left === 0) return answer
      await sleep(answer.retry_after_ms ?? 1000)
    }
  }

  /** The data of the answer; rejects when it is not code 0. */
  async call<A extends ActionName>(action: A, input: InputOf<A>, options: RequestOptions = {}): Promise<OutputOf<A>> {
    const { code, reason, data, message } = await this.ask(action, input, options)
    if (code !== 0) throw new Error(`${action} was answered ${code} ${reason ?? message} ${JSON.stringify(data)}`)
    return data as OutputOf<A>
  }

  /** The same for a sensitive action, with a second factor that is asked for and read where it is shown. */
  async confirm<A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>> {
    return await this.call(action, { ...input, ...(await this.challengeFor(action, input)) })
  }

  /** What a request with this input carries as its second factor. */
  challengeFor(action: ActionName, input: object): Promise<{ readonly challenge_id: string; readonly token: string }> {
    const { target }: ActionDefinition = ACTIONS[action]
    const id = target === undefined ? undefined : (input as Readonly<Record<string, unknown>>)[target]
    return this.challenge(action, typeof id === 'string' ? id : undefined)
  }

  /** What a sensitive request carries: the code is read on a device that it was sent to, or a recovery code. */
  async challenge(
    for_action: ActionName,
    for_target?: string,
  ): Promise<{ readonly challenge_id: string; readonly token: string }> {
    const { challenge_id, sent_to } = await this.call('auth.challenge', {
      for_action,
      ...(for_target === undefined ? {} : { for_target }),
    })
    const [recoveryCode] = sent_to.length === 0 ? this.recoveryCodes.splice(0, 1) : []
    if (recoveryCode !== undefined) return { challenge_id, token: recoveryCode }
    const shower = sent_to.map((id) => connected.get(`${this.#port}/${id}`)).find((device) => device !== undefined)
    if (shower === undefined) throw new Error(`The code went to ${sent_to}, none of which is connected.`)
    const topic = shower.topics.response(shower.clientId, challenge_id)
    const isCode = (message: Received): boolean => message.topic === topic
    const shown = shower.received.find(isCode) ?? (await shower.next(isCode))
    return { challenge_id, token: String(shown.json.code) }
  }

  /** Publishes a request and waits for nothing but its PUBACK (QoS 1). @returns the seq_id */
  async send(action: string, input: object = {}, options: RequestOptions = {}): Promise<string> {
    const seqId = options.seqId ?? newSeqId()
    const payload = options.raw ?? JSON.stringify({ action, ...input })
    await this.publish(this.topics.request(this.clientId, seqId), payload, { qos: options.qos ?? 1 })
    return seqId
  }

  /** The answer to a request sent with this seq_id; rejects when the connection ends before. */
  async answer(seqId: string, timeoutMs?: number): Promise<Response> {
    const topic = this.topics.response(this.clientId, seqId)
    const arrived = this.#everything.next((message) => message.topic === topic, timeoutMs)
    const message = await Promise.race([arrived, this.closed])
    if (message === undefined) {
      arrived.catch(() => undefined)
      const before = this.received.find((each) => each.topic === topic)
      if (before === undefined) throw new Error(`The connection ended before ${seqId} was answered.`)
      return before.json as Response
    }
    return message.json as Response
  }

  async publish(
    topic: string,
    payload: string | Buffer,
    { qos = 1, retain = false }: { readonly qos?: 0 | 1; readonly retain?: boolean } = {},
  ): Promise<void> {
    await this.#client.publishAsync(topic, payload, { qos, retain })
  }

  /** What arrives on a group's topic and its stream; the first call subscribes, and rejects when that is refused. */
  async group(groupId: string): Promise<Mailbox> {
    const known = this.#groups.get(groupId)
    if (known !== undefined) return known
    const filters = [this.topics.group(groupId), this.topics.groupStream(groupId)]
    const box = new Mailbox(`the group ${groupId} at ${this.clientId}`)
    for (const filter of filters) this.#boxes.set(filter, box)
    const granted = await this.subscribe(...filters)
    if (granted.includes(false)) throw new Error(`${this.clientId} may not subscribe to ${groupId}.`)
    this.#groups.set(groupId, box)
    return box
  }

  /** What arrives on any topic, for subscriptions of one's own. */
  next(matching: Matching, timeoutMs?: number): Promise<Received> {
    return this.#everything.next(matching, timeoutMs)
  }

  /** Nothing of this kind has come, nor was it on its way when this was called. Rejects with what did come. */
  async expectNothing({ matching, barrier }: Expectation): Promise<void> {
    await this.settled(barrier)
    const found = this.received.filter((message) => matches(matching, message) && !message.text.includes(BARRIER))
    if (found.length > 0) throw new Error(`${this.clientId} got ${found.map(({ topic, text }) => `${topic} ${text}`)}`)
  }

  /** Resolves when everything that was on its way to this device has arrived, or the connection is gone. */
  async settled(barrier: Expectation['barrier'] = this.#writeToSelf): Promise<void> {
    const mark = `${BARRIER}${newSeqId()}`
    const responses = this.topics.response(this.clientId, '')
    const passed = this.#everything.next(({ topic, text }) => text.includes(mark) && !topic.startsWith(responses))
    passed.catch(() => undefined)
    await Promise.all([Promise.race([passed, this.closed]), barrier(mark)])
  }

  readonly #writeToSelf = (content: string): Promise<unknown> =>
    this.call('msg.send_private', { to_employee_id: this.employeeId, content })

  /** Says goodbye: no will, the session stays unless it is clean. */
  async disconnect(): Promise<void> {
    if (!this.#isClosed) await this.#client.endAsync()
    await this.closed
  }

  /** As if the network were gone: the socket is destroyed without a word. */
  async cut(): Promise<void> {
    this.#client.stream.destroy()
    await this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) await this.cut()
  }
}

const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
