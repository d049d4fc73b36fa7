import type { Employee } from '@mchat/schema'
import type { Db } from '#src/db/database.ts'
import { departments } from '#src/db/repositories/departments.ts'
import { employees, type NewEmployee } from '#src/db/repositories/employees.ts'
import { groups } from '#src/db/repositories/groups.ts'

export const NOW = new Date('2026-01-02T03:04:05.678Z')
export const NOW_TEXT = '2026-01-02T03:04:05.678Z'
export const LATER = new Date('2026-01-02T04:00:00.001Z')
export const LATER_TEXT = '2026-01-02T04:00:00.001Z'

/** Adds an employee of whom only the id matters. */
export const hire = (db: Db, employee_id: string, with_: Partial<NewEmployee> = {}): Promise<Employee> =>
  employees.insert(db, {
    employee_id,
    name: employee_id,
    department_id: null,
    manager_id: null,
    is_ai_agent: false,
    agent_profile: null,
    skills_badge: [],
    now: NOW,
    ...with_,
  })

export const hireAll = async (db: Db, ...ids: string[]): Promise<void> => {
  for (const id of ids) {
    await hire(db, id)
  }
}

export const found = (db: Db, department_id: string, parent_id: string | null = null, sort_order = 0) =>
  departments.insert(db, { department_id, name: department_id, parent_id, sort_order, now: NOW })

export const gather = (db: Db, group_id: string, creator_employee_id: string, name = group_id) =>
  groups.insert(db, { group_id, name, description: null, avatar: null, creator_employee_id, now: NOW })
