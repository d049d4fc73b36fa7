import type { Employee, RoleGrant } from '@mchat/schema'
import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { employees, type NewEmployee } from './employees.ts'

/** Somebody new, with roles. */
export interface NewPerson extends NewEmployee {
  readonly roles: readonly RoleGrant[]
}

/** What a batch can set of somebody who is there. */
export type PersonFields = Pick<Employee, 'employee_id' | 'name' | 'department_id' | 'manager_id' | 'skills_badge'>

/** Many employees at once: a fixed number of queries for however many they are. */
export const employeeBatches = {
  /** As `employees.findMany`, and keeps the rows locked against other changes until the transaction ends. */
  async findForUpdate(tx: Db, ids: readonly string[]): Promise<Map<string, Employee>> {
    await tx
      .selectFrom('employee')
      .select('employee_id')
      .where('employee_id', '=', sql<string>`any(${ids}::text[])`)
      .orderBy('employee_id')
      .forNoKeyUpdate()
      .execute()
    return employees.findMany(tx, ids)
  },

  /** Active people with one of these names, and where they are. Reads every row of the organisation. */
  async namesakes(db: Db, names: readonly string[]): Promise<Pick<Employee, 'name' | 'department_id'>[]> {
    return db
      .selectFrom('employee')
      .select(['name', 'department_id'])
      .where('name', '=', sql<string>`any(${names}::text[])`)
      .where('status', '=', 'active')
      .where('is_ai_agent', '=', false)
      .execute()
  },

  /** These and everybody above them: manager_id by employee_id. Ends on a circle that is already there. */
  async managersAbove(db: Db, ids: readonly string[]): Promise<Map<string, string | null>> {
    const { rows } = await sql<{ employee_id: string; manager_id: string | null }>`
      with recursive chain (employee_id, manager_id) as (
        select employee_id, manager_id from employee where employee_id = any(${ids}::text[])
        union
        select employee.employee_id, employee.manager_id
          from employee join chain on employee.employee_id = chain.manager_id
      )
      select employee_id, manager_id from chain`.execute(db)
    return new Map(rows.map((row) => [row.employee_id, row.manager_id]))
  },

  /** Adds active people; they may be each other's managers. Rejects as `employees.insert`, and then nobody is added. */
  async insert(tx: Db, people: readonly NewPerson[]): Promise<Map<string, Employee>> {
    if (people.length === 0) return new Map()
    await tx
      .insertInto('employee')
      .values(
        people.map(({ now, roles: _, ...person }) => ({
          ...person,
          agent_profile: person.agent_profile === null ? null : JSON.stringify(person.agent_profile),
          skills_badge: JSON.stringify(person.skills_badge),
          created_at: now,
          updated_at: now,
        })),
      )
      .execute()
    const grants = people.flatMap(({ employee_id, roles }) =>
      roles.map(({ role, department_id = '' }) => ({ employee_id, role, department_id })),
    )
    if (grants.length > 0) await tx.insertInto('employee_role').values(grants).execute()
    return employees.findMany(
      tx,
      people.map(({ employee_id }) => employee_id),
    )
  },

  /** Sets these fields and raises the versions. Ids that nobody has are passed over. */
  async update(tx: Db, people: readonly PersonFields[], now: Date): Promise<Map<string, Employee>> {
    if (people.length === 0) return new Map()
    const ids = people.map(({ employee_id }) => employee_id)
    await sql`
      update employee
        set name = changed.name, department_id = changed.department_id, manager_id = changed.manager_id,
          skills_badge = changed.skills_badge, updated_at = ${now}, version = employee.version + 1
        from jsonb_to_recordset(${JSON.stringify(people)}::jsonb)
          as changed (employee_id text, name text, department_id text, manager_id text, skills_badge jsonb)
        where employee.employee_id = changed.employee_id`.execute(tx)
    return employees.findMany(tx, ids)
  },

  /** How many active people there are. */
  async countPeople(db: Db): Promise<number> {
    const row = await db
      .selectFrom('employee')
      .select(sql<number>`count(*)::int`.as('people'))
      .where('status', '=', 'active')
      .where('is_ai_agent', '=', false)
      .executeTakeFirstOrThrow()
    return row.people
  },

  /** The ids of active people directly in one of the departments, in order, as many as `limit`. */
  async peopleIn(db: Db, departmentIds: readonly string[], limit: number): Promise<string[]> {
    const rows = await db
      .selectFrom('employee')
      .select('employee_id')
      .where('status', '=', 'active')
      .where('is_ai_agent', '=', false)
      .where('department_id', '=', sql<string>`any(${departmentIds}::text[])`)
      .orderBy('employee_id')
      .limit(limit)
      .execute()
    return rows.map((row) => row.employee_id)
  },
}
