import { setTimeout as sleep } from 'node:timers/promises'
import { MChatError, maySubscribe, type Permission, type RightsSubject, type Topics } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/database.ts'
import { holds } from '../db/directory.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { employees } from '../db/repositories/employees.ts'
import { members } from '../db/repositories/members.ts'
import type { Clock } from '../platform/clock.ts'
import type { Access } from './access.ts'
import { admitted, confirm } from './confirmation.ts'
import type { EmqxClient, EmqxRest } from './emqx/rest.ts'
import { createTurns } from './turns.ts'

export interface EmqxAccessParts {
  readonly topics: Topics
  readonly database: Database
  readonly rest: Pick<
    EmqxRest,
    'clientsOf' | 'subscriptionsOf' | 'forgetAuthorisations' | 'subscribe' | 'unsubscribe' | 'kick'
  >
  readonly groupDelivery: Config['groupDelivery']
  readonly clock: Pick<Clock, 'monotonic'>
  /** Resolves when no gateway answers EMQX's questions from before the changes that are committed now. */
  readonly forgotten: () => Promise<void>
  /** An employee has no connection any more and can no longer say so. */
  readonly onGone: (employeeId: string) => Promise<void>
  readonly description: Pick<Access, 'bindsCredentials' | 'connection'>
}

type Hears = (filter: string, clientId: string) => boolean

/** How long a client's process may take to do what it was told, and how often it is looked at. */
const SETTLE_MS = 5000
const LOOK_AGAIN_MS = 20

/**
 * Access on a cluster of EMQX 5. It asks the gateways who may connect and what for, so there is nothing to grant. But it
 * asks at PUBLISH and SUBSCRIBE only: what somebody has lost is taken from the subscriptions of each of their clients,
 * and clients whose session is over are thrown out with everything queued. The kick publishes the will, which EMQX asks
 * about like any publish, and which is denied then.
 *
 * What was queued for a device before its employee left a group is still delivered: EMQX has no means to take it out.
 */
export const createEmqxAccess = (parts: EmqxAccessParts): Access => {
  const { clock, database, rest, topics } = parts
  const inTurn = createTurns(database)

  /** What somebody may subscribe to; undefined when they are not active, and may do nothing. */
  const rightsOf = async (db: Db, employeeId: string): Promise<Hears | undefined> => {
    const employee = await employees.find(db, employeeId)
    if (employee?.status !== 'active') return undefined
    const joined = parts.groupDelivery === 'topic' ? await members.groupsOf(db, employeeId) : []
    const groups = new Set(joined.map((group) => group.group_id))
    const rights: Omit<RightsSubject, 'clientId'> = {
      employeeId,
      isMember: (groupId) => groups.has(groupId),
      holds: (permission: Permission) => holds({ roles: employee.roles }, permission, undefined, undefined),
    }
    return (filter, clientId) => maySubscribe(filter, { ...rights, clientId }, topics.prefix)
  }

  const isLive = async (db: Db, clientId: string): Promise<boolean> => {
    const session = await clientSessions.find(db, clientId)
    return session !== undefined && session.ended_at === null
  }

  /** Looks at the subscriptions of a client until they are as they should be, and does what is missing. */
  const settle = async (clientId: string, mend: (filters: readonly string[]) => Promise<boolean>): Promise<void> => {
    const deadline = clock.monotonic() + SETTLE_MS
    for (let isFirst = true; ; isFirst = false) {
      const filters = await rest.subscriptionsOf(clientId)
      if (filters === undefined || !(await mend(filters))) return
      if (clock.monotonic() > deadline) throw new Error('a client did not do as it was told in time')
      if (!isFirst) await sleep(LOOK_AGAIN_MS)
    }
  }

  const takeAway = async ({ clientId, connected }: EmqxClient, keeps: (filter: string) => boolean): Promise<void> => {
    // First, and behind whatever the client is just being allowed: from here on it is asked about anew.
    const hasProcess = await rest.forgetAuthorisations(clientId)
    await settle(clientId, async (filters) => {
      const lost = filters.filter((filter) => !keeps(filter))
      if (lost.length === 0) return false
      // A durable session that is away has no process that could be told; EMQX would answer 204 and do nothing.
      if (!hasProcess && !connected) await rest.kick(clientId)
      else await rest.unsubscribe(clientId, lost)
      return true
    })
  }

  const expel = async (clientId: string): Promise<void> => {
    // Otherwise the will could be judged by an answer from before.
    await rest.forgetAuthorisations(clientId)
    await rest.kick(clientId)
  }

  const syncEmployee = (employeeId: string, exceptClientId: string | undefined): Promise<void> =>
    inTurn([employeeId], async (db) => {
      const hears = await rightsOf(db, employeeId)
      let isAnybodyLeft = false
      let wasAnybodyExpelled = false
      for (const client of await rest.clientsOf(employeeId)) {
        const { clientId } = client
        const isOver = hears === undefined || !(await isLive(db, clientId))
        if (isOver && clientId !== exceptClientId) {
          await expel(clientId)
          wasAnybodyExpelled = true
          continue
        }
        const answers = topics.response(clientId, '')
        await takeAway(client, (filter) => (isOver ? filter.startsWith(answers) : hears(filter, clientId)))
        isAnybodyLeft ||= client.connected
      }
      if (wasAnybodyExpelled && !isAnybodyLeft) await parts.onGone(employeeId)
    })

  const joinGroup = (groupId: string, employeeId: string): Promise<void> =>
    inTurn([employeeId], async (db) => {
      const filter = topics.group(groupId)
      const hears = await rightsOf(db, employeeId)
      if (hears === undefined) return
      for (const { clientId } of await rest.clientsOf(employeeId)) {
        if (!hears(filter, clientId) || !(await isLive(db, clientId))) continue
        await settle(clientId, async (filters) => {
          if (filters.includes(filter) || !filters.includes(topics.inbox(employeeId))) return false
          return await rest.subscribe(clientId, filter)
        })
      }
    })

  return {
    syncEmployees: (employeeIds, exceptClientId) =>
      confirm(employeeIds, (id) => syncEmployee(id, exceptClientId), parts.forgotten),
    // It asks when they come, and has no client of theirs to look for.
    admitEmployees: () => admitted(parts.forgotten),
    async joinGroup(groupId, employeeIds) {
      try {
        await Promise.all([...new Set(employeeIds)].map((id) => joinGroup(groupId, id)))
      } catch (cause) {
        throw new MChatError('broker_unavailable', { cause })
      }
    },
    keepsOwnList: false,
    ...parts.description,
  }
}
