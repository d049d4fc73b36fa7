import type { AgentProfile, Employee, RoleGrant, RoleName } from '@mchat/schema'
import type { EmployeeTable } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'
import { containing } from './text.ts'

export interface NewEmployee {
  readonly employee_id: string
  readonly name: string
  readonly department_id: string | null
  readonly manager_id: string | null
  readonly is_ai_agent: boolean
  readonly agent_profile: AgentProfile | null
  readonly skills_badge: readonly string[]
  readonly now: Date
}

/** What is absent or undefined stays as it is. */
export interface EmployeePatch {
  readonly name?: string | undefined
  readonly department_id?: string | null | undefined
  readonly manager_id?: string | null | undefined
  readonly agent_profile?: AgentProfile | null | undefined
  readonly skills_badge?: readonly string[] | undefined
  readonly status?: 'active' | 'disabled' | undefined
}

export interface EmployeeFilter {
  readonly departmentId?: string | undefined
  /** Those in one of these. */
  readonly departmentIds?: readonly string[] | undefined
  /** Part of the name or the id, in any case. */
  readonly query?: string | undefined
  /** Those who were granted it, wherever it is limited to. */
  readonly role?: RoleName | undefined
  readonly isAiAgent?: boolean | undefined
  readonly includeDisabled: boolean
  /** Only those, whatever `includeDisabled` says. */
  readonly status?: EmployeeRow['status'] | undefined
  /** The last id of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** What a directory shows of an employee (`org.tree`). */
export type DirectoryEmployee = Pick<
  Employee,
  'employee_id' | 'name' | 'department_id' | 'manager_id' | 'is_ai_agent' | 'skills_badge'
>

type EmployeeRow = Selectable<EmployeeTable> & { granted: { role: RoleGrant['role']; department_id: string }[] }

/** People and AI agents. Finds disabled ones too unless a function says otherwise. */
export const employees = {
  /** Any employee, disabled ones included. One query by key. */
  async find(db: Db, id: string): Promise<Employee | undefined> {
    const row = await selectEmployees(db).where('employee.employee_id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : toEmployee(row)
  },

  /**
   * As `find`, and keeps the row locked against other changes until the transaction ends. What it answers is what was
   * committed when the lock was got.
   */
  async findForUpdate(db: Db, id: string): Promise<Employee | undefined> {
    await db
      .selectFrom('employee')
      .select('employee_id')
      .where('employee_id', '=', id)
      .forNoKeyUpdate()
      .executeTakeFirst()
    return employees.find(db, id)
  },

  /** Those whose manager this is, in the order of the ids; nobody else changes them before the transaction ends. */
  async reportsForUpdate(tx: Db, managerId: string): Promise<Employee[]> {
    const locked = await tx
      .selectFrom('employee')
      .select('employee_id')
      .where('manager_id', '=', managerId)
      .orderBy('employee_id')
      .forNoKeyUpdate()
      .execute()
    const ids = locked.map((row) => row.employee_id)
    const found = await employees.findMany(tx, ids)
    return ids.map((id) => found.get(id)).filter((employee) => employee !== undefined)
  },

  /**
   * Until the transaction ends nobody else gets past this for the same employees. In one order, so that two who lock the same
   * do not wait for each other. PostgreSQL only.
   */
  async lockAccess(tx: Db, ids: readonly string[]): Promise<void> {
    await sql`
      select pg_advisory_xact_lock(key)
        from (
          select distinct hashtextextended('mchat access ' || id, 0) as key from unnest(${ids}::text[]) as id order by key
          offset 0
        ) as keys`.execute(tx)
  },

  /** By id; ids that nobody has are not in the map. One query. */
  async findMany(db: Db, ids: readonly string[]): Promise<Map<string, Employee>> {
    const rows = await selectEmployees(db)
      .where('employee.employee_id', '=', sql<string>`any(${ids}::text[])`)
      .execute()
    return new Map(rows.map((row) => [row.employee_id, toEmployee(row)]))
  },

  /** As `findMany`, and keeps them from being changed, and so from being disabled, until the transaction ends. */
  async findManyForShare(db: Db, ids: readonly string[]): Promise<Map<string, Employee>> {
    await db
      .selectFrom('employee')
      .select('employee_id')
      .where('employee_id', '=', sql<string>`any(${ids}::text[])`)
      .orderBy('employee_id')
      .forShare()
      .execute()
    return employees.findMany(db, ids)
  },

  /** One page in the order of the ids. `query` reads every row of the organisation. */
  async list(db: Db, filter: EmployeeFilter): Promise<Employee[]> {
    let select = selectEmployees(db).orderBy('employee.employee_id').limit(filter.limit)
    const { departmentId, departmentIds, isAiAgent, query, role, status, after } = filter
    if (status !== undefined) select = select.where('employee.status', '=', status)
    else if (!filter.includeDisabled) select = select.where('employee.status', '=', 'active')
    if (departmentId !== undefined) select = select.where('employee.department_id', '=', departmentId)
    if (departmentIds !== undefined) {
      select = select.where('employee.department_id', '=', sql<string>`any(${departmentIds}::text[])`)
    }
    if (isAiAgent !== undefined) select = select.where('employee.is_ai_agent', '=', isAiAgent)
    if (role !== undefined) {
      const holders = db.selectFrom('employee_role').select('employee_role.employee_id').where('role', '=', role)
      select = select.where('employee.employee_id', 'in', holders)
    }
    if (after !== undefined) select = select.where('employee.employee_id', '>', after)
    if (query !== undefined) {
      const pattern = containing(query)
      select = select.where((eb) =>
        eb.or([eb('employee.name', 'ilike', pattern), eb('employee.employee_id', 'ilike', pattern)]),
      )
    }
    return (await select.execute()).map(toEmployee)
  },

  /** Every active employee, page by page, in the order of the ids. */
  async *allActive(db: Db): AsyncGenerator<Employee> {
    const limit = 1000
    for (let after: string | undefined; ; ) {
      const page = await employees.list(db, { includeDisabled: false, after, limit })
      yield* page
      if (page.length < limit) return
      after = page.at(-1)?.employee_id
    }
  },

  /** Everybody who ever was, page by page. */
  async *allIds(db: Db): AsyncGenerator<string> {
    const limit = 1000
    for (let after = ''; ; ) {
      const page = await db
        .selectFrom('employee')
        .select('employee_id')
        .where('employee_id', '>', after)
        .orderBy('employee_id')
        .limit(limit)
        .execute()
      for (const row of page) yield row.employee_id
      if (page.length < limit) return
      after = page.at(-1)?.employee_id ?? ''
    }
  },

  /**
   * Adds an active employee without roles. Rejects with `unique_violation` when the id is taken, with
   * `foreign_key_violation` when the department or the manager does not exist.
   */
  async insert(db: Db, employee: NewEmployee): Promise<Employee> {
    const row = await db
      .insertInto('employee')
      .values({
        employee_id: employee.employee_id,
        name: employee.name,
        department_id: employee.department_id,
        manager_id: employee.manager_id,
        is_ai_agent: employee.is_ai_agent,
        agent_profile: toJson(employee.agent_profile),
        skills_badge: JSON.stringify(employee.skills_badge),
        created_at: employee.now,
        updated_at: employee.now,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toEmployee({ ...row, granted: [] })
  },

  /** Applies the patch, an empty one too, and raises the version. Rejects when there is no such employee. */
  async update(db: Db, id: string, patch: EmployeePatch, now: Date): Promise<Employee> {
    const { agent_profile, skills_badge, ...plain } = patch
    await db
      .updateTable('employee')
      .set({
        ...plain,
        ...(agent_profile === undefined ? {} : { agent_profile: toJson(agent_profile) }),
        ...(skills_badge === undefined ? {} : { skills_badge: JSON.stringify(skills_badge) }),
        updated_at: now,
      })
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where('employee_id', '=', id)
      .returning('employee_id')
      .executeTakeFirstOrThrow()
    const row = await selectEmployees(db).where('employee.employee_id', '=', id).executeTakeFirstOrThrow()
    return toEmployee(row)
  },

  /** Makes these the only grants of the employee; the same one twice counts once. The version stays: see `update`. */
  async replaceRoles(db: Db, id: string, grants: readonly RoleGrant[]): Promise<void> {
    await db.deleteFrom('employee_role').where('employee_id', '=', id).execute()
    if (grants.length === 0) return
    await db
      .insertInto('employee_role')
      .values(grants.map((grant) => ({ employee_id: id, role: grant.role, department_id: grant.department_id ?? '' })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },

  /** The ids of those who hold a grant that is limited to this department, sorted. */
  async limitedTo(db: Db, departmentId: string): Promise<string[]> {
    const rows = await db
      .selectFrom('employee_role')
      .select('employee_id')
      .distinct()
      .where('department_id', '=', departmentId)
      .orderBy('employee_id')
      .execute()
    return rows.map((row) => row.employee_id)
  },

  /**
   * Active employees with the role `owner`. Two transactions that each take one owner away both see the other's: hold a
   * lock that both take first, such as the row that `counters.bump` locks.
   */
  async countActiveOwners(db: Db): Promise<number> {
    const row = await db
      .selectFrom('employee_role')
      .innerJoin('employee', 'employee.employee_id', 'employee_role.employee_id')
      .select(sql<number>`count(*)::int`.as('owners'))
      .where('employee_role.role', '=', 'owner')
      .where('employee_role.department_id', '=', '')
      .where('employee.status', '=', 'active')
      .executeTakeFirstOrThrow()
    return row.owners
  },

  /**
   * Is `possibleManagerId` the employee or somebody below them, at any depth? Then making them the manager would close a
   * circle. Ends on a circle that is already there. Serialise as with `countActiveOwners`.
   */
  async reportsTo(db: Db, employeeId: string, possibleManagerId: string): Promise<boolean> {
    const { rows } = await sql<{ below: boolean }>`
      with recursive chain (employee_id) as (
        select ${possibleManagerId}::text collate "C"
        union
        select employee.manager_id from employee join chain using (employee_id) where employee.manager_id is not null
      )
      select exists (select from chain where employee_id = ${employeeId}) as below`.execute(db)
    return rows[0]?.below === true
  },

  /**
   * Every active employee, or those directly in one of the departments, in the order of the ids. Not paged: one value out of
   * the database, a third of the CPU time that 20,000 rows of six columns take.
   */
  async directory(db: Db, departmentIds?: readonly string[]): Promise<DirectoryEmployee[]> {
    const within = departmentIds === undefined ? sql`true` : sql`department_id = any(${departmentIds}::text[])`
    const { rows } = await sql<{ people: DirectoryEmployee[] }>`
      select coalesce(json_agg(person order by employee_id), '[]'::json) as people from (
        select employee_id, name, department_id, manager_id, is_ai_agent, skills_badge
        from employee where status = 'active' and ${within}
      ) as person`.execute(db)
    return rows[0]?.people ?? []
  },

  /** Of the agents that are active, paused ones included. */
  async agentIds(db: Db): Promise<Set<string>> {
    const rows = await db
      .selectFrom('employee')
      .select('employee_id')
      .where('is_ai_agent', '=', true)
      .where('status', '=', 'active')
      .execute()
    return new Set(rows.map((row) => row.employee_id))
  },

  /** Active AI agents that are not paused, in the order of the ids; with `skill` those that list exactly it as a capability or badge. */
  async agents(db: Db, skill?: string): Promise<Employee[]> {
    let select = selectEmployees(db)
      .where('employee.is_ai_agent', '=', true)
      .where('employee.status', '=', 'active')
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('agent_pause')
              .select('agent_pause.agent_id')
              .whereRef('agent_pause.agent_id', '=', 'employee.employee_id'),
          ),
        ),
      )
      .orderBy('employee.employee_id')
    if (skill !== undefined) {
      const wanted = JSON.stringify([skill])
      select = select.where(
        sql<boolean>`(employee.skills_badge @> ${wanted}::jsonb
          or coalesce(employee.agent_profile -> 'capabilities' @> ${wanted}::jsonb, false))`,
      )
    }
    return (await select.execute()).map(toEmployee)
  },
}

const selectEmployees = (db: Db) =>
  db
    .selectFrom('employee')
    .selectAll('employee')
    .select(
      sql<EmployeeRow['granted']>`coalesce((
        select json_agg(json_build_object('role', role, 'department_id', department_id) order by role, department_id)
        from employee_role where employee_role.employee_id = employee.employee_id
      ), '[]'::json)`.as('granted'),
    )

const toEmployee = (row: EmployeeRow): Employee => ({
  employee_id: row.employee_id,
  name: row.name,
  department_id: row.department_id,
  manager_id: row.manager_id,
  is_ai_agent: row.is_ai_agent,
  agent_profile: row.agent_profile,
  skills_badge: row.skills_badge,
  status: row.status,
  roles: row.granted.map(toGrant) as Employee['roles'],
  version: row.version,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

const toGrant = ({ role, department_id }: EmployeeRow['granted'][number]): RoleGrant =>
  department_id === '' ? { role } : { role, department_id }

const toJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))
