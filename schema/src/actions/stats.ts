import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Instant, Timestamp } from '../entities.ts'
import { LIMITS } from '../limits.ts'
import { Attention, StatLatency, StatNow, StatPoint, StatResolution, StatTotals } from '../stats.ts'

export const statsActions = {
  'stats.overview': defineAction({
    summary: `What goes on: who is online, messages and calls of agents over time, errors, latency, the busiest groups, and what needs attention. Numbers only, as all gateways had written them down a few seconds ago. Minutes are kept for ${LIMITS.statMinuteHours} hours, hours for ${LIMITS.statHourDays} days, days for ${LIMITS.statDayDays} days.`,
    input: Type.Object({
      resolution: StatResolution,
      from: Type.Optional(Instant),
      to: Type.Optional(Instant),
    }),
    output: Type.Object({
      now: StatNow,
      resolution: StatResolution,
      from: Timestamp,
      to: Timestamp,
      series: Type.Array(StatPoint, {
        description: `A point for each minute, hour or day from the one that \`from\` is in to the one that \`to\` is in, those in which nothing happened included; at most ${LIMITS.statPoints}. The last 180 minutes, 48 hours or 30 days when nothing is said. Days are those of UTC`,
      }),
      latency: StatLatency,
      ...StatTotals,
      attention: Type.Array(Attention, { description: 'What needs attention, the most urgent first' }),
    }),
    rule: 'system_manage',
    kind: 'read',
    heavy: true,
    errors: [],
  }),
}
