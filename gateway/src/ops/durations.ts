/** Within a power of ten: each at most 1.21 times the one before, and the usual 1, 2.5, 5 are among them. */
const STEPS = ['1', '1.2', '1.45', '1.75', '2.1', '2.5', '3', '3.6', '4.2', '5', '6', '7.2', '8.5'] as const

/** Upper ends of the buckets, in seconds, from 0.1 ms to 250 s; what takes longer is in one more bucket behind them. */
export const BOUNDS: readonly number[] = [-4, -3, -2, -1, 0, 1, 2]
  .flatMap((power) => STEPS.map((step) => Number(`${step}e${power}`)))
  .filter((bound) => bound <= 250)

/** How a bucket is named where it is kept: by its upper end, so that another release may have others. */
export const bucketNames: readonly string[] = [...BOUNDS.map(String), 'Infinity']

/** How many there were in each bucket. */
export type Durations = number[]

export const noDurations = (): Durations => bucketNames.map(() => 0)

/** The same, where they are looked through for every request. */
const UPPER_ENDS = Float64Array.from(BOUNDS)

/** Adds one. Seven comparisons, so it may stand on the message path. */
export const addDuration = (durations: Durations, seconds: number): void => {
  const bucket = bucketOf(seconds)
  durations[bucket] = (durations[bucket] ?? 0) + 1
}

const bucketOf = (seconds: number): number => {
  let low = 0
  let high = UPPER_ENDS.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (seconds > (UPPER_ENDS[middle] as number)) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The duration that such a part of all did not exceed (nearest rank), in seconds: right to 10 %, since it is the geometric
 * mean of its bucket. Below 0.1 ms and above 250 s it is told as that. undefined: there were none.
 * @param counts by the name of the bucket
 */
export const percentile = (counts: ReadonlyMap<string, number>, part: number): number | undefined => {
  const buckets = [...counts].map(([name, count]) => [Number(name), count] as const).sort(([a], [b]) => a - b)
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  const rank = Math.max(1, Math.ceil(part * total))
  let below = 0
  for (const [bound, count] of buckets) {
    below += count
    if (count > 0 && below >= rank) return middleOf(bound)
  }
  return undefined
}

const middleOf = (bound: number): number => {
  if (bound === Number.POSITIVE_INFINITY) return BOUNDS.at(-1) ?? bound
  const before = BOUNDS[BOUNDS.indexOf(bound) - 1]
  return before === undefined ? bound : Math.sqrt(before * bound)
}
