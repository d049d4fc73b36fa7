import type { MChatClient } from '@mchat/sdk'
import type { QueryClient } from '@tanstack/react-query'
import { isMovedBy, type Noun } from './nouns.ts'
import { sameRequestsOf } from './same-request.ts'

export type MovingClient = Pick<MChatClient, 'on' | 'watchChanges' | 'watchProfiles'>

/** Several changes within this time are one reason to fetch again. */
const GATHER_MS = 300

/**
 * Fetches again what a page shows when somebody else has changed it: by what is told to those who administer it, and by what
 * everybody is told.
 * @returns stops it
 */
export const followMoves = (client: MovingClient, queries: QueryClient): (() => void) => {
  const same = sameRequestsOf(client)
  const moved = new Set<Noun>()
  let isEverythingMoved = false
  /** By hash: what was being asked when it moved. Cut off each time, it would never be answered while changes go on. */
  const late = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const schedule = (): void => {
    timer ??= setTimeout(fetchAgain, GATHER_MS)
  }
  const fetchAgain = (): void => {
    timer = undefined
    const due = queries
      .getQueryCache()
      .getAll()
      .filter(({ meta, queryHash }) => isEverythingMoved || late.has(queryHash) || isMovedBy(meta?.movedBy, [...moved]))
    moved.clear()
    isEverythingMoved = false
    late.clear()
    for (const { queryHash, state } of due) if (state.fetchStatus !== 'idle') late.add(queryHash)
    const now = new Set(due.filter(({ queryHash }) => !late.has(queryHash)))
    void queries.invalidateQueries({ predicate: (query) => now.has(query) })
    if (late.size > 0) schedule()
  }
  const move = (...nouns: readonly Noun[]): void => {
    for (const noun of nouns) moved.add(noun)
    same.moved(nouns)
    schedule()
  }
  const stops = [
    client.watchChanges(),
    client.watchProfiles(),
    client.on('changes', ({ changes, dropped }) => {
      isEverythingMoved ||= dropped !== undefined
      if (dropped !== undefined) same.moved()
      move(...changes.map(({ noun }) => noun))
    }),
    client.on('profile', () => move('employee', 'agent', 'role')),
    client.on('org', () => move('employee', 'department')),
    client.on('system', ({ group_id }) => move(...(group_id === undefined ? [] : (['group'] as const)))),
    // What happened meanwhile was not heard.
    client.on('session', ({ state }) => {
      if (state !== 'connected') return
      same.moved()
      void queries.invalidateQueries()
    }),
  ]
  return () => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}
