import { ALL_AGENTS, ALL_DEPARTMENTS, type Directory } from './directory.ts'

/** What a change makes stale in the memory of every gateway. */
export interface Stale {
  readonly employees?: readonly string[]
  readonly groups?: readonly string[]
  readonly sessions?: readonly string[]
  /** Employees whose groups or sessions are others now. */
  readonly access?: readonly string[]
  readonly departments?: true
  /** Agents, or where they answer, are others now. */
  readonly agents?: true
  /** Somebody has another name. */
  readonly names?: true
}

/** undefined: forget everything, since announcements may have been missed. */
export type Forget = (stale: Stale | undefined) => void

/** @param forgetNames for what is remembered of names outside the directory */
export const createForget =
  (directory: Directory, forgetNames: () => void): Forget =>
  (stale) => {
    if (stale === undefined) {
      for (const cache of Object.values(directory)) cache.clear()
      forgetNames()
      return
    }
    for (const id of stale.employees ?? []) directory.employees.invalidate(id)
    for (const id of stale.groups ?? []) directory.groups.invalidate(id)
    for (const id of stale.sessions ?? []) directory.sessions.invalidate(id)
    for (const id of stale.access ?? []) {
      directory.groupsOf.invalidate(id)
      directory.sessionsOf.invalidate(id)
    }
    if (stale.agents) directory.agents.invalidate(ALL_AGENTS)
    if (stale.departments) directory.departments.invalidate(ALL_DEPARTMENTS)
    if (stale.names) forgetNames()
  }

export const isEmpty = (stale: Stale): boolean =>
  Object.values(stale).every((part) => part !== true && part.length === 0)
