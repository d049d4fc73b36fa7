import { createHash } from 'node:crypto'
import mqtt, { type MqttClient } from 'mqtt'
import { type Invoke, now, type Recorder } from './history.ts'
import { isFinal } from './requests.ts'

export interface ChatterOptions {
  readonly port: number
  readonly clientId: string
  readonly employeeId: string
  /** Default: the employee_id. */
  readonly username?: string
  readonly password: string
  readonly groups: readonly string[]
  readonly record: Recorder
  /** After how long without an answer a request is repeated. */
  readonly retryMs?: number
  /** Opens its session itself, as where every device has a credential of its own. */
  readonly binds?: boolean
  /** Subscribes to a group when it is told that it was added to it. */
  readonly joins?: boolean
}

const RETRY_MS = 3000
/** A connection that died without a word is noticed after one and a half of it. */
const KEEPALIVE_SECONDS = 10

export interface Answer {
  readonly code: number
  readonly data: Record<string, unknown> | null
}

/** What the history says of a request beside who made it and when; undefined: the history does not mention it. */
export type Mention = Pick<Invoke, 'kind' | 'conversation' | 'member' | 'expect'>

/**
 * A device that goes on whatever happens to the server: it reconnects, repeats what is unanswered with the same seq_id,
 * and writes down all it sees. MQTT.js without the SDK, so that the promises are judged without its help.
 */
export class Chatter {
  readonly clientId: string
  readonly employeeId: string
  readonly #options: ChatterOptions
  readonly #client: MqttClient
  readonly #waiting = new Map<string, (answer: Answer) => void>()
  readonly #mentioned = new Map<string, Mention>()
  readonly #filters: string[]
  #counter = 0

  private constructor(options: ChatterOptions, client: MqttClient) {
    this.clientId = options.clientId
    this.employeeId = options.employeeId
    this.#options = options
    this.#client = client
    this.#filters = [
      `mchat/msg/resp/${options.clientId}/+`,
      `mchat/inbox/${options.employeeId}`,
      ...options.groups.map(groupTopic),
    ]
    client.on('message', (topic, payload) => this.#receive(topic, payload))
    client.on('error', () => undefined)
  }

