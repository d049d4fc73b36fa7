import { STAT_SPANS, type StatLatency, type StatPoint, type StatResolution } from '@mchat/schema'
import type { StatName } from '@mchat/schema/tables'
import type { CountedRow } from '../db/repositories/stat-counts.ts'
import { percentile } from '../ops/durations.ts'

type Counts = ReadonlyMap<string, number>
type CountsByName = ReadonlyMap<StatName, Counts>

export interface StatRange {
  readonly resolution: StatResolution
  /** When the first and the last point begin. */
  readonly from: number
  readonly to: number
}

/** A point for each minute, hour or day, those in which nothing happened included. */
export const pointsOf = (rows: readonly CountedRow[], { from, resolution, to }: StatRange): StatPoint[] => {
  const byStart = new Map<number, Map<StatName, Counts>>()
  for (const { counts, name, start } of rows) {
    const ofStart = byStart.get(start.getTime()) ?? new Map<StatName, Counts>()
    byStart.set(start.getTime(), ofStart.set(name, new Map(Object.entries(counts))))
  }
  const points: StatPoint[] = []
  for (let at = from; at <= to; at += STAT_SPANS[resolution].ms) points.push(pointOf(at, byStart.get(at) ?? new Map()))
  return points
}

/** Everything there was in the whole time. */
export const addUp = (rows: readonly CountedRow[]): CountsByName => {
  const sums = new Map<StatName, Map<string, number>>()
  for (const { counts, name } of rows) {
    const sum = sums.get(name) ?? new Map<string, number>()
    sums.set(name, sum)
    for (const [label, count] of Object.entries(counts)) sum.set(label, (sum.get(label) ?? 0) + count)
  }
  return sums
}

const NONE: Counts = new Map()
const ofName = (counts: CountsByName, name: StatName): Counts => counts.get(name) ?? NONE
const total = (counts: Counts, isCounted: (label: string) => boolean = () => true): number => {
  let sum = 0
  for (const [label, count] of counts) if (isCounted(label)) sum += count
  return sum
}
const milliseconds = (counts: Counts, part: number): number | null => {
  const seconds = percentile(counts, part)
  return seconds === undefined ? null : Number((seconds * 1000).toPrecision(3))
}

const pointOf = (at: number, counts: CountsByName): StatPoint => {
  const times = ofName(counts, 'message_time')
  return {
    at: new Date(at).toISOString(),
    messages: total(ofName(counts, 'message')),
    group_messages: total(ofName(counts, 'message'), (kind) => kind === 'group'),
    agent_messages: total(ofName(counts, 'agent_message')),
    agent_calls: total(ofName(counts, 'agent_call')),
    agent_failures: total(ofName(counts, 'agent_call'), (state) => state === 'failed' || state === 'timed_out'),
    requests: total(ofName(counts, 'request')),
    errors: total(ofName(counts, 'error')),
    p50_ms: milliseconds(times, 0.5),
    p95_ms: milliseconds(times, 0.95),
  }
}

export const latencyOf = (counts: CountsByName): StatLatency => {
  const latency = (name: StatName): StatLatency['messages'] => {
    const times = ofName(counts, name)
    const part = (fraction: number) => milliseconds(times, fraction)
    return { count: total(times), p50_ms: part(0.5), p95_ms: part(0.95), p99_ms: part(0.99) }
  }
  return {
    messages: latency('message_time'),
    requests: latency('request_time'),
    agent_first_answer: latency('agent_first_answer_time'),
    agent_answer: latency('agent_answer_time'),
  }
}

/** The most frequent first. */
export const frequent = (
  counts: CountsByName,
  name: 'error' | 'agent_error',
): { readonly key: string; readonly count: number }[] =>
  [...ofName(counts, name)]
    .map(([key, count]) => ({ key, count }))
    .sort((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1))
