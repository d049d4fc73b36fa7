import { MChatError, type MqttConnection, type Permission, type Topics } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import { type Directory, holds } from '../db/directory.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { type CredentialRow, credentials } from '../db/repositories/credentials.ts'
import type { Access } from './access.ts'
import { withinTime } from './confirmation.ts'
import { type Acl, deviceAcls, employeeAcls } from './mosquitto/acl.ts'
import type { Dynsec, DynsecAnswer, DynsecCommand } from './mosquitto/dynsec.ts'

export interface MosquittoAccessParts {
  readonly topics: Topics
  readonly database: Database
  readonly directory: Directory
  readonly dynsec: Dynsec
  /** Ends the broker's session of a client that cannot connect any more, with what is queued in it. */
  readonly purge: (clientId: string) => Promise<void>
  /** What a credential opens the broker with; the same each time, so that a lost entry can be made again. */
  readonly passwordOf: (credentialId: string) => string
  /** An employee has no connection any more and can no longer say so. */
  readonly onGone: (employeeId: string) => Promise<void>
  readonly describe: (employeeId: string, clientId: string | undefined) => MqttConnection
}

const NOT_FOUND = ['Client not found', 'Role not found']
const EXISTS = ['Client already exists', 'Role already exists']

const employeeRole = (employeeId: string): string => `emp:${employeeId}`
const deviceRole = (clientId: string): string => `dev:${clientId}`

/**
 * Access on a Mosquitto with its dynamic security plugin: a role for each employee, changed as a whole by `modifyRole`
 * (the one command that changes rights without throwing clients out), and a client for each device, bound to its
 * client_id. Mosquitto judges every delivery, so what is taken away is taken from live subscriptions and queues alike.
 *
 * It can neither subscribe for a client nor mute one device of several: a new member's devices subscribe by themselves,
 * and the connection that ended its own session hears its employee's topics until it is closed after the answer.
 */
export const createMosquittoAccess = (parts: MosquittoAccessParts): Access => {
  const { database, directory, dynsec, topics } = parts
  /** One after the other for each employee: a write from an older reading must not come last. */
  const queues = new Map<string, Promise<void>>()
  /** Ends of sessions that were enforced, so that a device which has come back to bind again is not thrown out again. */
  const enforcedEnds = new Map<string, number>()

  const ask = async (command: DynsecCommand): Promise<DynsecAnswer | undefined> => {
    const [answer] = await dynsec.run([command], NOT_FOUND)
    return answer?.error === undefined ? answer : undefined
  }

  const syncRole = async (rolename: string, acls: readonly Acl[]): Promise<void> => {
    const known = await ask({ command: 'getRole', rolename })
    if (known === undefined) await dynsec.run([{ command: 'createRole', rolename, acls }], EXISTS)
    else if (!sameAcls(known, acls)) await dynsec.run([{ command: 'modifyRole', rolename, acls }])
  }

  const admit = async (employeeId: string, clientId: string, credential: CredentialRow): Promise<void> => {
    if ((await ask({ command: 'getClient', username: clientId })) !== undefined) return
    await syncRole(deviceRole(clientId), deviceAcls(topics, clientId))
    const roles = [deviceRole(clientId), employeeRole(employeeId)].map((rolename) => ({ rolename, priority: 0 }))
    const password = parts.passwordOf(credential.credential_id)
    await dynsec.run([{ command: 'createClient', username: clientId, clientid: clientId, password, roles }], EXISTS)
  }

  const expel = async (clientId: string): Promise<void> => {
    if ((await ask({ command: 'getClient', username: clientId })) === undefined) return
    await dynsec.run(
      [
        { command: 'deleteClient', username: clientId },
        { command: 'deleteRole', rolename: deviceRole(clientId) },
      ],
      NOT_FOUND,
    )
    await parts.purge(clientId)
  }

  /** Its session is over, its credential is not: it may come again and bind. */
  const throwOut = async (clientId: string): Promise<void> => {
    await dynsec.run([{ command: 'disableClient', username: clientId }], NOT_FOUND)
    await parts.purge(clientId)
    await dynsec.run([{ command: 'enableClient', username: clientId }], NOT_FOUND)
  }

  const syncEmployee = async (employeeId: string, exceptClientId: string | undefined): Promise<void> => {
    const employee = await directory.employees.get(employeeId)
    const active = employee?.active === true
    const groupIds = active ? ((await directory.groupsOf.get(employeeId)) ?? []) : []
    const subject = {
      employeeId,
      groupIds,
      holds: (permission: Permission) => employee !== undefined && holds(employee, permission, undefined, undefined),
    }
    await syncRole(employeeRole(employeeId), active ? employeeAcls(topics, subject) : [])
    let present = false
    let gone = false
    for (const [clientId, credential] of await devicesOf(employeeId)) {
      const session = await clientSessions.find(database.kysely, clientId)
      const endedAt = session?.ended_at?.getTime()
      const revoked = session?.end_reason === 'revoked' && credential.created_at.getTime() < (endedAt ?? 0)
      if (!active || credential.revoked_at !== null || revoked) {
        if (clientId === exceptClientId) continue
        await expel(clientId)
        gone = true
        continue
      }
      await admit(employeeId, clientId, credential)
      if (endedAt === undefined || enforcedEnds.get(clientId) === endedAt) {
        present = true
        continue
      }
      if (clientId === exceptClientId) continue
      await throwOut(clientId)
      enforcedEnds.set(clientId, endedAt)
      gone = true
    }
    if (gone && !present) await parts.onGone(employeeId)
  }

  /** The newest credential of each client_id that has ever had one of its own. */
  const devicesOf = async (employeeId: string): Promise<Map<string, CredentialRow>> => {
    const devices = new Map<string, CredentialRow>()
    for (const credential of await credentials.boundOf(database.kysely, employeeId)) {
      if (credential.client_id !== null) devices.set(credential.client_id, credential)
    }
    return devices
  }

  const inTurn = (employeeId: string, work: () => Promise<void>): Promise<void> => {
    const before = queues.get(employeeId) ?? Promise.resolve()
    const done = before.catch(() => undefined).then(work)
    queues.set(employeeId, done)
    const leave = (): void => {
      if (queues.get(employeeId) === done) queues.delete(employeeId)
    }
    done.then(leave, leave)
    return done
  }

  return {
    async syncEmployees(employeeIds, exceptClientId) {
      const ids = [...new Set(employeeIds)]
      try {
        await withinTime(Promise.all(ids.map((id) => inTurn(id, () => syncEmployee(id, exceptClientId)))))
      } catch (cause) {
        throw new MChatError('revocation_pending', { cause })
      }
    },
    async joinGroup() {
      // Left to the clients: see above.
    },
    connection: parts.describe,
  }
}

/** Whether the plugin's answer to `getRole` has exactly these lines, in any order. */
const sameAcls = (answer: DynsecAnswer, wanted: readonly Acl[]): boolean => {
  const role = answer.data?.role as { acls?: readonly Acl[] } | undefined
  const lines = (acls: readonly Acl[]): string =>
    acls
      .map((one) => `${one.acltype} ${one.topic} ${one.allow}`)
      .sort()
      .join('\n')
  return lines(role?.acls ?? []) === lines(wanted)
}
