import { LIMITS } from '@mchat/schema'
import type { GatewayReport, StatName } from '@mchat/schema/tables'
import { sql } from 'kysely'
import { beforeEach, expect, it } from 'vitest'
import { type AuditEntry, createAuditChain } from '#src/audit/chain.ts'
import { createAuditHeads } from '#src/audit/heads.ts'
import { agentRuns } from '#src/db/repositories/agent-runs.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { deploymentKeys } from '#src/db/repositories/deployment-keys.ts'
import { statCounts } from '#src/db/repositories/stat-counts.ts'
import overview from '#src/handlers/stats/overview.ts'
import { createStats } from '#src/stats/overview.ts'
import { testKeys } from '../../../tests/kit/keys.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { gather, hire, hireAll } from '../db/people.ts'
import { appoint, createFrame } from './frame.ts'

const NOW = new Date('2026-03-04T05:06:07.890Z')
const DAY = 86_400_000
const REPORT: GatewayReport = {
  version: '0.1.0',
  problems: [],
  connections: null,
  people_online: 4,
  agents_online: 1,
  agent_runs: 0,
  spared: [],
  certificate_ending: false,
  storage_percent: null,
}
const ago = (milliseconds: number): Date => new Date(NOW.getTime() - milliseconds)
const later = (milliseconds: number): Date => ago(-milliseconds)

