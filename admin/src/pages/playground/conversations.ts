import { type Conversation, emptyConversation, keyOf, type Place } from './conversation.ts'

/** All conversations of one person in this tab. What it gives never changes; whoever wants to know of changes subscribes. */
export interface Conversations {
  get(key: string): Conversation | undefined
  /** Those in which something happened last come first. */
  list(): readonly Conversation[]
  /** With nothing in it where there is none yet. */
  open(place: Place): void
  /** Opens it where that is needed. */
  change(place: Place, change: (conversation: Conversation) => Conversation): void
  /** Where there is none, nothing. */
  changeKnown(place: Place, change: (conversation: Conversation) => Conversation): void
  subscribe(listener: () => void): () => void
}

const MOST_CONVERSATIONS = 200

export const createConversations = (): Conversations => {
  const byKey = new Map<string, Conversation>()
  const listeners = new Set<() => void>()
  let sorted: readonly Conversation[] | undefined
  const tell = (): void => {
    sorted = undefined
    for (const listener of listeners) listener()
  }
  const list = (): readonly Conversation[] => {
    sorted ??= [...byKey.values()].sort((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0))
    return sorted
  }
  const add = (place: Place): Conversation => {
    const opened = emptyConversation(place, new Date().toISOString())
    if (byKey.size >= MOST_CONVERSATIONS) {
      const oldest = list().findLast(({ unread }) => unread.length === 0)
      if (oldest !== undefined) byKey.delete(oldest.key)
    }
    byKey.set(opened.key, opened)
    return opened
  }
  const replace = (before: Conversation, after: Conversation): void => {
    if (after === before) return
    byKey.set(before.key, after)
    tell()
  }
  return {
    get: (key) => byKey.get(key),
    list,
    open(place) {
      if (byKey.has(keyOf(place))) return
      add(place)
      tell()
    },
    change(place, change) {
      const before = byKey.get(keyOf(place)) ?? add(place)
      replace(before, change(before))
    },
    changeKnown(place, change) {
      const before = byKey.get(keyOf(place))
      if (before !== undefined) replace(before, change(before))
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
