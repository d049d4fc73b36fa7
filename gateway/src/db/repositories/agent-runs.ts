import type { EndState, RunCounts, RunFailure } from '@mchat/schema'
import type { AgentRunTable } from '@mchat/schema/tables'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'

export type AgentRunRow = Selectable<AgentRunTable>

export type NewRun = Pick<
  AgentRunRow,
  'run_id' | 'agent_id' | 'asker_id' | 'group_id' | 'in_reply_to' | 'hops' | 'instance' | 'created_at'
>

export interface EndedRun {
  readonly run_id: string
  readonly end_state: EndState
  readonly reason: RunFailure | null
  readonly started_at: Date | null
  readonly first_answer_at: Date | null
  readonly ended_at: Date
  /** How many messages it has answered with. */
  readonly said: number
  readonly input_tokens: number | null
  readonly output_tokens: number | null
}

export interface RunStatsRow extends Omit<RunCounts, 'first_answer_ms' | 'end_ms'> {
  readonly day: string | null
  readonly first_answer_p50: number | null
  readonly first_answer_p95: number | null
  readonly end_p50: number | null
  readonly end_p95: number | null
}

/** Of what is not null. */
const percentile = (fraction: number, column: string): RawBuilder<number | null> =>
  sql`round(percentile_cont(${fraction}::float8) within group (order by ${sql.ref(column)}::float8))::int`

/** One gateway at a time writes down runs. */
const LOCK = 5_284_018_733

