import { invalidField, LIMITS, type RunCounts } from '@mchat/schema'
import { agentPauses } from '../../db/repositories/agent-pauses.ts'
import { agentRuns, type RunStatsRow } from '../../db/repositories/agent-runs.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { requireAgent } from './locked-agent.ts'

const DAY_MS = 86_400_000
const DAYS = 7

export default defineHandler('agent.stats', async ({ clock, config, db }, input) => {
  const { employee_id } = input
  requireAgent(await employees.find(db, employee_id))
  const { from, to } = daysOf(input, clock.timestamp().slice(0, 10))
  const rows = await agentRuns.stats(db, employee_id, from, to)
  return {
    employee_id,
    enabled: !(await agentPauses.has(db, employee_id)),
    from,
    to,
    days: rows.flatMap((row) => (row.day === null ? [] : [{ day: row.day, ...present(row) }])),
    total: present(rows.find((row) => row.day === null)),
    content_filter: {
      active: config.filterFile !== undefined,
      people: config.filterFile !== undefined && config.filterPeople,
    },
  }
})

/** @throws MChatError 400 for a day that no month has, and for days in the wrong order or too many */
const daysOf = (
  input: { readonly from?: string; readonly to?: string },
  today: string,
): { readonly from: string; readonly to: string } => {
  const to = input.to ?? (input.from === undefined ? today : later(input.from, DAYS - 1, 'from'))
  const from = input.from ?? later(to, 1 - DAYS, 'to')
  const days = (Date.parse(later(to, 0, 'to')) - Date.parse(later(from, 0, 'from'))) / DAY_MS + 1
  if (days < 1) throw invalidField('to', 'order', 'is before `from`')
  if (days > LIMITS.agentRunDays) throw invalidField('from', 'agentRunDays', `at most ${LIMITS.agentRunDays} days`)
  return { from, to }
}

const later = (day: string, days: number, field: string): string => {
  const time = new Date(`${day}T00:00:00Z`)
  // The 31st of February is taken for the 3rd of March.
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(day)) {
    throw invalidField(field, 'day', 'there is no such day')
  }
  const found = new Date(time.getTime() + days * DAY_MS).toISOString()
  if (!/^\d{4}-/.test(found)) throw invalidField(field, 'day', 'there is no such day')
  return found.slice(0, 10)
}

const present = (row: RunStatsRow | undefined): RunCounts => ({
  calls: row?.calls ?? 0,
  done: row?.done ?? 0,
  failed: row?.failed ?? 0,
  timed_out: row?.timed_out ?? 0,
  cancelled: row?.cancelled ?? 0,
  first_answer_ms: { p50: row?.first_answer_p50 ?? null, p95: row?.first_answer_p95 ?? null },
  end_ms: { p50: row?.end_p50 ?? null, p95: row?.end_p95 ?? null },
  input_tokens: row?.input_tokens ?? 0,
  output_tokens: row?.output_tokens ?? 0,
})
