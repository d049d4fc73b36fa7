import { LRUCache } from 'lru-cache'

/**
 * A bounded read-through cache whose invalidation is exact: a value loaded from before an `invalidate` is never
 * returned after it, neither to new callers nor to those who were already waiting.
 *
 * Loads of one key are shared. `undefined` (no such row) is not remembered, so a created row is seen at once and
 * made-up keys do not push out real ones.
 */
export interface Cache<V extends object> {
  /** The value if it is here now. Use it at the moment of the decision, without an await in between. */
  peek(key: string): V | undefined
  /** The value from memory or the database. A value from memory is returned without a promise. */
  get(key: string): V | undefined | Promise<V | undefined>
  invalidate(key: string): void
  clear(): void
}

export const createCache = <V extends object>(
  maxEntries: number,
  load: (key: string) => Promise<V | undefined>,
): Cache<V> => {
  // `max` would take the memory of a full cache, and a noticeable part of the start, at once.
  const values = new LRUCache<string, V>({ maxSize: maxEntries, sizeCalculation: () => 1 })
  const loading = new Map<string, Promise<V | undefined>>()

  const read = (key: string): Promise<V | undefined> => {
    const pending = loading.get(key)
    if (pending !== undefined) return pending
    const shared: Promise<V | undefined> = load(key).then(
      (value) => {
        // Invalidated meanwhile: what was read may be old, and everybody waiting here gets the new value.
        if (loading.get(key) !== shared) return values.get(key) ?? read(key)
        loading.delete(key)
        if (value !== undefined) values.set(key, value)
        return value
      },
      (error: unknown) => {
        if (loading.get(key) === shared) loading.delete(key)
        throw error
      },
    )
    loading.set(key, shared)
    return shared
  }

  return {
    peek: (key) => values.get(key),
    get: (key) => values.get(key) ?? read(key),
    invalidate(key) {
      values.delete(key)
      loading.delete(key)
    },
    clear() {
      values.clear()
      loading.clear()
    },
  }
}
