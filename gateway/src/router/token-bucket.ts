import { LRUCache } from 'lru-cache'
import type { Clock } from '../platform/clock.ts'

/**
 * Token buckets by key. A bucket that has not been used for long is full, so forgetting it loses nothing.
 */
export interface TokenBuckets {
  /** Takes one token. Answers 0, or after how many milliseconds there will be one. */
  take(key: string): number
}

interface Bucket {
  tokens: number
  at: number
}

/**
 * @param perSecond refill rate
 * @param burst size of the bucket
 */
export const createTokenBuckets = (clock: Clock, perSecond: number, burst: number): TokenBuckets => {
  const buckets = new LRUCache<string, Bucket>({ maxSize: 100_000, sizeCalculation: () => 1 })
  return {
    take(key) {
      const now = clock.monotonic()
      let bucket = buckets.get(key)
      if (bucket === undefined) {
        bucket = { tokens: burst, at: now }
        buckets.set(key, bucket)
      } else {
        bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000)
        bucket.at = now
      }
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1
        return 0
      }
      return Math.max(1, ((1 - bucket.tokens) * 1000) / perSecond)
    },
  }
}
