import type { Changes } from '@mchat/sdk'

/** The kinds of things that pages show, and changes are about; `stats` are counted and not announced. */
export type Noun = Changes['changes'][number]['noun'] | 'stats'

/** @param movedBy of what was asked before */
export const isMovedBy = (movedBy: unknown, nouns: readonly Noun[]): boolean =>
  Array.isArray(movedBy) && nouns.some((noun) => movedBy.includes(noun))
