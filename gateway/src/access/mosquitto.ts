import type { Permission, Topics } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { holds } from '../db/directory.ts'
import { credentials, type DeviceRow } from '../db/repositories/credentials.ts'
import { employees } from '../db/repositories/employees.ts'
import { members } from '../db/repositories/members.ts'
import type { Access } from './access.ts'
import { confirm } from './confirmation.ts'
import { type Acl, deviceAcls, employeeAcls } from './mosquitto/acl.ts'
import type { Dynsec, DynsecAnswer, DynsecCommand } from './mosquitto/dynsec.ts'
import { isShutOut } from './shut-out.ts'
import type { TokenOf } from './tokens.ts'
import { createTurns } from './turns.ts'

export interface MosquittoAccessParts {
  readonly topics: Topics
  readonly database: Database
  readonly dynsec: Dynsec
  /** Ends the broker's session of a client, with what is queued in it. */
  readonly purge: (clientId: string) => Promise<void>
  readonly tokenOf: TokenOf
  readonly groupDelivery: Config['groupDelivery']
  /** An employee has no connection any more and can no longer say so. */
  readonly onGone: (employeeId: string) => Promise<void>
  readonly description: Pick<Access, 'bindsCredentials' | 'connection'>
}

const NOT_FOUND = ['Client not found', 'Role not found']
const EXISTS = ['Client already exists', 'Role already exists']

/** With the prefix of the topics, since several deployments can share a broker. */
export const employeeRole = ({ prefix }: Topics, employeeId: string): string => `emp:${prefix}${employeeId}`
export const deviceRole = ({ prefix }: Topics, clientId: string): string => `dev:${prefix}${clientId}`

/**
 * Access on a Mosquitto with its dynamic security plugin: a role for each employee, changed as a whole by `modifyRole`
 * (the one command that changes rights without throwing clients out), and a client for each device, bound to its
 * client_id. Mosquitto judges every delivery, so what is taken away is taken from live subscriptions and queues alike.
 *
 * It can neither subscribe for a client nor mute one device of several: a new member's devices subscribe by themselves,
 * and the connection that ended its own session hears its employee's topics until it is closed after the answer.
 */
export const createMosquittoAccess = (parts: MosquittoAccessParts): Access => {
  const { database, dynsec, topics } = parts
  const inTurn = createTurns(database)

  const ask = async (command: DynsecCommand): Promise<DynsecAnswer | undefined> => {
    const [answer] = await dynsec.run([command], NOT_FOUND)
    return answer?.error === undefined ? answer : undefined
  }

  const syncRole = async (rolename: string, acls: readonly Acl[]): Promise<void> => {
    const known = await ask({ command: 'getRole', rolename })
    if (known === undefined) {
      if (acls.length > 0) await dynsec.run([{ command: 'createRole', rolename, acls }], EXISTS)
    } else if (!sameAcls(known, acls)) {
      await dynsec.run([{ command: 'modifyRole', rolename, acls }])
    }
  }

  const admit = async (device: DeviceRow): Promise<void> => {
    const { client_id: clientId, credential_id: credentialId, employee_id: employeeId } = device
    await syncRole(deviceRole(topics, clientId), deviceAcls(topics, clientId))
    const roles = [deviceRole(topics, clientId), employeeRole(topics, employeeId)].map((rolename) => ({
      rolename,
      priority: 0,
    }))
    const password = parts.tokenOf(credentialId)
    const textdescription = describeEnd(device)
    await dynsec.run(
      [{ command: 'createClient', username: clientId, clientid: clientId, password, textdescription, roles }],
      EXISTS,
    )
  }

  /** Its role stays until everything else is done: where it is still there, an earlier attempt was not finished. */
  const expel = async (clientId: string): Promise<void> => {
    await dynsec.run([{ command: 'deleteClient', username: clientId }], NOT_FOUND)
    await parts.purge(clientId)
  }

  /** Its session is over, its credential is not: it may come again and bind. Whatever is changed of a client throws it out. */
  const throwOut = async (device: DeviceRow): Promise<void> => {
    const { client_id: username } = device
    await dynsec.run([{ command: 'modifyClient', username, textdescription: describeEnd(device) }], NOT_FOUND)
    await parts.purge(username)
  }

  type Presence = 'may be here' | 'was thrown out' | 'was expelled' | 'is away'
  const syncDevice = async (device: DeviceRow, active: boolean, isSpared: boolean): Promise<Presence> => {
    const known = await ask({ command: 'getClient', username: device.client_id })
    if (!active || isShutOut(device, device)) {
      if (isSpared) return 'is away'
      const rolename = deviceRole(topics, device.client_id)
      if (known === undefined && (await ask({ command: 'getRole', rolename })) === undefined) return 'is away'
      await expel(device.client_id)
      return 'was expelled'
    }
    if (known === undefined) await admit(device)
    if (device.ended_at === null) return device.connected_at === null ? 'is away' : 'may be here'
    // What is written there tells which end of a session was enforced, on whichever gateway.
    if (known === undefined || endOf(known) === describeEnd(device) || isSpared) return 'is away'
    await throwOut(device)
    return 'was thrown out'
  }

  const syncEmployee = (employeeId: string, exceptClientId: string | undefined): Promise<void> =>
    inTurn(employeeId, async (db) => {
      const employee = await employees.find(db, employeeId)
      const active = employee?.status === 'active'
      const groupIds =
        active && parts.groupDelivery === 'topic'
          ? (await members.groupsOf(db, employeeId)).map((group) => group.group_id)
          : []
      const subject = {
        employeeId,
        groupIds,
        holds: (permission: Permission) =>
          employee !== undefined && holds({ roles: employee.roles }, permission, undefined, undefined),
      }
      await syncRole(employeeRole(topics, employeeId), active ? employeeAcls(topics, subject) : [])
      const found = new Map<string, Presence>()
      for (const device of await credentials.devices(db, employeeId)) {
        found.set(device.client_id, await syncDevice(device, active, device.client_id === exceptClientId))
      }
      const all = new Set(found.values())
      const isAnybodyGone = all.has('was thrown out') || all.has('was expelled')
      if (isAnybodyGone && !all.has('may be here')) await parts.onGone(employeeId)
      const expelled = [...found].filter(([, presence]) => presence === 'was expelled')
      if (expelled.length === 0) return
      const rolesOf = expelled.map(([clientId]) => deviceRole(topics, clientId))
      await dynsec.run(
        rolesOf.map((rolename) => ({ command: 'deleteRole', rolename })),
        NOT_FOUND,
      )
    })

  return {
    syncEmployees: (employeeIds, exceptClientId) => confirm(employeeIds, (id) => syncEmployee(id, exceptClientId)),
    async joinGroup() {
      // Left to the clients: see above.
    },
    keepsOwnList: true,
    ...parts.description,
  }
}

const describeEnd = ({ ended_at }: DeviceRow): string =>
  ended_at === null ? '' : `session ended ${ended_at.toISOString()}`

const endOf = (answer: DynsecAnswer): string | undefined =>
  (answer.data?.client as { textdescription?: string } | undefined)?.textdescription

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