  static async connect(options: ChatterOptions): Promise<Chatter> {
    const { clientId, employeeId, password, port, username = employeeId } = options
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      clientId,
      username,
      password,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 100,
      connectTimeout: 5000,
      keepalive: KEEPALIVE_SECONDS,
      // The session is persistent, so the subscriptions are the broker's to keep: that is part of what is tested.
      resubscribe: false,
    })
    const chatter = new Chatter(options, client)
    await new Promise<void>((resolve) => client.once('connect', () => resolve()))
    await chatter.#subscribe()
    if (options.binds === true) await chatter.request('auth.bind', { employee_id: employeeId })
    client.on('connect', ({ sessionPresent }) => {
      if (sessionPresent) return
      options.record({ type: 'note', t: now(), text: `${clientId} has lost its session` })
      chatter.#subscribe().catch(() => undefined)
    })
    return chatter
  }

  get isConnected(): boolean {
    return this.#client.connected
  }

  /** Requests that wait for their answer. */
  get underWay(): number {
    return this.#waiting.size
  }

  /** Sends one message and repeats it until it is answered. */
  async say(conversation: string, target: Record<string, string>, text: string): Promise<void> {
    const action = conversation.startsWith('g|') ? 'msg.send_group' : 'msg.send_private'
    const { code, data } = await this.request(action, { ...target, content: text }, { conversation })
    if (code !== 0) throw new Error(`${action} was answered ${code} ${JSON.stringify(data)}`)
  }

  /**
   * With a mention, it goes into the history.
   * @param seq default: a new one
   */
  request(
    action: string,
    input: Record<string, unknown>,
    mention?: Mention,
    seq: string = this.nextSeq(),
  ): Promise<Answer> {
    const conflicts = this.#mentioned.has(seq)
    if (mention !== undefined) this.#mentioned.set(seq, mention)
    return this.#repeat(seq, action, input, mention, conflicts)
  }

  /** For a request whose seq is to be used again, for something else. */
  nextSeq(): string {
    return String(++this.#counter)
  }

  async #repeat(
    seq: string,
    action: string,
    input: Record<string, unknown>,
    mention: Mention | undefined,
    conflicts: boolean,
  ): Promise<Answer> {
    const payload = JSON.stringify({ action, ...input })
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(seq, resolve))
    const topic = `mchat/msg/req/${this.clientId}/${seq}`
    const attempt = (): void => {
      if (mention !== undefined) {
        const hash = mention.conversation === undefined ? {} : { hash: hashOf(input.content) }
        const who = { client: this.clientId, seq, sender: this.employeeId }
        const again = conflicts ? { conflicts } : {}
        this.#options.record({ type: 'invoke', t: now(), ...who, ...mention, ...hash, ...again })
      }
      this.#client.publish(topic, payload, { qos: 1 }, () => undefined)
    }
    attempt()
    const timer = setInterval(attempt, this.#options.retryMs ?? RETRY_MS)
    this.#client.on('connect', attempt)
    try {
      return await answer
    } finally {
      clearInterval(timer)
      this.#client.removeListener('connect', attempt)
      this.#waiting.delete(seq)
    }
  }

  /** Away for a while; the session stays. @param isRude without a word */
  leave(isRude: boolean): void {
    this.#options.record({ type: 'away', t: now(), session: this.clientId })
    this.#client.end(isRude)
  }

  async comeBack(): Promise<void> {
    const connected = new Promise<void>((resolve) => this.#client.once('connect', () => resolve()))
    this.#client.reconnect()
    await connected
    this.#options.record({ type: 'back', t: now(), session: this.clientId })
  }

  end(): Promise<void> {
    return this.#client.endAsync(true)
  }

  async #subscribe(): Promise<void> {
    for (const { qos, topic } of await this.#client.subscribeAsync(this.#filters, { qos: 1 })) {
      if (qos !== 1) throw new Error(`${this.clientId} was refused ${topic}`)
    }
  }

  async #join(group: string): Promise<void> {
    const [granted] = await this.#client.subscribeAsync(groupTopic(group), { qos: 1 })
    if (granted?.qos !== 1) return
    this.#options.record({ type: 'subscribed', t: now(), session: this.clientId, conversation: `g|${group}` })
  }

  #receive(topic: string, payload: Buffer): void {
    const t = now()
    const message = JSON.parse(payload.toString()) as Record<string, unknown>
    if (topic.startsWith('mchat/msg/resp/')) {
      this.#answered(t, topic, message as unknown as Answer)
      return
    }
    if (message.type === 'system' && message.action === 'member_added' && this.#options.joins === true) {
      // Removed again meanwhile: refused.
      if (topic.startsWith('mchat/inbox/')) this.#join(String(message.group_id)).catch(() => undefined)
    }
    if (message.type !== 'private' && message.type !== 'group') return
    const sender = String(message.from_employee_id)
    const conversation =
      message.type === 'group' ? `g|${message.group_id}` : privateName(sender, String(message.to_employee_id))
    this.#options.record({
      type: 'deliver',
      t,
      session: this.clientId,
      msgId: String(message.msg_id),
      sender,
      conversation,
      hash: hashOf(message.content),
    })
  }

  #answered(t: number, topic: string, { code, data }: Answer): void {
    const [client = '', seq = ''] = topic.split('/').slice(-2)
    const msgId = typeof data?.msg_id === 'string' ? data.msg_id : undefined
    const mention = this.#mentioned.get(seq)
    if (mention !== undefined || Number(seq) > this.#counter || client !== this.clientId) {
      const answer = mention?.kind === 'change' ? { answer: JSON.stringify(data) } : {}
      this.#options.record({ type: 'response', t, client, seq, code, msgId, ...answer })
    }
    if (isFinal(code)) this.#waiting.get(seq)?.({ code, data })
  }
}

const groupTopic = (group: string): string => `mchat/group/${group}`

export const privateName = (a: string, b: string): string => `p|${[a, b].sort().join('|')}`

const hashOf = (content: unknown): string => createHash('sha256').update(JSON.stringify(content)).digest('hex')
