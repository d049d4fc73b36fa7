import {
  type AgentProfile,
  type GroupRole,
  isCallable,
  MChatError,
  type Permission,
  ROLES,
  type RoleGrant,
} from '@mchat/schema'
import { type Cache, createCache } from './cache.ts'
import type { Database } from './database.ts'
import { type AgentSecretRow, agentSecrets } from './repositories/agent-secrets.ts'
import { agentSilences } from './repositories/agent-silences.ts'
import { clientSessions } from './repositories/client-sessions.ts'
import { departments } from './repositories/departments.ts'
import { employees } from './repositories/employees.ts'
import { groups } from './repositories/groups.ts'
import { members } from './repositories/members.ts'

/** What the gateway needs of an employee to judge a request. */
export interface EmployeeEntry {
  readonly employeeId: string
  readonly name: string
  readonly active: boolean
  readonly isAgent: boolean
  readonly departmentId: string | null
  readonly managerId: string | null
  readonly roles: readonly RoleGrant[]
}

export interface GroupEntry {
  readonly groupId: string
  readonly name: string
  readonly members: ReadonlyMap<string, GroupRole>
}

/** What the gateway needs of an agent to call it. */
export interface AgentEntry {
  readonly employeeId: string
  readonly name: string
  readonly departmentId: string | null
  readonly managerId: string | null
  readonly profile: AgentProfile
  /** What it is called with, sealed; the newest first. */
  readonly secrets: readonly SealedSecret[]
  /** Keys of the conversations in which it has handed over to a person. */
  readonly silentIn: ReadonlySet<string>
}

export type SealedSecret = Pick<AgentSecretRow, 'kind' | 'sealed' | 'ends_at'>

/** The agents that can be called, by employee_id. */
export type AgentIndex = ReadonlyMap<string, AgentEntry>

export interface SessionEntry {
  readonly clientId: string
  readonly employeeId: string
  readonly credentialId: string | null
  readonly deviceInfo: string | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly lastSeenAt: number
  readonly endReason: string | null
  /** null: it has not ended. */
  readonly endedAt: number | null
}

/**
 * Who is who and who belongs where, in memory: a message costs no query. Everything here is read from the database on
 * first use and forgotten by `invalidate…` after the commit that changed it. While the gateway may not use what it
 * remembers (lease.ts), `peek` finds nothing and `get` throws `database_unavailable`.
 */
export interface Directory {
  readonly employees: Cache<EmployeeEntry>
  readonly groups: Cache<GroupEntry>
  readonly sessions: Cache<SessionEntry>
  /** group_ids of an employee. */
  readonly groupsOf: Cache<ReadonlySet<string>>
  /** client_ids of an employee's live sessions. */
  readonly sessionsOf: Cache<ReadonlySet<string>>
  /** parent_id by department_id, of the whole organisation; the one key is `ALL_DEPARTMENTS`. */
  readonly departments: Cache<ReadonlyMap<string, string | null>>
  /** Of the whole organisation; the one key is `ALL_AGENTS`. */
  readonly agents: Cache<AgentIndex>
}

export const ALL_DEPARTMENTS = ''
export const ALL_AGENTS = ''

const MAX_ENTRIES = 200_000
const NOWHERE: ReadonlySet<string> = new Set()