/** Calls of agents (contract 5, Agents). A run is ended once, by whoever is first. */
export const agentRuns = {
  /** Until the transaction ends: what is written in it is numbered after all that others have written before. */
  async lock(tx: Db): Promise<void> {
    await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(tx)
  },

  /** @returns the run_ids that were not there yet */
  async begin(db: Db, runs: readonly NewRun[]): Promise<Set<string>> {
    const each = columnsOf(runs)
    // Of one text, however many there are: it is planned once.
    const { rows } = await sql<{ run_id: string }>`
      insert into agent_run (run_id, agent_id, asker_id, group_id, in_reply_to, hops, instance, created_at)
      select * from unnest(${each('run_id')}::text[], ${each('agent_id')}::text[], ${each('asker_id')}::text[],
        ${each('group_id')}::text[], ${each('in_reply_to')}::text[], ${each('hops')}::int[], ${each('instance')}::text[],
        ${each('created_at')}::timestamptz[])
      on conflict (run_id) do nothing
      returning run_id`.execute(db)
    return new Set(rows.map((row) => row.run_id))
  },

  /** Adds to the calls of a day (UTC). @returns how many there are now, by agent */
  async count(db: Db, day: string, calls: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    if (calls.size === 0) return new Map()
    // In one order, so that two gateways do not wait for each other.
    const values = [...calls].sort(([a], [b]) => (a < b ? -1 : 1)).map(([agent_id, n]) => ({ agent_id, day, calls: n }))
    const rows = await db
      .insertInto('agent_usage')
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(['agent_id', 'day']).doUpdateSet({ calls: sql`agent_usage.calls + excluded.calls` }),
      )
      .returning(['agent_id', 'calls'])
      .execute()
    return new Map(rows.map((row) => [row.agent_id, row.calls]))
  },

  /**
   * What is under way elsewhere with the same agent in the same conversation, and was written down before.
   * @returns run_ids, by the run that comes after them
   */
  async before(db: Db, runIds: readonly string[]): Promise<Map<string, ReadonlySet<string>>> {
    if (runIds.length === 0) return new Map()
    const { rows } = await sql<{ run_id: string; before: string[] }>`
      select run.run_id, array_agg(other.run_id) as before
      from agent_run run join agent_run other on other.agent_id = run.agent_id
        and other.group_id is not distinct from run.group_id
        and (run.group_id is not null or other.asker_id = run.asker_id)
        and other.end_state is null and other.instance <> run.instance and other.number < run.number
      where run.run_id in (${sql.join(runIds)})
      group by run.run_id`.execute(db)
    return new Map(rows.map((row) => [row.run_id, new Set(row.before)]))
  },

  /** @returns the run_ids that were ended by this */
  async end(db: Db, runs: readonly EndedRun[]): Promise<Set<string>> {
    const [first, ...others] = runs
    if (first === undefined) return new Set()
    const rows = others.length === 0 ? await endOne(db, first) : await endMany(db, runs)
    return new Set(rows.map((row) => row.run_id))
  },

  async find(db: Db, runId: string): Promise<AgentRunRow | undefined> {
    return db.selectFrom('agent_run').selectAll().where('run_id', '=', runId).executeTakeFirst()
  },

  async underWay(db: Db, runIds: readonly string[]): Promise<Set<string>> {
    if (runIds.length === 0) return new Set()
    const rows = await db
      .selectFrom('agent_run')
      .select('run_id')
      .where('run_id', 'in', runIds)
      .where('end_state', 'is', null)
      .execute()
    return new Set(rows.map((row) => row.run_id))
  },

  /** @returns which gateway calls it; undefined where nobody does any more */
  async askToCancel(db: Db, runId: string, by: string): Promise<string | undefined> {
    const row = await db
      .updateTable('agent_run')
      .set({ cancelled_by: by })
      .where('run_id', '=', runId)
      .where('end_state', 'is', null)
      .returning('instance')
      .executeTakeFirst()
    return row?.instance
  },

  /** What somebody wants to be stopped of what this gateway does. */
  async toBeCancelled(db: Db, instance: string): Promise<string[]> {
    const rows = await db
      .selectFrom('agent_run')
      .select('run_id')
      .where('instance', '=', instance)
      .where('end_state', 'is', null)
      .where('cancelled_by', 'is not', null)
      .execute()
    return rows.map((row) => row.run_id)
  },

  /**
   * What gateways were doing that are gone, that is: have held no lease for a moment.
   * @param alone there is no other gateway, nor a lease: whatever this one is not doing
   */
  async orphans(db: Db, instance: string, alone: boolean): Promise<AgentRunRow[]> {
    return db
      .selectFrom('agent_run')
      .selectAll()
      .where('end_state', 'is', null)
      .where('instance', '<>', instance)
      .where((where) =>
        alone
          ? where.lit(true)
          : where.not(
              where.exists(
                where
                  .selectFrom('gateway')
                  .select('gateway.instance')
                  .whereRef('gateway.instance', '=', 'agent_run.instance')
                  .where('lease_until', '>', sql<Date>`now() - interval '1 second'`),
              ),
            ),
      )
      .limit(500)
      .execute()
  },

  /** Those that may be calling agents. */
  async gateways(db: Db): Promise<string[]> {
    const rows = await db.selectFrom('gateway').select('instance').where('lease_until', '>', sql<Date>`now()`).execute()
    return rows.map(({ instance }) => instance)
  },

  /** Newest first. @param before `created_at` and `run_id` of the last one seen */
  async list(
    db: Db,
    agentId: string,
    options: {
      readonly isUnderWay?: boolean
      readonly endState?: EndState
      readonly before?: Pick<AgentRunRow, 'created_at' | 'run_id'>
      readonly limit: number
    },
  ): Promise<AgentRunRow[]> {
    const { before, endState, isUnderWay, limit } = options
    let select = db.selectFrom('agent_run').selectAll().where('agent_id', '=', agentId)
    if (isUnderWay === true) select = select.where('end_state', 'is', null)
    if (endState !== undefined) select = select.where('end_state', '=', endState)
    if (before !== undefined) {
      select = select.where(sql<boolean>`(created_at, run_id) < (${before.created_at}, ${before.run_id})`)
    }
    return select.orderBy('created_at', 'desc').orderBy('run_id', 'desc').limit(limit).execute()
  },

  /**
   * What became of the calls that were made from one day to another, both included.
   * @returns a row for each day with a call, in their order, and last one for all (`day` is null)
   */
  async stats(db: Db, agentId: string, from: string, to: string): Promise<RunStatsRow[]> {
    const { rows } = await sql<RunStatsRow>`
      select day, count(*)::int as calls,
        (count(*) filter (where end_state = 'done'))::int as done,
        (count(*) filter (where end_state = 'failed'))::int as failed,
        (count(*) filter (where end_state = 'timed_out'))::int as timed_out,
        (count(*) filter (where end_state = 'cancelled'))::int as cancelled,
        ${percentile(0.5, 'first_answer_ms')} as first_answer_p50,
        ${percentile(0.95, 'first_answer_ms')} as first_answer_p95,
        ${percentile(0.5, 'end_ms')} as end_p50,
        ${percentile(0.95, 'end_ms')} as end_p95,
        coalesce(sum(input_tokens), 0)::float8 as input_tokens,
        coalesce(sum(output_tokens), 0)::float8 as output_tokens
      from (
        select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day, end_state, input_tokens, output_tokens,
          extract(epoch from first_answer_at - created_at) * 1000 as first_answer_ms,
          case when end_state = 'done' then extract(epoch from ended_at - created_at) * 1000 end as end_ms
        from agent_run
        where agent_id = ${agentId}
          and created_at >= ${from}::date at time zone 'UTC'
          and created_at < (${to}::date + 1) at time zone 'UTC'
      ) runs
      group by grouping sets ((day), ())
      order by day nulls last`.execute(db)
    return rows
  },

  async purgeBefore(db: Db, time: Date): Promise<void> {
    await db.deleteFrom('agent_run').where('created_at', '<', time).where('end_state', 'is not', null).execute()
    await db.deleteFrom('agent_usage').where('day', '<', time.toISOString().slice(0, 10)).execute()
  },
}

