import type { Topics } from '@mchat/schema'
import type { DeviceRow } from '../../db/repositories/credentials.ts'
import { isShutOut } from '../shut-out.ts'
import type { TokenOf } from '../tokens.ts'
import { type Acl, deviceAcls } from './acl.ts'
import type { DynsecAnswer, DynsecCommand } from './dynsec.ts'
import { deviceRole, employeeRole } from './names.ts'
import type { Wanted } from './wanted.ts'

/** What has to be done on the broker for one employee. */
export interface Plan {
  readonly employeeId: string
  /** First, in this order: what the employee has lost is gone with them, and new devices are let in. */
  readonly grants: readonly DynsecCommand[]
  /** Then these lose their sessions. */
  readonly out: readonly { readonly device: DeviceRow; readonly how: 'expel' | 'throw out' }[]
  /** Nobody of them is here when that is done, and somebody may have been. */
  readonly isGone: boolean
}

/** The commands whose answers `planOf` goes by. */
export const questionsOf = (topics: Topics, { employeeId, devices }: Wanted): DynsecCommand[] => [
  { command: 'getRole', rolename: employeeRole(topics, employeeId) },
  ...devices.flatMap(({ client_id }) => [
    { command: 'getClient', username: client_id },
    { command: 'getRole', rolename: deviceRole(topics, client_id) },
  ]),
]

export interface PlanParts {
  readonly topics: Topics
  readonly tokenOf: TokenOf
  readonly exceptClientId: string | undefined
}

/** @param answers to `questionsOf`, in their order; undefined: the broker does not know it */
export const planOf = (parts: PlanParts, wanted: Wanted, answers: readonly (DynsecAnswer | undefined)[]): Plan => {
  const { topics } = parts
  const { active, devices, employeeId } = wanted
  const grants = roleCommands(answers[0], employeeRole(topics, employeeId), wanted.acls)
  const out: { device: DeviceRow; how: 'expel' | 'throw out' }[] = []
  let mayBeHere = false
  for (const [i, device] of devices.entries()) {
    const [client, role] = answers.slice(1 + 2 * i, 3 + 2 * i)
    const isSpared = device.client_id === parts.exceptClientId
    if (!active || isShutOut(device, device)) {
      // Its role goes last: where it is still there, an earlier attempt was not finished.
      if (!isSpared && (client ?? role) !== undefined) out.push({ device, how: 'expel' })
      continue
    }
    if (client === undefined) grants.push(...admission(parts, device, role))
    if (device.ended_at === null) mayBeHere ||= device.connected_at !== null
    // What is written there tells which end of a session was enforced, on whichever gateway.
    else if (client !== undefined && endOf(client) !== describeEnd(device) && !isSpared) {
      out.push({ device, how: 'throw out' })
    }
  }
  return { employeeId, grants, out, isGone: out.length > 0 && !mayBeHere }
}

const admission = (
  { tokenOf, topics }: PlanParts,
  device: DeviceRow,
  knownRole: DynsecAnswer | undefined,
): DynsecCommand[] => {
  const { client_id: clientId, credential_id: credentialId, employee_id: employeeId } = device
  const own = deviceRole(topics, clientId)
  const roles = [own, employeeRole(topics, employeeId)].map((rolename) => ({ rolename, priority: 0 }))
  const password = tokenOf(credentialId)
  const textdescription = describeEnd(device)
  return [
    ...roleCommands(knownRole, own, deviceAcls(topics, clientId)),
    { command: 'createClient', username: clientId, clientid: clientId, password, textdescription, roles },
  ]
}

const roleCommands = (known: DynsecAnswer | undefined, rolename: string, acls: readonly Acl[]): DynsecCommand[] => {
  if (known === undefined) return acls.length > 0 ? [{ command: 'createRole', rolename, acls }] : []
  return sameAcls(known, acls) ? [] : [{ command: 'modifyRole', rolename, acls }]
}

export const describeEnd = ({ ended_at }: DeviceRow): string =>
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
