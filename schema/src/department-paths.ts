import type { Department } from './entities.ts'
import { joined, separated } from './sheet-text.ts'

/** The departments as people name them: from the top, `Sales/North`. */
export interface DepartmentPaths {
  /** Empty for one that is not there. */
  pathOf(departmentId: string): string
  /** Those that a path names: siblings may have the same name. */
  idsAt(path: string): readonly string[]
}

/** No path is longer, should the departments ever stand in a circle. */
const DEEPEST = 1000

export const departmentPaths = (all: readonly Department[]): DepartmentPaths => {
  const byId = new Map(all.map((department) => [department.department_id, department]))
  const namesOf = (departmentId: string): string[] => {
    const names: string[] = []
    let current = byId.get(departmentId)
    while (current !== undefined && names.length < DEEPEST) {
      names.unshift(current.name)
      current = current.parent_id === null ? undefined : byId.get(current.parent_id)
    }
    return names
  }
  const keyOf = (names: readonly string[]): string => JSON.stringify(names.map((name) => name.trim()))
  const idsByKey = Map.groupBy(byId.keys(), (departmentId) => keyOf(namesOf(departmentId)))
  return {
    pathOf: (departmentId) => joined(namesOf(departmentId), '/'),
    idsAt: (path) => idsByKey.get(keyOf(separated(path, '/'))) ?? [],
  }
}
