import type { StatName } from '@mchat/schema/tables'
import type { CountedInMinute } from '../db/repositories/stat-counts.ts'

const MINUTE_MS = 60_000
/** While the database is away: older minutes are then added to the one after them. */
const MINUTES_KEPT = 60

/** What has been counted and not been written down yet, by the minute in which it happened. */
export interface PendingCounts {
  add(at: number, name: StatName, label: string, value: number): void
  /** All of it; then there is nothing. */
  take(): readonly CountedInMinute[]
}

interface Count {
  readonly name: StatName
  readonly label: string
  value: number
}

export const createPendingCounts = (): PendingCounts => {
  const minutes = new Map<number, Map<string, Count>>()

  const addTo = (minute: number, name: StatName, label: string, value: number): void => {
    const counts = minutes.get(minute) ?? new Map<string, Count>()
    minutes.set(minute, counts)
    const key = `${name} ${label}`
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { name, label, value })
    else known.value += value
  }

  /** In memory only so much may wait, and nothing that was counted is thrown away. */
  const foldOldest = (): void => {
    const [oldest, next] = [...minutes.keys()].sort((a, b) => a - b)
    if (oldest === undefined || next === undefined) return
    const counts = minutes.get(oldest) ?? new Map<string, Count>()
    minutes.delete(oldest)
    for (const { label, name, value } of counts.values()) addTo(next, name, label, value)
  }

  return {
    add(at, name, label, value) {
      if (value === 0) return
      addTo(Math.floor(at / MINUTE_MS) * MINUTE_MS, name, label, value)
      if (minutes.size > MINUTES_KEPT) foldOldest()
    },
    take() {
      const taken = [...minutes].flatMap(([minute, counts]) => {
        const start = new Date(minute).toISOString()
        return [...counts.values()].map((count) => ({ start, ...count }))
      })
      minutes.clear()
      return taken
    },
  }
}