/** A quarter of the work of `endMany`. */
const endOne = (db: Db, ended: EndedRun): Promise<{ run_id: string }[]> =>
  db
    .updateTable('agent_run')
    .set({
      end_state: ended.end_state,
      reason: ended.reason,
      started_at: ended.started_at,
      first_answer_at: ended.first_answer_at,
      ended_at: ended.ended_at,
      said: ended.said,
      input_tokens: ended.input_tokens,
      output_tokens: ended.output_tokens,
    })
    .where('run_id', '=', ended.run_id)
    .where('end_state', 'is', null)
    .returning('run_id')
    .execute()

const endMany = async (db: Db, runs: readonly EndedRun[]): Promise<{ run_id: string }[]> => {
  const each = columnsOf(runs)
  // PostgreSQL takes a list from JSON for longer than it is, and looks through the whole table for it.
  const { rows } = await sql<{ run_id: string }>`
    update agent_run set end_state = given.end_state, reason = given.reason, started_at = given.started_at,
      first_answer_at = given.first_answer_at, ended_at = given.ended_at, said = given.said,
      input_tokens = given.input_tokens, output_tokens = given.output_tokens
    from unnest(${each('run_id')}::text[], ${each('end_state')}::text[], ${each('reason')}::text[],
      ${each('started_at')}::timestamptz[], ${each('first_answer_at')}::timestamptz[], ${each('ended_at')}::timestamptz[],
      ${each('said')}::int[], ${each('input_tokens')}::int[], ${each('output_tokens')}::int[]) as given (run_id, end_state,
      reason, started_at, first_answer_at, ended_at, said, input_tokens, output_tokens)
    where agent_run.run_id = given.run_id and agent_run.end_state is null
    returning agent_run.run_id`.execute(db)
  return rows
}

/** @returns what all of them have in one column, in their order */
const columnsOf =
  <T extends object>(rows: readonly T[]) =>
  <K extends keyof T>(column: K): T[K][] =>
    rows.map((row) => row[column])
