import type { Topics } from '@mchat/schema'
import type { Directory } from '../db/directory.ts'
import type { Link, PublishOptions } from '../link/link.ts'
import type { Caller, Deliveries } from './context.ts'

interface Delivery {
  readonly topic: string
  readonly json: string
  readonly options: PublishOptions
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
  #ownDevices: string[] | undefined

  constructor(topics: Topics, directory: Directory, caller: Caller) {
    this.#topics = topics
    this.#directory = directory
    this.#caller = caller
  }

  inbox(employeeId: string, json: string): void {
    this.#queued.push({ topic: this.#topics.inbox(employeeId), json, options: AT_LEAST_ONCE })
  }

  group(groupId: string, json: string): void {
    this.#queued.push({ topic: this.#topics.group(groupId), json, options: AT_LEAST_ONCE })
  }

  ownDevices(json: string): void {
    this.#ownDevices ??= []
    this.#ownDevices.push(json)
  }

  inboxStream(employeeId: string, json: string): void {
    this.#queued.push({ topic: this.#topics.inboxStream(employeeId), json, options: AT_MOST_ONCE })
  }

  groupStream(groupId: string, json: string): void {
    this.#queued.push({ topic: this.#topics.groupStream(groupId), json, options: AT_MOST_ONCE })
  }

  /** Publishes everything; resolves when the broker has it, rejects when it could not take some of it. */
  async publish(link: Link): Promise<void> {
    if (this.#ownDevices !== undefined) await this.#queueOwnDevices(this.#ownDevices)
    const send = ({ topic, json, options }: Delivery): Promise<void> => link.publish(topic, Buffer.from(json), options)
    const [first, ...others] = this.#queued
    if (first === undefined) return
    await (others.length === 0 ? send(first) : Promise.all([send(first), ...others.map(send)]))
  }

  async #queueOwnDevices(copies: readonly string[]): Promise<void> {
    const { employeeId, clientId } = this.#caller
    const devices = this.#directory.sessionsOf.peek(employeeId) ?? (await this.#directory.sessionsOf.get(employeeId))
    if (devices === undefined || devices.size < 2) return
    const topic = this.#topics.sync(employeeId)
    const options = { qos: 1, exceptClientId: clientId } as const
    for (const json of copies) this.#queued.push({ topic, json, options })
  }
}

const AT_LEAST_ONCE: PublishOptions = { qos: 1 }
const AT_MOST_ONCE: PublishOptions = { qos: 0 }