onEveryDatabase('stats.overview', (kind) => {
  const shared = sharedDatabase(kind)
  const db = () => shared.current.kysely
  const keys = testKeys()
  const chain = createAuditChain(keys, 'gateway-1')
  const clock = {
    now: () => NOW.getTime(),
    monotonic: () => 0,
    timestamp: () => NOW.toISOString(),
    date: () => NOW,
  }
  const services = () => {
    const database = shared.current
    const heads = createAuditHeads(keys)
    return { stats: createStats({ database, online: { by: 'status' }, chain, heads, clock }) }
  }
  const frame = createFrame(shared, {}, NOW, {}, services)
  const ask = async (input: Parameters<typeof frame.run<'stats.overview'>>[2]) =>
    (await frame.run(overview, 'boss', input)).data

  let batch = 0
  const counted = (start: string, ...counts: readonly [StatName, string, number][]) =>
    statCounts.add(db(), {
      instance: 'counting',
      startedAt: NOW,
      now: NOW,
      number: ++batch,
      report: REPORT,
      counts: counts.map(([name, label, value]) => ({ start: `2026-${start}:00.000Z`, name, label, value })),
    })
  const reported = (instance: string, at: Date, report: Partial<GatewayReport> = {}) =>
    statCounts.add(db(), {
      ...{ instance, startedAt: ago(DAY), now: at, number: 1 },
      report: { ...REPORT, ...report },
      counts: [],
    })

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'admin' })
  })

  it('has a point for each minute, those in which nothing happened too', async () => {
    await counted('03-04T05:04', ['message', 'private', 2], ['message', 'group', 3], ['agent_message', '', 1])
    await counted(
      '03-04T05:04',
      ['agent_call', 'done', 4],
      ['agent_call', 'timed_out', 2],
      ['agent_call', 'cancelled', 1],
    )
    await counted('03-04T05:04', ['request', '', 9], ['error', 'forbidden', 1], ['error', 'not_group_member', 2])
    await counted('03-04T05:04', ['message_time', '0.001', 19], ['message_time', '0.5', 1])
    await counted('03-04T05:03', ['message', 'private', 100])
    const asked = { resolution: 'minute', from: '2026-03-04T05:04:59Z', to: '2026-03-04T05:06:00Z' } as const
    const { from, series, to } = await ask(asked)
    expect([from, to]).toEqual(['2026-03-04T05:04:00.000Z', '2026-03-04T05:06:00.000Z'])
    const nothing = {
      ...{ messages: 0, group_messages: 0, agent_messages: 0, agent_calls: 0, agent_failures: 0 },
      ...{ requests: 0, errors: 0, p50_ms: null, p95_ms: null },
    }
    expect(series).toEqual([
      {
        at: '2026-03-04T05:04:00.000Z',
        ...{ messages: 5, group_messages: 3, agent_messages: 1, agent_calls: 7, agent_failures: 2 },
        ...{ requests: 9, errors: 3, p50_ms: 0.922, p95_ms: 0.922 },
      },
      { at: '2026-03-04T05:05:00.000Z', ...nothing },
      { at: '2026-03-04T05:06:00.000Z', ...nothing },
    ])
  })

  it('adds up minutes to hours and days (UTC), with percentiles of all of them', async () => {
    await counted('03-03T23:59', ['message', 'private', 1], ['message_time', '0.001', 1])
    await counted('03-04T00:00', ['message', 'private', 2], ['message_time', '0.01', 1])
    await counted('03-04T04:59', ['message', 'private', 4], ['request_time', '1', 1])
    await counted('03-04T05:00', ['message', 'private', 8], ['agent_answer_time', 'Infinity', 1])
    const messages = async (input: Parameters<typeof ask>[0]) =>
      (await ask(input)).series.map((point) => point.messages)
    expect(await messages({ resolution: 'hour', from: '2026-03-03T23:30:00Z' })).toEqual([1, 2, 0, 0, 0, 4, 8])
    expect(await messages({ resolution: 'day', from: '2026-03-03T00:00:00Z' })).toEqual([1, 14])
    expect(await messages({ resolution: 'day', to: '2026-03-03T00:00:00Z' })).toEqual([...Array(29).fill(0), 1])
    const { latency } = await ask({ resolution: 'day' })
    expect(latency).toEqual({
      messages: { count: 2, p50_ms: 0.922, p95_ms: 9.22, p99_ms: 9.22 },
      requests: { count: 1, p50_ms: 922, p95_ms: 922, p99_ms: 922 },
      agent_first_answer: { count: 0, p50_ms: null, p95_ms: null, p99_ms: null },
      agent_answer: { count: 1, p50_ms: 250_000, p95_ms: 250_000, p99_ms: 250_000 },
    })
  })

  it.each([
    ['minute', 180, '2026-03-04T02:07:00.000Z'],
    ['hour', 48, '2026-03-02T06:00:00.000Z'],
    ['day', 30, '2026-02-03T00:00:00.000Z'],
  ] as const)('shows by %s the last %i when nothing is said', async (resolution, points, first) => {
    const { from, series } = await ask({ resolution })
    expect([series.length, from, series[0]?.at]).toEqual([points, first, first])
    expect(JSON.stringify(series).length).toBeLessThan(points * 250)
  })

  it('names errors and groups, those with the most first', async () => {
    for (const id of ['g1', 'g2', 'g3']) await gather(db(), id, 'boss', `Group ${id}`)
    await counted('03-04T05:04', ['group', 'g1', 5], ['group', 'g2', 7], ['group', 'forgotten', 9])
    await counted(
      '03-04T05:05',
      ['group', 'g1', 5],
      ['error', 'a', 1],
      ['error', 'b', 2],
      ['agent_error', 'timeout', 3],
    )
    await counted('03-03T05:05', ['group', 'g3', 50], ['error', 'c', 100])
    const found = await ask({ resolution: 'hour', from: '2026-03-04T05:00:00Z' })
    expect(found.top_groups).toEqual([
      { group_id: 'g1', name: 'Group g1', messages: 10 },
      { group_id: 'g2', name: 'Group g2', messages: 7 },
    ])
    expect(found.errors).toEqual([
      { key: 'b', count: 2 },
      { key: 'a', count: 1 },
    ])
    expect(found.agent_errors).toEqual([{ key: 'timeout', count: 3 }])
  })

  it('says what is so now, and of gateways which are not as they should be', async () => {
    await hireAll(db(), 'amy', 'ben')
    await hire(db(), 'bot', { is_ai_agent: true, manager_id: 'boss' })
    await gather(db(), 'g', 'amy')
    await reported('ready', ago(5000), { people_online: 6, agents_online: 2, certificate_ending: true })
    await reported('starting', ago(19_000), { problems: ['No.'], people_online: null, agents_online: null })
    await reported('dead', ago(21_000), {
      people_online: 99,
      spared: [{ agent_id: 'old', since: ago(0).toISOString() }],
    })
    await reported('forgotten', ago(3_600_001))
    await reported('full', ago(0), {
      storage_percent: 90,
      spared: [{ agent_id: 'bot', since: ago(60_000).toISOString() }],
    })
    const { attention, now } = await ask({ resolution: 'minute' })
    expect(now).toMatchObject({
      at: NOW.toISOString(),
      online: { people: 6, agents: 2, by: 'status' },
      people: 3,
      agents: 1,
      groups: 1,
    })
    expect(now.gateways.map(({ instance, state }) => [instance, state]).sort()).toEqual([
      ['dead', 'lost'],
      ['full', 'ready'],
      ['ready', 'ready'],
      ['starting', 'not_ready'],
    ])
    expect(attention.slice().sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: 'agent_spared', id: 'bot', since: ago(60_000).toISOString() },
      { kind: 'certificate_ending', id: 'ready' },
      { kind: 'gateway_lost', id: 'dead', since: ago(21_000).toISOString() },
      { kind: 'gateway_not_ready', id: 'starting' },
      { kind: 'storage_nearly_full', id: 'full', count: 90 },
    ])
  })

  it('does not know who is online where no gateway does', async () => {
    await reported('lost', ago(60_000))
    expect((await ask({ resolution: 'minute' })).now.online).toEqual({ people: null, agents: null, by: 'status' })
  })

  it('tells of people, agents and secrets that need attention', async () => {
    await hireAll(db(), 'lead', 'loner')
    await hire(db(), 'member', { manager_id: 'lead' })
    await hire(db(), 'orphan', { is_ai_agent: true, agent_profile: {} })
    const credential = (id: string, expires_at: Date | null, now = ago(60 * DAY)) =>
      credentials.insert(db(), {
        ...{ credential_id: id, employee_id: 'lead', client_id: null, kind: 'token', secret_hash: id },
        ...{ now, expires_at },
      })
    await credential('ends', later(13 * DAY))
    await credential('ends later', later(15 * DAY))
    await credential('for a day only', later(DAY), NOW)
    await credential('has ended', ago(1))
    await credential('never ends', null)
    for (const [secret_id, created_at] of [
      ['old', ago(366 * DAY)],
      ['new', ago(364 * DAY)],
    ] as const) {
      const secret = { secret_id, agent_id: 'orphan', kind: 'webhook', sealed: 'x', created_at, ends_at: null } as const
      await db().insertInto('agent_secret').values(secret).execute()
    }
    expect((await ask({ resolution: 'day' })).attention).toEqual([
      { kind: 'credentials_ending', count: 1 },
      { kind: 'agent_secrets_old', count: 1, since: ago(366 * DAY).toISOString() },
      { kind: 'agents_without_manager', count: 1 },
      // The one who asks, too.
      { kind: 'people_without_manager', count: 2 },
    ])
  })

  it('asks nobody for reporting lines where there are none', async () => {
    await hireAll(db(), 'amy', 'ben')
    expect((await ask({ resolution: 'day' })).attention).toEqual([])
  })

  it('tells of agents that fail at least every other time', async () => {
    for (const id of ['bad', 'good', 'seldom']) await hire(db(), id, { is_ai_agent: true, manager_id: 'boss' })
    let runs = 0
    const called = async (
      agent_id: string,
      end_state: 'done' | 'failed' | 'timed_out' | 'cancelled',
      at = ago(60_000),
    ) => {
      const run_id = `run_${String(++runs).padStart(26, '0')}`
      const who = { agent_id, asker_id: 'boss', group_id: null, in_reply_to: 'msg_1' }
      await agentRuns.begin(db(), [{ run_id, ...who, hops: 0, instance: 'gateway', created_at: at }])
      const times = { started_at: null, first_answer_at: null, ended_at: at, said: 0 }
      await agentRuns.end(db(), [
        { run_id, end_state, reason: null, ...times, input_tokens: null, output_tokens: null },
      ])
    }
    for (const state of ['failed', 'failed', 'timed_out', 'done', 'done', 'done', 'cancelled'] as const) {
      await called('bad', state)
    }
    for (const state of ['failed', 'failed', 'failed', 'done', 'done', 'done', 'done'] as const)
      await called('good', state)
    for (const state of ['failed', 'failed'] as const) await called('seldom', state)
    await called('seldom', 'failed', ago(16 * 60_000))
    expect((await ask({ resolution: 'day' })).attention).toEqual([{ kind: 'agent_failing', id: 'bad', count: 3 }])
  })

  it('tells of keys that are old, and of two secrets that open them', async () => {
    const wrapped = { wrapped: 'x', origin: 'random' } as const
    await deploymentKeys.insert(db(), [{ generation: 1, secret_id: 'one', ...wrapped }])
    const made = (at: Date) => sql`update deployment_key set created_at = ${at}`.execute(db())
    await made(ago(366 * DAY))
    const since = ago(366 * DAY).toISOString()
    const overview = await ask({ resolution: 'day' })
    expect(overview.attention).toEqual([{ kind: 'keys_old', since }])
    expect(overview.now.keys_since).toBe(since)
    await deploymentKeys.insert(db(), [{ generation: 1, secret_id: 'two', ...wrapped }])
    await made(ago(DAY))
    expect((await ask({ resolution: 'day' })).attention).toEqual([
      { kind: 'rotation_unfinished', since: ago(DAY).toISOString() },
    ])
  })

  it('tells of an audit log that does not fit together at its end', async () => {
    const entry: AuditEntry = {
      ...{ operatorEmployeeId: 'boss', clientId: 'boss_web_1', action: 'group.create', target: 'g', params: {} },
      ...{ seqId: 'one', code: 0, reason: null, payload: 'p' },
    }
    for (const seqId of ['one', 'two', 'three']) {
      await shared.current.transaction((tx) => chain.append(tx, { ...entry, seqId }))
    }
    expect((await ask({ resolution: 'day' })).attention).toEqual([])
    const superuser = await shared.current.superuser()
    await superuser.transaction(async (tx) => {
      await sql`set local session_replication_role = replica`.execute(tx)
      await sql`update audit_log set code = 1 where seq = 2`.execute(tx)
    })
    expect((await ask({ resolution: 'day' })).attention).toEqual([{ kind: 'audit_problem', id: '2' }])
  })

  it.each([
    ['from', { resolution: 'minute', from: '2026-02-30T00:00:00Z' }],
    ['to', { resolution: 'minute', to: '2026-02-29T00:00:00Z' }],
    ['from', { resolution: 'hour', from: '2026-03-04T04:00:00Z', to: '2026-03-04T03:59:59Z' }],
    ['from', { resolution: 'minute', from: '2026-03-04T05:07:00Z' }],
    ['from', { resolution: 'minute', from: '2026-03-02T05:05:00Z', to: '2026-03-02T05:06:00Z' }],
    ['from', { resolution: 'minute', from: '2026-03-03T22:26:00Z', to: '2026-03-04T05:06:00Z' }],
    ['to', { resolution: 'minute', to: '2026-03-02T06:00:00Z' }],
    ['to', { resolution: 'day', to: '0000-01-01T00:00:00Z' }],
    ['from', { resolution: 'day', from: '9999-12-31T23:59:59.999Z' }],
  ] as const)('names %s in %o', async (field, input) => {
    expect(await frame.refusal(overview, 'boss', input)).toEqual({ key: 'invalid_fields', fields: [field] })
  })

  it('answers as many points as there may be, and what has just been kept long enough', async () => {
    const asked = { resolution: 'minute', from: '2026-03-03T22:27:00Z', to: '2026-03-04T05:06:00Z' } as const
    expect((await ask(asked)).series).toHaveLength(LIMITS.statPoints)
    const oldest = { resolution: 'minute', from: '2026-03-02T05:06:00Z', to: '2026-03-02T05:06:00Z' } as const
    expect((await ask(oldest)).series).toHaveLength(1)
  })

  it('is found out once for everybody who asks until there is something new', async () => {
    const { stats } = services()
    const range = {
      resolution: 'minute',
      from: Date.parse('2026-03-04T05:04:00Z'),
      to: Date.parse('2026-03-04T05:04:00Z'),
    } as const
    const messages = async () => (await stats.overview(range)).series[0]?.messages
    expect(await messages()).toBe(0)
    await counted('03-04T05:04', ['message', 'private', 1])
    expect(await Promise.all(Array.from({ length: 10 }, messages))).toEqual(Array(10).fill(0))
    stats.forget()
    expect(await messages()).toBe(1)
  })
})
