/** The kinds of things that pages show, and changes are about. */
export type Noun =
  | 'employee'
  | 'department'
  | 'group'
  | 'agent'
  | 'run'
  | 'session'
  | 'announcement'
  | 'audit'
  | 'stats'

/** @param movedBy of what was asked before */
export const isMovedBy = (movedBy: unknown, nouns: readonly Noun[]): boolean =>
  Array.isArray(movedBy) && nouns.some((noun) => movedBy.includes(noun))
