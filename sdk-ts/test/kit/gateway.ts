import { createHash } from 'node:crypto'
import type { Message, SystemMessage } from '../../src/index.ts'
import type { TestBroker } from './broker.ts'

export interface SeenRequest {
  readonly clientId: string
  readonly seqId: string
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  /** The payload as it came. */
  readonly text: string
  readonly topic: string
}

/** What a scripted action answers: data for code 0, a refusal, or nothing at all. */
export type Script = (
  request: SeenRequest,
) => object | Refusal | typeof SILENCE | Promise<object | Refusal | typeof SILENCE>

export class Refusal {
  readonly answer: { code: number; reason?: string; message?: string; data?: object | null; retry_after_ms?: number }
  constructor(answer: Refusal['answer']) {
    this.answer = answer
  }
}
export const refuse = (code: number, reason: string, more: Partial<Refusal['answer']> = {}): Refusal =>
  new Refusal({ code, reason, ...more })
export const SILENCE = Symbol('no answer')

/** A well-formed msg_id that is the same for the same text, as the real ones are. */
export const msgId = (text: string): string => {
  const digest = createHash('sha256').update(text).digest()
  return `msg_${Array.from(digest.subarray(0, 29), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('')}`
}

/** A gateway that does what the test's scripts say, and by default what a client needs to get going. */
export class FakeGateway {
  readonly broker: TestBroker
  readonly prefix: string
  readonly requests: SeenRequest[] = []
  /** Groups that `auth.bind` answers with. */
  groups: string[] = []
  delivery: 'topic' | 'inbox' = 'topic'
  readonly #scripts = new Map<string, Script>()
  readonly #waiting: { action: string; count: number; resolve: (request: SeenRequest) => void }[] = []
  #n = 0

  constructor(broker: TestBroker, serviceId?: string) {
    this.broker = broker
    this.prefix = serviceId === undefined ? '' : `${serviceId}/`
    broker.aedes.subscribe(
      `${this.prefix}mchat/msg/req/+/+`,
      (packet, done) => {
        void this.#handle(packet.topic, packet.payload.toString())
        done()
      },
      () => undefined,
    )
    this.on('auth.bind', ({ input }) => ({
      employee_id: input.employee_id,
      expires_at: '2030-01-01T00:00:00.000Z',
      groups: this.groups.map((id) => ({ group_id: id, name: id, role: 'member' })),
      roles: [],
    }))
    this.on('config.server', () => ({ group_delivery: this.delivery }))
    this.on('msg.send_private', (request) => this.relayPrivate(request))
    this.on('msg.send_group', (request) => this.relayGroup(request))
  }

  on(action: string, script: Script): void {
    this.#scripts.set(action, script)
  }

  /** Runs `first` for the first request of this action (or the first `times`), then what was there before. */
  first(action: string, first: Script, times = 1): void {
    const then = this.#scripts.get(action)
    let left = times
    this.on(action, (request) => {
      left -= 1
      if (left < 0) return then === undefined ? {} : then(request)
      return first(request)
    })
  }

  seen(action: string): SeenRequest[] {
    return this.requests.filter((request) => request.action === action)
  }

  /** Resolves with the `count`th request of this action, which may have come already. */
  received(action: string, count = 1): Promise<SeenRequest> {
    const already = this.seen(action)[count - 1]
    if (already !== undefined) return Promise.resolve(already)
    return new Promise((resolve) => this.#waiting.push({ action, count, resolve }))
  }

  async answer(request: SeenRequest, outcome: object | Refusal): Promise<void> {
    const response =
      outcome instanceof Refusal
        ? { seq_id: request.seqId, message: 'refused', data: null, ...outcome.answer }
        : { seq_id: request.seqId, code: 0, message: 'ok', data: outcome }
    await this.broker.publish(`${this.prefix}mchat/msg/resp/${request.clientId}/${request.seqId}`, response)
  }

  message(from: string, content: string, more: Partial<Message> = {}): Message {
    this.#n += 1
    return {
      msg_id: msgId(`${from}${content}${this.#n}`),
      type: 'private',
      from_employee_id: from,
      content,
      sent_at: new Date().toISOString(),
      proof: 'p'.repeat(22),
      ...more,
    }
  }

  system(action: SystemMessage['action'], groupId: string, employeeIds?: string[]): SystemMessage {
    this.#n += 1
    return {
      type: 'system',
      event_id: `evt_${this.#n}`,
      action,
      group_id: groupId,
      sent_at: new Date().toISOString(),
      ...(employeeIds === undefined ? {} : { employee_ids: employeeIds }),
    }
  }

  inbox(employeeId: string, payload: unknown): Promise<void> {
    return this.broker.publish(`${this.prefix}mchat/inbox/${employeeId}`, payload)
  }

  group(groupId: string, payload: unknown): Promise<void> {
    return this.broker.publish(`${this.prefix}mchat/group/${groupId}`, payload)
  }

  async relayPrivate(request: SeenRequest): Promise<object> {
    const to = String(request.input.to_employee_id)
    const from = request.clientId.split('_').slice(0, -2).join('_') || request.clientId
    const message = this.#relayed(request, from, { type: 'private', to_employee_id: to })
    await this.inbox(to, message)
    return { msg_id: message.msg_id, to_employee_id: to, sent_at: message.sent_at, proof: message.proof }
  }

  async relayGroup(request: SeenRequest): Promise<object> {
    const groupId = String(request.input.group_id)
    const from = request.clientId.split('_').slice(0, -2).join('_') || request.clientId
    const message = this.#relayed(request, from, { type: 'group', group_id: groupId })
    await this.group(groupId, message)
    return { msg_id: message.msg_id, group_id: groupId, sent_at: message.sent_at, proof: message.proof }
  }

  #relayed({ clientId, seqId, input }: SeenRequest, from: string, more: Partial<Message>): Message {
    const n = typeof input.n === 'number' ? { n: input.n } : {}
    return this.message(from, String(input.content), { msg_id: msgId(`${clientId}/${seqId}`), ...n, ...more })
  }

  async #handle(topic: string, text: string): Promise<void> {
    const [seqId = '', clientId = ''] = topic.split('/').reverse()
    const { action, ...input } = JSON.parse(text) as { action: string }
    const request: SeenRequest = { clientId, seqId, action, input, text, topic }
    this.requests.push(request)
    const count = this.seen(action).length
    for (const waiter of this.#waiting.filter((w) => w.action === action && w.count === count)) waiter.resolve(request)
    const script = this.#scripts.get(action)
    const outcome = script === undefined ? refuse(400, 'unknown_action') : await script(request)
    if (outcome !== SILENCE) await this.answer(request, outcome as object | Refusal)
  }
}
