import { createHash } from 'node:crypto'
import mqtt, { type MqttClient } from 'mqtt'
import type { HistoryEvent } from './history.ts'

export interface ChatterOptions {
  readonly port: number
  readonly clientId: string
  readonly employeeId: string
  readonly password: string
  readonly groups: readonly string[]
  readonly record: (event: HistoryEvent) => void
}

const RETRY_MS = 3000

interface Answer {
  readonly code: number
  readonly data: Record<string, unknown> | null
}

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
  #counter = 0

  private constructor(options: ChatterOptions, client: MqttClient) {
    this.clientId = options.clientId
    this.employeeId = options.employeeId
    this.#options = options
    this.#client = client
    client.on('message', (topic, payload) => this.#receive(topic, payload))
    client.on('error', () => undefined)
  }

  static async connect(options: ChatterOptions): Promise<Chatter> {
    const { clientId, employeeId, groups, password, port } = options
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      clientId,
      username: employeeId,
      password,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 100,
      connectTimeout: 5000,
      keepalive: 30,
      // The session is persistent, so the subscriptions are the broker's to keep: that is part of what is tested.
      resubscribe: false,
    })
    const chatter = new Chatter(options, client)
    await new Promise<void>((resolve) => client.once('connect', () => resolve()))
    const filters = [
      `mchat/msg/resp/${clientId}/+`,
      `mchat/inbox/${employeeId}`,
      ...groups.map((id) => `mchat/group/${id}`),
    ]
    for (const { qos } of await client.subscribeAsync(filters, { qos: 1 })) {
      if (qos !== 1) throw new Error(`${clientId} was refused a subscription`)
    }
    return chatter
  }

  /** Sends one message and repeats it until it is answered. */
  async say(conversation: string, target: Record<string, string>, text: string): Promise<void> {
    const action = conversation.startsWith('g|') ? 'msg.send_group' : 'msg.send_private'
    const { code, data } = await this.request(action, { ...target, content: text }, conversation)
    if (code !== 0) throw new Error(`${action} was answered ${code} ${JSON.stringify(data)}`)
  }

  /** With a conversation, what is sent goes into the history. */
  async request(action: string, input: Record<string, unknown>, conversation?: string): Promise<Answer> {
    const seq = String(++this.#counter)
    const payload = JSON.stringify({ action, ...input })
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(seq, resolve))
    const attempt = (): void => {
      if (conversation !== undefined) {
        this.#options.record({
          type: 'invoke',
          t: performance.now(),
          client: this.clientId,
          seq,
          sender: this.employeeId,
          conversation,
          hash: hashOf(input.content),
        })
      }
      this.#client.publish(`mchat/msg/req/${this.clientId}/${seq}`, payload, { qos: 1 }, () => undefined)
    }
    attempt()
    const again = setInterval(attempt, RETRY_MS)
    this.#client.on('connect', attempt)
    try {
      return await answer
    } finally {
      clearInterval(again)
      this.#client.removeListener('connect', attempt)
      this.#waiting.delete(seq)
    }
  }

  end(): Promise<void> {
    return this.#client.endAsync(true)
  }

  #receive(topic: string, payload: Buffer): void {
    const t = performance.now()
    const message = JSON.parse(payload.toString()) as Record<string, unknown>
    if (topic.startsWith('mchat/msg/resp/')) {
      const seq = topic.slice(topic.lastIndexOf('/') + 1)
      const { code, data } = message as unknown as Answer
      const msgId = typeof data?.msg_id === 'string' ? data.msg_id : undefined
      this.#options.record({ type: 'response', t, client: this.clientId, seq, code, msgId })
      // 5xx asks for the same again.
      if (code < 500) this.#waiting.get(seq)?.({ code, data })
      return
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
}

export const privateName = (a: string, b: string): string => `p|${[a, b].sort().join('|')}`

const hashOf = (content: unknown): string => createHash('sha256').update(JSON.stringify(content)).digest('hex')
