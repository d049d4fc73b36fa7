/** How long to wait before trying again. */
export interface Backoff {
  /** Milliseconds that are always waited. */
  readonly minMs: number
  /** The random part grows from `baseMs`, doubling, to at most `maxMs`. */
  readonly baseMs: number
  readonly maxMs: number
}

/**
 * Exponential backoff with full jitter: a uniform draw below the doubled base, so that clients that failed together do
 * not come back together.
 * @param attempt 0 for the first repetition
 */
export const backoffDelay = ({ minMs, baseMs, maxMs }: Backoff, attempt: number): number =>
  minMs + Math.random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30))
