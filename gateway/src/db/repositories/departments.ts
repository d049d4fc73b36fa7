import type { Department } from '@mchat/schema'
import type { DepartmentTable } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'

export interface NewDepartment {
  readonly department_id: string
  readonly name: string
  readonly parent_id: string | null
  readonly sort_order: number
  readonly now: Date
}

/** What is absent or undefined stays as it is. */
export interface DepartmentPatch {
  readonly name?: string | undefined
  readonly parent_id?: string | null | undefined
  readonly sort_order?: number | undefined
}

export interface DepartmentFilter {
  /** null: those at the top; undefined: all. */
  readonly parentId?: string | null | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export const departments = {
  async find(db: Db, id: string): Promise<Department | undefined> {
    const row = await db.selectFrom('department').selectAll().where('department_id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : toDepartment(row)
  },

  /** The whole organisation, as a directory shows it: by `sort_order`, then by id. Not paged. */
  async all(db: Db): Promise<Department[]> {
    const rows = await db.selectFrom('department').selectAll().orderBy('sort_order').orderBy('department_id').execute()
    return rows.map(toDepartment)
  },

  /** What is above each of them; null: nothing. One value out of the database, as most changes of the organisation ask for it. */
  async parents(db: Db): Promise<Map<string, string | null>> {
    const { rows } = await sql<{ parents: Readonly<Record<string, string | null>> }>`
      select coalesce(json_object_agg(department_id, parent_id), '{}'::json) as parents from department`.execute(db)
    return new Map(Object.entries(rows[0]?.parents ?? {}))
  },

  /** One page in the order of the ids. */
  async list(db: Db, filter: DepartmentFilter): Promise<Department[]> {
    let select = db.selectFrom('department').selectAll().orderBy('department_id').limit(filter.limit)
    if (filter.parentId === null) select = select.where('parent_id', 'is', null)
    else if (filter.parentId !== undefined) select = select.where('parent_id', '=', filter.parentId)
    if (filter.after !== undefined) select = select.where('department_id', '>', filter.after)
    return (await select.execute()).map(toDepartment)
  },

  /** Rejects with `unique_violation` or, when the parent does not exist, `foreign_key_violation`. */
  async insert(db: Db, department: NewDepartment): Promise<Department> {
    const { now, ...values } = department
    const row = await db
      .insertInto('department')
      .values({ ...values, created_at: now, updated_at: now })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toDepartment(row)
  },

  /** Rejects when there is no such department. Does not look for circles. */
  async update(db: Db, id: string, patch: DepartmentPatch, now: Date): Promise<Department> {
    const row = await db
      .updateTable('department')
      .set({ ...patch, updated_at: now })
      .where('department_id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return toDepartment(row)
  },

  /**
   * Removes the department and the role grants that are limited to it; disabled employees are left without a department.
   * false, and nothing is changed, when there is no such department or it is not empty. Nobody can enter it between this
   * look and the removal.
   */
  async remove(db: Db, id: string): Promise<boolean> {
    const locked = await db
      .selectFrom('department')
      .select('department_id')
      .where('department_id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (locked === undefined || !(await departments.isEmpty(db, id))) return false
    await db.updateTable('employee').set({ department_id: null }).where('department_id', '=', id).execute()
    await db.deleteFrom('employee_role').where('department_id', '=', id).execute()
    await db.deleteFrom('department').where('department_id', '=', id).execute()
    return true
  },

  /** Has it neither active employees nor departments directly below it? true for one that does not exist. */
  async isEmpty(db: Db, id: string): Promise<boolean> {
    const { rows } = await sql<{ empty: boolean }>`
      select not exists (select from department where parent_id = ${id})
        and not exists (select from employee where department_id = ${id} and status = 'active') as empty`.execute(db)
    return rows[0]?.empty === true
  },
}

const toDepartment = (row: Selectable<DepartmentTable>): Department => ({
  department_id: row.department_id,
  name: row.name,
  parent_id: row.parent_id,
  sort_order: row.sort_order,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})
