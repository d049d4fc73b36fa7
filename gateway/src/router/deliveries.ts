import { MChatError, type Topics } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Directory } from '../db/directory.ts'
import { and, type Holds, isActive, isMember, isThere } from '../delivery/holds.ts'
import type { Link, PublishOptions } from '../link/link.ts'
import type { DeliveryKind } from '../ops/metrics.ts'
import type { Caller, Deliveries } from './context.ts'

interface Delivery {
  readonly kind: DeliveryKind
  readonly topic: string
  readonly json: string
  readonly options: PublishOptions
  /** The recipient is this only as a member of the group. */
  readonly member?: { readonly groupId: string; readonly employeeId: string }
}

/**
 * What a relay has queued. Nothing leaves before the handler has returned, and all of it is published at once, in
 * order; the answer waits until the broker has every part.
 */
export class QueuedDeliveries implements Deliveries {
  readonly #topics: Topics
  readonly #directory: Directory
  readonly #caller: Caller
  readonly #queued: Delivery[] = []
  readonly #byInbox: boolean
  /** Who the members are is looked up when it is published, since somebody may be removed until then. */
  readonly #toMembers: { readonly groupId: string; readonly json: string; readonly isStream: boolean }[] = []
  #ownDevices: string[] | undefined

  constructor(topics: Topics, directory: Directory, caller: Caller, groupDelivery: Config['groupDelivery']) {
    this.#topics = topics
    this.#byInbox = groupDelivery === 'inbox'
    this.#directory = directory
    this.#caller = caller
  }

  everybody(json: string): void {
    this.#queued.push({ kind: 'notice', topic: this.#topics.systemNotify, json, options: AT_LEAST_ONCE })
  }

  inbox(employeeId: string, json: string): void {
    this.#queued.push({ kind: 'inbox', topic: this.#topics.inbox(employeeId), json, options: AT_LEAST_ONCE })
  }

  group(groupId: string, json: string): void {
    if (this.#byInbox) this.#toMembers.push({ groupId, json, isStream: false })
    else this.#queued.push({ kind: 'group', topic: this.#topics.group(groupId), json, options: AT_LEAST_ONCE })
  }

  ownDevices(json: string): void {
    this.#ownDevices ??= []
    this.#ownDevices.push(json)
  }

  inboxStream(employeeId: string, json: string): void {
    this.#queued.push({ kind: 'stream', topic: this.#topics.inboxStream(employeeId), json, options: AT_MOST_ONCE })
  }

  groupStream(groupId: string, json: string): void {
    if (this.#byInbox) this.#toMembers.push({ groupId, json, isStream: true })
    else this.#queued.push({ kind: 'stream', topic: this.#topics.groupStream(groupId), json, options: AT_MOST_ONCE })
  }

  /** Looks up what `publish` needs, so that publishing itself waits for nothing. */
  async prepare(): Promise<void> {
    if (this.#ownDevices === undefined) return
    await this.#queueOwnDevices(this.#ownDevices)
    this.#ownDevices = undefined
  }

  /**
   * Publishes everything that is prepared, at once; resolves when the broker has it, rejects when it could not take some
   * of it.
   * @param count told of each publish the broker has taken
   */
  async publish(link: Link, count: (kind: DeliveryKind) => void): Promise<void> {
    const stillHolds = (): Holds => this.#senderHolds()
    const send = async ({ kind, topic, json, member, options }: Delivery): Promise<void> => {
      const holds =
        member === undefined
          ? stillHolds
          : () => and(isMember(this.#directory, member.groupId, member.employeeId), stillHolds)
      await link.publish(topic, Buffer.from(json), { ...options, stillHolds: holds })
      count(kind)
    }
    for (const { groupId, json, isStream } of this.#toMembers) {
      const group = this.#directory.groups.peek(groupId)
      // It was there a moment ago: what is remembered may not be used any more.
      if (group === undefined) throw new MChatError('database_unavailable')
      for (const employeeId of group.members.keys()) {
        const member = { groupId, employeeId }
        const copy = isStream
          ? { kind: 'stream', topic: this.#topics.inboxStream(employeeId), options: AT_MOST_ONCE }
          : { kind: 'inbox', topic: this.#topics.inbox(employeeId), options: AT_LEAST_ONCE }
        this.#queued.push({ ...(copy as Pick<Delivery, 'kind' | 'topic' | 'options'>), json, member })
      }
    }
    const [first, ...others] = this.#queued
    if (first === undefined) return
    if (others.length === 0) await send(first)
    else await Promise.all([send(first), ...others.map(send)])
  }

  #senderHolds(): Holds {
    const { clientId, employeeId } = this.#caller
    const { sessions } = this.#directory
    const session = sessions.peek(clientId)
    if (session === undefined) return isThere(sessions.get(clientId))
    return session.endReason === null && isActive(this.#directory, employeeId)
  }

  async #queueOwnDevices(copies: readonly string[]): Promise<void> {
    const { employeeId, clientId } = this.#caller
    const devices = this.#directory.sessionsOf.peek(employeeId) ?? (await this.#directory.sessionsOf.get(employeeId))
    if (devices === undefined || devices.size < 2) return
    const topic = this.#topics.sync(employeeId)
    const options = { qos: 1, exceptClientId: clientId } as const
    for (const json of copies) this.#queued.push({ kind: 'sync', topic, json, options })
  }
}

const AT_LEAST_ONCE: PublishOptions = { qos: 1 }
const AT_MOST_ONCE: PublishOptions = { qos: 0 }
