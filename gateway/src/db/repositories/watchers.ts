import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface PlaceRow {
  readonly departmentId: string | null
  readonly isAgent: boolean
}

/** Who watches what they administer, and what has to be known to judge what they are told. */
export const watchers = {
  /** Active employees with a grant of one of these roles, limited or not, and a live session. One query by index. */
  async withRole(db: Db, roles: readonly string[], now: Date): Promise<string[]> {
    if (roles.length === 0) return []
    const rows = await db
      .selectFrom('employee_role')
      .innerJoin('employee', 'employee.employee_id', 'employee_role.employee_id')
      .select('employee_role.employee_id')
      .distinct()
      .where('employee_role.role', '=', sql<never>`any(${roles}::text[])`)
      .where('employee.status', '=', 'active')
      .where((where) =>
        where.exists(
          where
            .selectFrom('client_session')
            .select('client_session.client_id')
            .whereRef('client_session.employee_id', '=', 'employee_role.employee_id')
            .where('client_session.ended_at', 'is', null)
            .where('client_session.expires_at', '>', now),
        ),
      )
      .execute()
    return rows.map((row) => row.employee_id)
  },

  /** Where these employees are, by id. One query by key. */
  async places(db: Db, ids: readonly string[]): Promise<Map<string, PlaceRow>> {
    const rows = await db
      .selectFrom('employee')
      .select(['employee_id', 'department_id', 'is_ai_agent'])
      .where('employee_id', '=', sql<string>`any(${ids}::text[])`)
      .execute()
    return new Map(rows.map((row) => [row.employee_id, { departmentId: row.department_id, isAgent: row.is_ai_agent }]))
  },
}
