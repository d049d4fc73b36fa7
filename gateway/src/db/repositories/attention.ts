import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface FailingAgentRow {
  readonly agent_id: string
  readonly failures: number
}

export interface OrganisationTotals {
  readonly people: number
  readonly agents: number
  readonly groups: number
  readonly agents_without_manager: number
  readonly people_without_manager: number
  readonly has_reporting_lines: boolean
}

export interface OldSecrets {
  readonly count: number
  /** null: there are none. */
  readonly oldest: Date | null
}

/** What an administrator should know. These read whole tables or much of them: not for everybody who asks. */
export const attention = {
  async organisation(db: Db): Promise<OrganisationTotals> {
    const { rows } = await sql<OrganisationTotals>`
      select
        (count(*) filter (where not is_ai_agent))::int as people,
        (count(*) filter (where is_ai_agent))::int as agents,
        (select count(*)::int from chat_group where dismissed_at is null) as groups,
        (count(*) filter (where is_ai_agent and manager_id is null))::int as agents_without_manager,
        (count(*) filter (where not is_ai_agent and manager_id is null and not exists (
          select from employee report
          where report.manager_id = employee.employee_id and report.status = 'active' and not report.is_ai_agent
        )))::int as people_without_manager,
        coalesce(bool_or(not is_ai_agent and manager_id is not null), false) as has_reporting_lines
      from employee where status = 'active'`.execute(db)
    return rows[0] as OrganisationTotals
  },

  /** Of those that ended since and were not stopped by somebody, at least half; and not just once or twice. */
  async failingAgents(db: Db, since: Date, atLeast: number): Promise<FailingAgentRow[]> {
    const { rows } = await sql<FailingAgentRow>`
      select agent_id, failures from (
        select agent_id, count(*)::int as calls,
          (count(*) filter (where end_state in ('failed', 'timed_out')))::int as failures
        from agent_run
        where created_at >= ${since} and end_state in ('done', 'failed', 'timed_out')
        group by agent_id
      ) agents
      where failures >= ${atLeast} and failures * 2 >= calls
      order by failures desc, agent_id limit 20`.execute(db)
    return rows
  },

  /**
   * Of people and agents that are active, those that were meant to last: one that is made for a day, as the console does for
   * itself, ends without anybody having to do something.
   */
  async credentialsEnding(db: Db, now: Date, until: Date): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from credential
      join employee on employee.employee_id = credential.employee_id and employee.status = 'active'
      where credential.revoked_at is null and credential.expires_at > ${now} and credential.expires_at <= ${until}
        and credential.expires_at - credential.created_at > ${until}::timestamptz - ${now}::timestamptz`.execute(db)
    return rows[0]?.count ?? 0
  },

  /** Of agents that are active; not those that another one has taken the place of. */
  async oldAgentSecrets(db: Db, before: Date): Promise<OldSecrets> {
    const { rows } = await sql<OldSecrets>`
      select count(*)::int as count, min(agent_secret.created_at) as oldest from agent_secret
      join employee on employee.employee_id = agent_secret.agent_id and employee.status = 'active'
      where agent_secret.ends_at is null and agent_secret.created_at < ${before}`.execute(db)
    return rows[0] as OldSecrets
  },
}
