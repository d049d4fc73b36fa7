import { LRUCache } from 'lru-cache'
import type { Clock } from '../platform/clock.ts'

/** Token buckets by key. Those that were not used for longest are forgotten when there are too many: they are full again. */
export interface TokenBuckets {
  /**
   * Takes a token, or as many as are said. Answers 0, or after how many milliseconds they will be there; more than the bucket
   * holds are taken when it is full, and owed.
   */
  take(key: string, tokens?: number): number
  /** Answers the same and takes none. */
  waitFor(key: string): number
  /**
   * Takes tokens that were spent elsewhere, whether or not they are there: what is owed has to be refilled first. Fewer
   * than none gives some back.
   */
  charge(key: string, tokens: number): void
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
  const refilled = (bucket: Bucket): Bucket => {
    const now = clock.monotonic()
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000)
    bucket.at = now
    return bucket
  }
  const bucketOf = (key: string): Bucket => {
    const known = buckets.get(key)
    if (known !== undefined) return refilled(known)
    const full = { tokens: burst, at: clock.monotonic() }
    buckets.set(key, full)
    return full
  }
  const untilNext = ({ tokens }: Bucket, wanted = 1): number => {
    const needed = Math.min(wanted, Math.max(1, burst))
    return tokens >= needed ? 0 : Math.max(1, ((needed - tokens) * 1000) / perSecond)
  }
  return {
    take(key, tokens = 1) {
      const bucket = bucketOf(key)
      const wait = untilNext(bucket, tokens)
      if (wait === 0) bucket.tokens -= tokens
      return wait
    },
    waitFor(key) {
      const bucket = buckets.get(key)
      return bucket === undefined ? 0 : untilNext(refilled(bucket))
    },
    charge(key, tokens) {
      bucketOf(key).tokens -= tokens
    },
  }
}
