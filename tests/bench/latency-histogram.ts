const SUB_BUCKET_BITS = 7
const SUB_BUCKETS = 2 ** SUB_BUCKET_BITS
const LAST_BUCKET = SUB_BUCKETS * 26 - 1

/**
 * Counts durations in buckets of at most 1 % width, exact to 1 µs below 128 µs, so that millions of samples cost neither
 * memory nor a sort. Durations above half an hour fall into the last bucket.
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(LAST_BUCKET + 1)
  #total = 0
  #sumMs = 0

  record(milliseconds: number): void {
    this.#total++
    this.#sumMs += milliseconds
    const index = bucketOf(milliseconds * 1000)
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  get count(): number {
    return this.#total
  }

  get meanMs(): number {
    return this.#total === 0 ? 0 : this.#sumMs / this.#total
  }

  /** The duration that `share` (0 to 1) of the samples do not exceed; 0 without samples. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.#total * share)
    if (left === 0) return 0
    for (let index = 0; index < this.#counts.length; index++) {
      left -= this.#counts[index] ?? 0
      if (left <= 0) return middleOf(index) / 1000
    }
    return middleOf(LAST_BUCKET) / 1000
  }
}

const bucketOf = (microseconds: number): number => {
  const value = Math.max(0, Math.floor(microseconds))
  if (value < SUB_BUCKETS) return value
  const octave = 31 - Math.clz32(value) - SUB_BUCKET_BITS
  return Math.min((octave << SUB_BUCKET_BITS) + (value >>> octave), LAST_BUCKET)
}

const middleOf = (index: number): number => {
  if (index < SUB_BUCKETS) return index
  const octave = (index >> SUB_BUCKET_BITS) - 1
  return (SUB_BUCKETS + (index & (SUB_BUCKETS - 1)) + 0.5) * 2 ** octave
}
