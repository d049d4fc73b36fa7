import type { StatResolution } from '@mchat/schema'
import type { GatewayReport, StatName } from '@mchat/schema/tables'
import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** So much happened in a minute. */
export interface CountedInMinute {
  /** When the minute begins, ISO 8601. */
  readonly start: string
  readonly name: StatName
  readonly label: string
  readonly value: number
}

/** What a gateway has counted, with what it says of itself. */
export interface CountBatch {
  readonly instance: string
  readonly startedAt: Date
  /** Grows with each batch of the instance. */
  readonly number: number
  readonly counts: readonly CountedInMinute[]
  readonly now: Date
  readonly report: GatewayReport
}

export interface CountedRow {
  readonly start: Date
  readonly name: StatName
  /** By their label. */
  readonly counts: Readonly<Record<string, number>>
}

export interface BusyGroupRow {
  readonly group_id: string
  readonly name: string
  readonly messages: number
}

/** So many groups are kept for each minute, hour and day: the busiest. */
const GROUPS_KEPT: Readonly<Record<StatResolution, number>> = { minute: 50, hour: 100, day: 200 }

/** Numbers of what happened, by minute, hour and day. */
export const statCounts = {
  /**
   * Adds a batch to its minutes, hours and days at once. One that is there already, or an older one, changes nothing: so
   * whoever does not hear how it went may do it again, and nothing is counted twice.
   */
  async add(db: Db, { counts, instance, now, number, report, startedAt }: CountBatch): Promise<void> {
    // In one order, so that two gateways do not wait for each other.
    await sql`
      with step as (
        insert into gateway_report (instance, number, started_at, reported_at, report)
        values (${instance}, ${number}, ${startedAt}, ${now}, ${JSON.stringify(report)}::jsonb)
        on conflict (instance) do update
        set number = excluded.number, reported_at = excluded.reported_at, report = excluded.report
        where gateway_report.number < excluded.number
        returning instance
      )
      insert into stat_count (resolution, start, name, label, value)
      select resolution, date_trunc(resolution, start at time zone 'UTC') at time zone 'UTC' as begins, name, label, sum(value)
      from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as given (start timestamptz, name text, label text, value bigint)
      cross join unnest(array['minute', 'hour', 'day']) as resolution
      where exists (select from step)
      group by resolution, begins, name, label
      order by resolution, begins, name, label
      on conflict (resolution, start, name, label) do update set value = stat_count.value + excluded.value`.execute(db)
  },

  /** All but the groups, from one start to another, both included; in their order. */
  async between(db: Db, resolution: StatResolution, from: Date, to: Date): Promise<CountedRow[]> {
    const { rows } = await sql<CountedRow>`
      select start, name, jsonb_object_agg(label, value) as counts
      from stat_count
      where resolution = ${resolution} and start >= ${from} and start <= ${to} and name <> 'group'
      group by start, name order by start, name`.execute(db)
    return rows
  },

  /** Of groups that were dismissed since, too. */
  async busiestGroups(
    db: Db,
    resolution: StatResolution,
    from: Date,
    to: Date,
    limit: number,
  ): Promise<BusyGroupRow[]> {
    const { rows } = await sql<BusyGroupRow>`
      select busy.label as group_id, chat_group.name, busy.messages::float8 as messages
      from (
        select label, sum(value) as messages
        from stat_count
        where resolution = ${resolution} and start >= ${from} and start <= ${to} and name = 'group'
        group by label order by messages desc, label limit ${limit}
      ) busy join chat_group on chat_group.group_id = busy.label
      order by busy.messages desc, busy.label`.execute(db)
    return rows
  },

  async purgeBefore(db: Db, resolution: StatResolution, before: Date): Promise<void> {
    await db.deleteFrom('stat_count').where('resolution', '=', resolution).where('start', '<', before).execute()
  },

  /** Of each minute, hour or day since, keeps the busiest groups alone: there is no end to how many there can be. */
  async purgeGroups(db: Db, resolution: StatResolution, since: Date): Promise<void> {
    await sql`
      delete from stat_count using (
        select start, label, row_number() over (partition by start order by value desc, label) as place
        from stat_count
        where resolution = ${resolution} and start >= ${since} and name = 'group'
      ) busy
      where stat_count.resolution = ${resolution} and stat_count.start = busy.start and stat_count.name = 'group'
        and stat_count.label = busy.label and busy.place > ${GROUPS_KEPT[resolution]}`.execute(db)
  },
}
