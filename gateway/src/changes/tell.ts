import { CHANGE_NOUNS, type ChangeNoun, type Topics } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import { ALL_DEPARTMENTS, type Directory, type EmployeeEntry } from '../db/directory.ts'
import { watchers } from '../db/repositories/watchers.ts'
import { type Holds, isThere } from '../delivery/holds.ts'
import type { Link } from '../link/link.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import { employeeOf, isToldOf, isToldOfSome, needsPlaces, type Places, rolesToldOf } from './audience.ts'
import { changesPayload } from './payload.ts'
import type { Gathered } from './pending.ts'

/**
 * Publishes what was gathered to everybody who is to know of it.
 * @returns false: somebody has missed something and is still to hear so; to be called again, with whatever there is then
 * @throws Error of the database; nobody was told then
 */
export type Tell = (gathered: Gathered) => Promise<boolean>

export interface TellParts {
  readonly topics: Topics
  readonly database: Database
  readonly directory: Directory
  readonly link: Pick<Link, 'publish'>
  readonly metrics: Pick<Metrics, 'delivery'>
  readonly clock: Clock
  readonly log: Log
}

const ALL_NOUNS = Object.keys(CHANGE_NOUNS) as ChangeNoun[]
const NOWHERE: Places['parents'] = new Map()

export const createTell = (parts: TellParts): Tell => {
  const { clock, database, directory, link, log, metrics, topics } = parts
  /** How much could not be published, by employee_id. */
  let missed: ReadonlyMap<string, number> = new Map()

  const findWatchers = async ({ changes, dropped }: Gathered): Promise<readonly EmployeeEntry[]> => {
    const nouns =
      missed.size > 0 ? ALL_NOUNS : new Set([...changes.map(({ change }) => change.noun), ...dropped.keys()])
    const ids = await watchers.withRole(database.kysely, rolesToldOf(nouns), clock.date())
    const entries = await Promise.all(ids.map((id) => directory.employees.get(id)))
    return entries.filter((entry) => entry?.active === true) as EmployeeEntry[]
  }

  const placesFor = async (found: readonly EmployeeEntry[], { changes }: Gathered): Promise<Places> => {
    if (!found.some(needsPlaces)) return { employees: new Map(), parents: NOWHERE }
    const ids = new Set(changes.map(({ change }) => employeeOf(change)).filter((id) => id !== undefined))
    return {
      employees: ids.size === 0 ? new Map() : await watchers.places(database.kysely, [...ids]),
      parents: (await directory.departments.get(ALL_DEPARTMENTS)) ?? NOWHERE,
    }
  }

  /** Are the roles those by which it was decided what they are told? Other gateways' changes to them are known here, too. */
  const holdsSame = ({ employeeId, roles }: EmployeeEntry): Holds => {
    const now = directory.employees.peek(employeeId)
    if (now === undefined) return isThere(directory.employees.get(employeeId))
    return now.active && (now.roles === roles || JSON.stringify(now.roles) === JSON.stringify(roles))
  }

  /** @returns whether it was published */
  const publish = async (watcher: EmployeeEntry, payload: Buffer): Promise<boolean> => {
    let isPublished = true
    const stillHolds = (): Holds => {
      const holds = holdsSame(watcher)
      isPublished = holds !== false
      return holds
    }
    for (let holds = stillHolds(); holds !== true; holds = stillHolds()) {
      if (holds === false || !(await holds)) return false
    }
    await link.publish(topics.inboxChanges(watcher.employeeId), payload, { qos: 0, stillHolds })
    if (isPublished) metrics.delivery('changes')
    return isPublished
  }

  return async (gathered) => {
    const found = await findWatchers(gathered)
    const places = await placesFor(found, gathered)
    const texts = gathered.changes.map(({ change }) => JSON.stringify(change))
    const sentAt = clock.timestamp()
    const missedNow = new Map<string, number>()
    const told = new Map<string, { readonly texts: readonly string[]; readonly lost: number }>()
    const payloads = new Map<string, Buffer>()

    const tellOne = async (watcher: EmployeeEntry): Promise<void> => {
      // Whoever holds the same is told the same.
      const key = JSON.stringify(watcher.roles)
      const own = told.get(key) ?? whatIsTold(watcher, gathered, texts, places)
      told.set(key, own)
      const lost = own.lost + (missed.get(watcher.employeeId) ?? 0)
      if (own.texts.length === 0 && lost === 0) return
      const payload = payloads.get(`${lost} ${key}`) ?? changesPayload(own.texts, lost, sentAt)
      payloads.set(`${lost} ${key}`, payload)
      const isPublished = await publish(watcher, payload).catch((error: unknown) => {
        // Until it works again there is one line, not two in a second.
        if (missed.size === 0) log.warn({ error: String(error) }, 'what has changed could not be published')
        return false
      })
      if (!isPublished) missedNow.set(watcher.employeeId, lost + own.texts.length)
    }
    await Promise.all(found.map(tellOne))
    missed = missedNow
    return missed.size === 0
  }
}

const whatIsTold = (watcher: EmployeeEntry, gathered: Gathered, texts: readonly string[], places: Places) => {
  const { changes, dropped } = gathered
  const ofTheirs = [...dropped].filter(([noun]) => isToldOfSome(watcher, noun))
  return {
    texts: texts.filter((_, i) => isToldOf(watcher, changes[i] as Gathered['changes'][number], places)),
    lost: ofTheirs.reduce((sum, [, count]) => sum + count, 0),
  }
}
