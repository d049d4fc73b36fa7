import { invalidField, LIMITS, STAT_SPANS } from '@mchat/schema'
import type { StatRange } from '#src/stats/series.ts'
import { defineHandler } from '../../router/define-handler.ts'

const HOUR_MS = 3_600_000

export default defineHandler('stats.overview', ({ clock, stats }, input) => stats.overview(rangeOf(input, clock.now())))

/** @throws MChatError 400 for a time that there is not, and for times in the wrong order, too many, or not kept so long */
const rangeOf = (
  { from, resolution, to }: { readonly from?: string; readonly to?: string } & Pick<StatRange, 'resolution'>,
  now: number,
): StatRange => {
  const { keptHours, ms, points } = STAT_SPANS[resolution]
  const begin = (time: number): number => Math.floor(time / ms) * ms
  const asked = to === undefined ? undefined : timeOf(to, 'to')
  const first = from === undefined ? undefined : begin(timeOf(from, 'from'))
  const last = begin(Math.min(now, asked ?? (first === undefined ? now : first + (points - 1) * ms)))
  const start = first ?? last - (points - 1) * ms
  if (start > last) throw invalidField(from === undefined ? 'to' : 'from', 'order', 'is after `to`, or after now')
  if ((last - start) / ms + 1 > LIMITS.statPoints) {
    throw invalidField('from', 'statPoints', `at most ${LIMITS.statPoints} points`)
  }
  if (start < begin(now - keptHours * HOUR_MS)) {
    throw invalidField(from === undefined ? 'to' : 'from', 'kept', `is longer ago than ${keptHours} hours`)
  }
  return { resolution, from: start, to: last }
}

const timeOf = (text: string, field: string): number => {
  const time = Date.parse(text)
  // The 31st of February is taken for the 3rd of March.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text.slice(0, 10))) {
    throw invalidField(field, 'time', 'there is no such time')
  }
  return time
}
