import type { AgentAnswers } from './agent-answers.ts'
import type { Emitter } from './emitter.ts'
import { MalformedPayloadError } from './errors.ts'
import { GapDetector } from './gaps.ts'
import type { Topics } from './generated/topics.ts'
import type {
  AgentDelta,
  AgentRun,
  AgentStatus,
  AgentTest,
  CapabilityChanged,
  ChallengeCode,
  Changes,
  Message,
  OrgTreeChanged,
  ProfileEvent,
  Status,
  SyncRelay,
  SystemMessage,
  SystemNotify,
  Typing,
} from './generated/types.ts'
import type { Membership } from './membership.ts'
import type { Presence } from './presence.ts'
import { RecentIds } from './recent-ids.ts'
import type { Requests } from './requests.ts'

export interface IncomingContext {
  readonly topics: Topics
  readonly employeeId: string
  readonly clientId: string
  readonly dedupeSize: number
  readonly emitter: Emitter
  readonly requests: Requests
  readonly membership: Membership
  readonly presence: Presence
  readonly agentAnswers: AgentAnswers
}

type Payload = Readonly<Record<string, unknown>>

/** From a PUBLISH to the event it is: parsed, once only, gaps noticed, what is not for this client left out. */
export class Incoming {
  readonly #context: IncomingContext
  readonly #responsePrefix: string
  readonly #byTopic: ReadonlyMap<string, (payload: Payload) => void>
  readonly #byPrefix: readonly (readonly [string, (payload: Payload, rest: string) => void])[]
  readonly #seen: RecentIds
  readonly #gaps = new GapDetector()
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true })

  constructor(context: IncomingContext) {
    this.#context = context
    this.#seen = new RecentIds(context.dedupeSize)
    const { topics, employeeId, emitter, presence } = context
    this.#responsePrefix = topics.responses(context.clientId).slice(0, -1)
    const conversation = (payload: Payload): void => this.#conversation(payload)
    this.#byTopic = new Map([
      [topics.inbox(employeeId), conversation],
      [topics.inboxStream(employeeId), conversation],
      [topics.inboxChanges(employeeId), (payload: Payload) => this.#changes(payload)],
      [topics.sync(employeeId), (payload: Payload) => this.#sync(payload)],
      [topics.systemNotify, (payload: Payload) => this.#notify(payload)],
      [topics.orgTree, (payload: Payload) => emitter.emit('org', payload as unknown as OrgTreeChanged)],
    ])
    this.#byPrefix = [
      [topics.group(''), conversation],
      [topics.status(''), (payload, id) => presence.receive(id, payload as unknown as Status)],
      [topics.profile(''), (payload) => emitter.emit('profile', payload as unknown as ProfileEvent)],
      [topics.capability(''), (payload) => emitter.emit('capability', payload as unknown as CapabilityChanged)],
    ]
  }

  /** Never throws: whatever is wrong with a payload is reported and dropped. */
  handle(topic: string, bytes: Uint8Array): void {
    // A retained message that was cleared.
    if (bytes.length === 0) return
    const payload = this.#parse(topic, bytes)
    if (payload === undefined) return
    if (topic.startsWith(this.#responsePrefix)) {
      if (payload.type === 'challenge') this.#challenge(payload)
      else if (payload.type === 'agent_test') this.#context.emitter.emit('agent_test', payload as unknown as AgentTest)
      else this.#context.requests.receive(topic, topic.slice(this.#responsePrefix.length), payload)
      return
    }
    const exact = this.#byTopic.get(topic)
    if (exact !== undefined) {
      exact(payload)
      return
    }
    const family = this.#byPrefix.find(([prefix]) => topic.startsWith(prefix))
    family?.[1](payload, topic.slice(family[0].length))
  }

  #parse(topic: string, bytes: Uint8Array): Payload | undefined {
    try {
      const value: unknown = JSON.parse(this.#utf8.decode(bytes))
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Payload
      this.#context.emitter.emit('error', new MalformedPayloadError(topic))
    } catch (cause) {
      this.#context.emitter.emit('error', new MalformedPayloadError(topic, cause))
    }
    return undefined
  }

  /** What an inbox, a group topic or one of their streams carries, by its `type`; unknown types are ignored. */
  #conversation(payload: Payload): void {
    const { agentAnswers, emitter, membership } = this.#context
    const { type, group_id: groupId } = payload
    if (type === 'system') {
      this.#system(payload)
      return
    }
    if (typeof groupId === 'string' && membership.hasLeft(groupId)) return
    switch (type) {
      case 'private':
      case 'group':
      case 'agent':
        this.#message(payload as unknown as Message)
        break
      case 'read_ack':
      case 'recall':
      case 'edit':
      case 'reaction':
        if (this.#isNew(payload.event_id)) emitter.emit(type, payload as never)
        break
      case 'announcement':
        this.#notify(payload)
        break
      case 'agent_status':
        if (this.#isNew(payload.event_id)) agentAnswers.onStatus(payload as unknown as AgentStatus)
        break
      case 'agent_delta':
        agentAnswers.onDelta(payload as unknown as AgentDelta)
        break
      case 'agent_run':
        if (this.#isNew(payload.run_id)) emitter.emit('agent_run', payload as unknown as AgentRun)
        break
      case 'typing': {
        const typing = payload as unknown as Typing
        if (typing.from_employee_id !== this.#context.employeeId) emitter.emit('typing', typing)
        break
      }
    }
  }

  #message(message: Message): void {
    const isNew = this.#isNew(message.msg_id)
    // A repetition under the same msg_id may carry a later number, which must not look like a hole afterwards.
    const missed = this.#missedBefore(message)
    if (!isNew) return
    const { agentAnswers, emitter } = this.#context
    const { from_employee_id, group_id } = message
    if (missed > 0) {
      const where = group_id === undefined ? {} : { group_id }
      emitter.emit('session', { state: 'gap', reason: 'counter', from_employee_id, missed, ...where })
    }
    agentAnswers.onMessage(message)
    emitter.emit('message', message)
  }

  #missedBefore({ n, from_employee_id, group_id }: Message): number {
    if (typeof n !== 'number' || !Number.isSafeInteger(n)) return 0
    return this.#gaps.observe(`${from_employee_id}/${group_id ?? ''}`, n)
  }

  #system(payload: Payload): void {
    if (!this.#isNew(payload.event_id)) return
    const message = payload as unknown as SystemMessage
    this.#context.membership.onSystemMessage(message)
    this.#context.emitter.emit('system', message)
  }

  #sync(payload: Payload): void {
    const { clientId, emitter } = this.#context
    if (payload.from_client_id === clientId) return
    switch (payload.type) {
      case 'sent':
        if (this.#isNew(payload.message, 'msg_id', 'sync')) emitter.emit('sync', payload as never)
        break
      case 'event':
        if (this.#isNew(payload.event, 'event_id', 'sync')) emitter.emit('sync', payload as never)
        break
      case 'relay': {
        const relay = payload as unknown as SyncRelay
        if (relay.to_client_id !== undefined && relay.to_client_id !== clientId) return
        if (this.#isNew(relay.sync_id)) emitter.emit('sync', relay)
        break
      }
    }
  }

  #challenge(payload: Payload): void {
    const challenge = payload as unknown as ChallengeCode
    if (this.#isNew(challenge.challenge_id)) this.#context.emitter.emit('challenge', challenge)
  }

  #changes(payload: Payload): void {
    // What a later contract may tell there beside them is not for this one.
    if (payload.type === 'changes') this.#context.emitter.emit('changes', payload as unknown as Changes)
  }

  #notify(payload: Payload): void {
    if (this.#isNew(payload.notify_id)) this.#context.emitter.emit('notify', payload as unknown as SystemNotify)
  }

  /** Events without an id (older gateways) count as new. The same id in another `space` is another event. */
  #isNew(holder: unknown, field?: string, space = ''): boolean {
    const id = field === undefined ? holder : (holder as Payload | undefined)?.[field]
    return typeof id !== 'string' || this.#seen.add(`${space}${id}`)
  }
}