/** @param mayUse asked at every look; undefined: always, as for a gateway that is alone on its database */
export const createDirectory = (database: Database, mayUse?: () => boolean): Directory => {
  const db = database.kysely
  const cache = <V extends object>(maxEntries: number, load: (key: string) => Promise<V | undefined>): Cache<V> => {
    const remembered = createCache(maxEntries, load)
    return mayUse === undefined ? remembered : leased(remembered, mayUse)
  }
  return {
    employees: cache(MAX_ENTRIES, async (id) => {
      const row = await employees.find(db, id)
      return row === undefined
        ? undefined
        : {
            employeeId: row.employee_id,
            name: row.name,
            active: row.status === 'active',
            isAgent: row.is_ai_agent,
            departmentId: row.department_id,
            managerId: row.manager_id,
            roles: row.roles,
          }
    }),
    groups: cache(MAX_ENTRIES, async (id) => {
      const row = await groups.find(db, id)
      if (row === undefined) return undefined
      const all = await members.all(db, id)
      return {
        groupId: id,
        name: row.name,
        members: new Map(all.map((member) => [member.employee_id, member.role])),
      }
    }),
    sessions: cache(MAX_ENTRIES, async (clientId) => {
      const row = await clientSessions.find(db, clientId)
      return row === undefined
        ? undefined
        : {
            clientId,
            employeeId: row.employee_id,
            credentialId: row.credential_id,
            deviceInfo: row.device_info,
            expiresAt: row.expires_at.getTime(),
            lastSeenAt: row.last_seen_at.getTime(),
            endReason: row.ended_at === null ? null : (row.end_reason ?? 'logout'),
            endedAt: row.ended_at?.getTime() ?? null,
          }
    }),
    groupsOf: cache(MAX_ENTRIES, async (employeeId) => {
      const rows = await members.groupsOf(db, employeeId)
      return new Set(rows.map((row) => row.group_id))
    }),
    sessionsOf: cache(MAX_ENTRIES, async (employeeId) => {
      const rows = await clientSessions.liveOf(db, employeeId)
      return new Set(rows.map((row) => row.client_id))
    }),
    departments: cache(1, () => departments.parents(db)),
    agents: cache(1, async () => {
      const silent = await agentSilences.all(db)
      const secrets = await agentSecrets.all(db)
      const agents = new Map<string, AgentEntry>()
      for (const row of await employees.agents(db)) {
        if (!isCallable(row.agent_profile)) continue
        agents.set(row.employee_id, {
          employeeId: row.employee_id,
          name: row.name,
          departmentId: row.department_id,
          managerId: row.manager_id,
          profile: row.agent_profile,
          secrets: secrets.get(row.employee_id) ?? [],
          silentIn: silent.get(row.employee_id) ?? NOWHERE,
        })
      }
      return agents
    }),
  }
}

const leased = <V extends object>(cache: Cache<V>, mayUse: () => boolean): Cache<V> => ({
  ...cache,
  peek: (key) => (mayUse() ? cache.peek(key) : undefined),
  get(key) {
    requireLease(mayUse)
    const found = cache.get(key)
    if (!(found instanceof Promise)) return found
    return found.then((value) => {
      // The process may have stood still while it was read.
      requireLease(mayUse)
      return value
    })
  },
})

const requireLease = (mayUse: () => boolean): void => {
  if (!mayUse()) throw new MChatError('database_unavailable', { cause: new Error('the lease is over') })
}

/**
 * Does the employee hold a permission, for things in this department?
 * @param departmentId where the thing is; null: nowhere, which only an unlimited grant covers; undefined: does not matter
 */
export const holds = (
  employee: Pick<EmployeeEntry, 'roles'>,
  permission: Permission,
  parents: ReadonlyMap<string, string | null> | undefined,
  departmentId: string | null | undefined,
): boolean =>
  employee.roles.some((grant) => {
    const permissions: readonly Permission[] = ROLES[grant.role]
    if (!permissions.includes(permission)) return false
    if (grant.department_id === undefined || departmentId === undefined) return true
    return departmentId !== null && isWithin(departmentId, grant.department_id, parents ?? new Map())
  })

/** Is `departmentId` the department `ancestorId` or below it? Ends on a cycle, should one ever be in the data. */
export const isWithin = (
  departmentId: string,
  ancestorId: string,
  parents: ReadonlyMap<string, string | null>,
): boolean => {
  let current: string | null = departmentId
  for (let depth = 0; current !== null && depth < 1000; depth++) {
    if (current === ancestorId) return true
    current = parents.get(current) ?? null
  }
  return false
}
