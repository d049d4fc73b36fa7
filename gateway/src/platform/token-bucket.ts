import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'

/**
 * Token buckets by key. A bucket that has not been used for long is full, so forgetting it loses nothing.
 */
export interface TokenBuckets {
  /** Takes one token. Answers 0, or after how many milliseconds there will be one. */
  take(key: string): number
  /** Answers the same and takes none. */
  waitFor(key: string): number
}

interface Bucket {
  tokens: number
  at: number
}

/**
 * @param perSecond refill rate
 * @param burst size of the bucket
 */
export const createTokenBuckets = (clock: Pick<Clock, 'monotonic'>, perSecond: number, burst: number): TokenBuckets => {
  const buckets = new LRUCache<string, Bucket>({ maxSize: 100_000, sizeCalculation: () => 1 })
  const refill = (bucket: Bucket): void => {
    const now = clock.monotonic()
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000)
    bucket.at = now
  }
  const untilNext = ({ tokens }: Bucket): number => (tokens >= 1 ? 0 : Math.max(1, ((1 - tokens) * 1000) / perSecond))
  return {
    take(key) {
      let bucket = buckets.get(key)
      if (bucket === undefined) {
        bucket = { tokens: burst, at: clock.monotonic() }
        buckets.set(key, bucket)
      } else refill(bucket)
      const wait = untilNext(bucket)
      if (wait === 0) bucket.tokens -= 1
      return wait
    },
    waitFor(key) {
      const bucket = buckets.get(key)
      if (bucket === undefined) return 0
      refill(bucket)
      return untilNext(bucket)
    },
  }
}
