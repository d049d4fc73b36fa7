import { beforeEach, expect, it } from 'vitest'
import { agentPauses } from '#src/db/repositories/agent-pauses.ts'
import { agentRuns, type EndedRun } from '#src/db/repositories/agent-runs.ts'
import stats from '#src/handlers/agent/stats.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hire, hireAll, NOW } from '../db/people.ts'
import { appoint, createFrame } from './frame.ts'

onEveryDatabase('agent.stats', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared)
  const db = () => shared.current.kysely
  const none = { p50: null, p95: null }
  let count = 0

  /** A call at a time of 2026, which began to answer and ended so many milliseconds later. */
  const called = async (
    time: string,
    end?: Partial<EndedRun> & { readonly answeredMs?: number; readonly ms: number },
  ) => {
    const run_id = `run_${String(++count).padStart(26, '0')}`
    const created_at = new Date(`2026-${time}Z`)
    const who = { agent_id: 'bot', asker_id: 'amy', group_id: null, in_reply_to: 'msg_1' }
    await agentRuns.begin(db(), [{ run_id, ...who, hops: 0, instance: 'gateway', created_at }])
    if (end === undefined) return
    const { answeredMs, ms, ...rest } = end
    const after = (milliseconds: number) => new Date(created_at.getTime() + milliseconds)
    await agentRuns.end(db(), [
      {
        run_id,
        end_state: 'done',
        reason: null,
        started_at: created_at,
        first_answer_at: answeredMs === undefined ? null : after(answeredMs),
        ended_at: after(ms),
        said: 1,
        input_tokens: null,
        output_tokens: null,
        ...rest,
      },
    ])
  }

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'agent_manager' })
    await hire(db(), 'bot', { is_ai_agent: true, agent_profile: {} })
    await hireAll(db(), 'amy')
  })

  it('counts by day in UTC and in total, with how long answers took', async () => {
    await called('01-01T23:59:59.999', { answeredMs: 100, ms: 1000, input_tokens: 2_000_000_000, output_tokens: 5 })
    await called('01-02T00:00:00.000', { answeredMs: 100, ms: 200, input_tokens: 2_000_000_000 })
    await called('01-02T01:00:00.000', { answeredMs: 300, ms: 400 })
    await called('01-02T01:00:00.000', { end_state: 'failed', reason: 'unreachable', ms: 9000 })
    await called('01-02T01:00:00.000', { end_state: 'timed_out', reason: 'timeout', answeredMs: 500, ms: 15_000 })
    await called('01-02T01:00:00.000', { end_state: 'cancelled', reason: 'cancelled', ms: 20 })
    await called('01-02T02:00:00.000')
    const { data } = await frame.run(stats, 'boss', { employee_id: 'bot' })
    expect(data).toEqual({
      employee_id: 'bot',
      enabled: true,
      from: '2025-12-27',
      to: '2026-01-02',
      days: [
        {
          day: '2026-01-01',
          ...{ calls: 1, done: 1, failed: 0, timed_out: 0, cancelled: 0 },
          first_answer_ms: { p50: 100, p95: 100 },
          end_ms: { p50: 1000, p95: 1000 },
          input_tokens: 2_000_000_000,
          output_tokens: 5,
        },
        {
          day: '2026-01-02',
          ...{ calls: 6, done: 2, failed: 1, timed_out: 1, cancelled: 1 },
          first_answer_ms: { p50: 300, p95: 480 },
          end_ms: { p50: 300, p95: 390 },
          input_tokens: 2_000_000_000,
          output_tokens: 0,
        },
      ],
      total: {
        ...{ calls: 7, done: 3, failed: 1, timed_out: 1, cancelled: 1 },
        first_answer_ms: { p50: 200, p95: 470 },
        end_ms: { p50: 400, p95: 940 },
        input_tokens: 4_000_000_000,
        output_tokens: 5,
      },
      content_filter: { active: false, people: false },
    })
  })

  it('includes both of the days it is asked for, and no other', async () => {
    for (const day of ['01-01', '01-02', '01-03', '01-04']) {
      for (const time of ['00:00:00.000', '23:59:59.999']) await called(`${day}T${time}`, { ms: 1 })
    }
    const asked = { employee_id: 'bot', from: '2026-01-02', to: '2026-01-03' }
    const { data } = await frame.run(stats, 'boss', asked)
    expect(data.days.map(({ day, calls }) => [day, calls])).toEqual([
      ['2026-01-02', 2],
      ['2026-01-03', 2],
    ])
    expect(data.total.calls).toBe(4)
    const { from, to } = (await frame.run(stats, 'boss', { employee_id: 'bot', from: '2026-02-25' })).data
    expect([from, to]).toEqual(['2026-02-25', '2026-03-03'])
  })

  it('of an agent that was never called, and is paused, are zeros', async () => {
    await agentPauses.add(db(), 'bot', 'boss', NOW)
    const { data } = await frame.run(stats, 'boss', { employee_id: 'bot' })
    expect(data).toMatchObject({ enabled: false, days: [], total: { calls: 0, first_answer_ms: none, end_ms: none } })
  })

  it.each([
    ['from', { from: '2026-02-30', to: '2026-03-01' }],
    ['to', { to: '2026-02-29' }],
    ['to', { from: '2026-01-02', to: '2026-01-01' }],
    ['from', { from: '2026-01-01', to: '2026-01-31' }],
    ['from', { from: '9999-12-31' }],
    ['to', { to: '0000-01-01' }],
  ])('names %s in %o', async (field, days) => {
    const refused = await frame.refusal(stats, 'boss', { employee_id: 'bot', ...days })
    expect(refused).toEqual({ key: 'invalid_fields', fields: [field] })
  })

  it.each([
    ['amy', 'not_agent'],
    ['nobody', 'employee_not_found'],
  ])('are not there for %s', async (employee_id, key) => {
    expect(await frame.refusal(stats, 'boss', { employee_id })).toEqual({ key, fields: [] })
  })
})
