import type { DepartmentUpdateInput } from '@mchat/sdk'
import type { Directory } from './directory.ts'

/** Room for later ones between two, so that most moves change one department. */
const STEP = 1024

/** A department can go anywhere but into itself or what is below it. */
export const canMoveInto = (directory: Directory, departmentId: string, parentId: string | null): boolean =>
  parentId === null || !directory.within(departmentId).has(parentId)

/**
 * What has to be changed for a department to stand at a place: itself, and those around it where there is no number left
 * between them, as where all of them have the same.
 * @param index among the others that are there
 */
export const planMove = (
  directory: Directory,
  departmentId: string,
  parentId: string | null,
  index: number,
): readonly DepartmentUpdateInput[] => {
  const moved = directory.departments.get(departmentId)
  if (moved === undefined || !canMoveInto(directory, departmentId, parentId)) return []
  const before = directory.departmentsIn(moved.parent_id)
  const others = directory.departmentsIn(parentId).filter(({ department_id }) => department_id !== departmentId)
  const at = Math.min(Math.max(index, 0), others.length)
  const isSame = moved.parent_id === parentId && before.indexOf(moved) === at
  if (isSame) return []
  const parent = moved.parent_id === parentId ? {} : { parent_id: parentId }
  const left = others[at - 1]?.sort_order
  const right = others[at]?.sort_order
  const between = numberBetween(left, right)
  if (between !== undefined) return [{ department_id: departmentId, ...parent, sort_order: between }]
  const wanted = others.toSpliced(at, 0, moved)
  return wanted.flatMap((department, i) => {
    const sort_order = (i + 1) * STEP
    const isMoved = department === moved
    if (!isMoved && department.sort_order === sort_order) return []
    return [{ department_id: department.department_id, ...(isMoved ? parent : {}), sort_order }]
  })
}

const numberBetween = (left: number | undefined, right: number | undefined): number | undefined => {
  if (left === undefined && right === undefined) return 0
  if (left === undefined) return (right ?? 0) - STEP
  if (right === undefined) return left + STEP
  const middle = Math.floor((left + right) / 2)
  return middle > left && middle < right ? middle : undefined
}
