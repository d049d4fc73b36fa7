import type { Database } from '../db/database.ts'
import { ALL_DEPARTMENTS, type Directory, isWithin } from '../db/directory.ts'
import { employeeBatches } from '../db/repositories/employee-batches.ts'

/** Whom something for more than one conversation reaches: active people, no agents. */
export interface Audience {
  /** How many they are in all. */
  count(): Promise<number>
  /** Those in a department and below it, as many as `limit`; undefined: there is no such department. */
  within(departmentId: string, limit: number): Promise<readonly string[] | undefined>
}

export const createAudience = (database: Database, directory: Directory): Audience => ({
  count: () => employeeBatches.countPeople(database.kysely),
  async within(departmentId, limit) {
    const parents = await directory.departments.get(ALL_DEPARTMENTS)
    if (parents?.has(departmentId) !== true) return undefined
    const below = [...parents.keys()].filter((id) => isWithin(id, departmentId, parents))
    return await employeeBatches.peopleIn(database.kysely, below, limit)
  },
})
