import type { MChatClient } from '@mchat/sdk'
import type { QueryClient } from '@tanstack/react-query'
import { isMovedBy, type Noun } from './nouns.ts'

/** Several changes within this time are one reason to fetch again. */
const GATHER_MS = 300

/**
 * Fetches again what a page shows when somebody else has changed it: by what is told to those who administer it, and by what
 * everybody is told.
 * @returns stops it
 */
export const followMoves = (client: MChatClient, queries: QueryClient): (() => void) => {
  const moved = new Set<Noun>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const move = (...nouns: readonly Noun[]): void => {
    for (const noun of nouns) moved.add(noun)
    timer ??= setTimeout(() => {
      timer = undefined
      const now = [...moved]
      moved.clear()
      void queries.invalidateQueries({ predicate: ({ meta }) => isMovedBy(meta?.movedBy, now) })
    }, GATHER_MS)
  }
  const stops = [
    client.watchChanges(),
    client.watchProfiles(),
    client.on('changes', ({ changes, dropped }) => {
      if (dropped !== undefined) void queries.invalidateQueries()
      else move(...changes.map(({ noun }) => noun))
    }),
    client.on('profile', () => move('employee', 'agent', 'role')),
    client.on('org', () => move('employee', 'department')),
    client.on('system', ({ group_id }) => move(...(group_id === undefined ? [] : (['group'] as const)))),
    // What happened meanwhile was not heard.
    client.on('session', ({ state }) => {
      if (state === 'connected') void queries.invalidateQueries()
    }),
  ]
  return () => {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}
