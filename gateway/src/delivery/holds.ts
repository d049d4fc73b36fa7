import type { Directory } from '../db/directory.ts'

/**
 * Whether a right still holds, as `PublishOptions.stillHolds` answers it: at once from what is remembered; otherwise a
 * promise of asking again, or of false.
 */
export type Holds = boolean | Promise<boolean>

export const and = (first: Holds, second: () => Holds): Holds => (first === true ? second() : first)

/** What was looked up just now is remembered, and can be asked for. */
export const isThere = async (found: unknown): Promise<boolean> => (await found) !== undefined

export const isMember = ({ groups }: Pick<Directory, 'groups'>, groupId: string, employeeId: string): Holds =>
  groups.peek(groupId)?.members.has(employeeId) ?? isThere(groups.get(groupId))

export const isActive = ({ employees }: Pick<Directory, 'employees'>, employeeId: string): Holds =>
  employees.peek(employeeId)?.active ?? isThere(employees.get(employeeId))
