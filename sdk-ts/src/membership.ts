import type { SystemMessage } from './generated/types.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface GroupTopics {
  group(groupId: string): string
  groupStream(groupId: string): string
}

/**
 * Which groups this employee is in, as told by `auth.bind` at every connection and by system messages in between, and
 * the subscriptions that follow from it.
 */
export class Membership {
  readonly #employeeId: string
  readonly #topics: GroupTopics
  readonly #subscriptions: Subscriptions
  readonly #withStreams: boolean
  readonly #joined = new Set<string>()
  /** Left for certain. A group that is merely unknown may be one whose notice is still to come. */
  readonly #left = new Set<string>()
  /** What was heard after the gateway was asked for the list: it is newer than the list. */
  #heardSince: Set<string> | undefined
  /** Where a broker cannot revoke at once, group messages come to the inbox (config.server: `group_delivery`). */
  #byTopic = true

  constructor(employeeId: string, topics: GroupTopics, subscriptions: Subscriptions, withStreams: boolean) {
    this.#employeeId = employeeId
    this.#topics = topics
    this.#subscriptions = subscriptions
    this.#withStreams = withStreams
  }

  get groupIds(): readonly string[] {
    return [...this.#joined]
  }

  /** Late messages of such a group, in flight or queued when it was left, are not for this client any more. */
  hasLeft(groupId: string): boolean {
    return this.#left.has(groupId)
  }

  joined(groupId: string): void {
    this.#heardSince?.add(groupId)
    this.#left.delete(groupId)
    this.#joined.add(groupId)
    if (!this.#byTopic) return
    this.#subscriptions.add(this.#topics.group(groupId), 1)
    if (this.#withStreams) this.#subscriptions.add(this.#topics.groupStream(groupId), 0)
  }

  left(groupId: string): void {
    this.#heardSince?.add(groupId)
    this.#left.add(groupId)
    this.#joined.delete(groupId)
    this.#subscriptions.remove(this.#topics.group(groupId))
    this.#subscriptions.remove(this.#topics.groupStream(groupId))
  }

  /** Call before asking for the list that `listed` is given. */
  listing(): void {
    this.#heardSince = new Set()
  }

  listed(groupIds: Iterable<string>, delivery: 'topic' | 'inbox'): void {
    this.#byTopic = delivery === 'topic'
    const heard = this.#heardSince ?? new Set()
    this.#heardSince = undefined
    const current = new Set(groupIds)
    for (const groupId of current) if (!heard.has(groupId)) this.joined(groupId)
    for (const groupId of this.#joined) if (!current.has(groupId) && !heard.has(groupId)) this.left(groupId)
  }

  onSystemMessage({ action, group_id: groupId, employee_ids: employeeIds }: SystemMessage): void {
    if (groupId === undefined) return
    // Without a list it is about whoever receives it.
    const concernsMe = employeeIds === undefined || employeeIds.includes(this.#employeeId)
    switch (action) {
      case 'group_created':
        this.joined(groupId)
        break
      case 'member_added':
        if (concernsMe) this.joined(groupId)
        break
      case 'member_removed':
        if (concernsMe) this.left(groupId)
        break
      case 'group_dismissed':
        this.left(groupId)
        break
    }
  }
}
