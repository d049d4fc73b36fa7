import { LRUCache } from 'lru-cache'
import type { Clock } from '../platform/clock.ts'

/**
 * What costs too much to be found out for everybody who asks: it is found out once in a while, and everybody who asks
 * meanwhile gets that. What has failed is not remembered.
 */
export interface Remembered<T> {
  get(key: string, find: () => Promise<T>): Promise<T>
  forget(): void
}

const MAX_KEYS = 50

export const createRemembered = <T>(clock: Pick<Clock, 'monotonic'>, forMs: number): Remembered<T> => {
  const found = new LRUCache<string, { readonly at: number; readonly value: Promise<T> }>({ max: MAX_KEYS })
  return {
    get(key, find) {
      const known = found.get(key)
      if (known !== undefined && clock.monotonic() - known.at < forMs) return known.value
      const fresh = { at: clock.monotonic(), value: find() }
      found.set(key, fresh)
      fresh.value.catch(() => {
        if (found.get(key) === fresh) found.delete(key)
      })
      return fresh.value
    },
    forget: () => found.clear(),
  }
}
