import { createAuditChain } from '../audit/chain.ts'
import type { Database, Db } from '../db/database.ts'
import { auditLog } from '../db/repositories/audit-log.ts'
import { deploymentKeys } from '../db/repositories/deployment-keys.ts'
import type { DeploymentSecret } from '../platform/deployment-secret.ts'
import { type Keyring, withCurrent } from '../platform/keys.ts'
import { newId } from '../platform/random.ts'
import { refreshKeys, WRAPPED } from './open-keys.ts'

export interface RotationParts {
  readonly database: Database
  readonly secret: DeploymentSecret
  readonly keys: Keyring
  /** Who the audit log says has done it. */
  readonly instance: string
}

export type RotationState =
  /** There is none. */
  | 'none'
  /** It waits for the other secret: this process has the old one. */
  | 'begun'
  /** It waits until these gateways have been started with the new secret. */
  | { readonly waitsFor: readonly string[] }
  | 'finished'

/**
 * Ends a rotation when every gateway that runs has the new secret, and so the new keys: from then on things are made with
 * them, and the old secret opens nothing. Whatever happens, either all of that is done or nothing. Rows that were sealed
 * before are still to be sealed anew (`sealAnew`).
 */
export const finishRotation = async (parts: RotationParts): Promise<RotationState> => {
  const { database, keys, secret } = parts
  if ((await deploymentKeys.note(database.kysely, 'next')) === undefined) return 'none'
  const state = await database.transaction((tx) => finish(tx, parts))
  await refreshKeys(database, secret, keys)
  return state
}

const finish = async (tx: Db, { instance, keys, secret }: RotationParts): Promise<RotationState> => {
  await deploymentKeys.lock(tx)
  const next = await deploymentKeys.note(tx, 'next')
  if (next === undefined) return 'none'
  if (next !== secret.id) return 'begun'
  // Before the gateways are looked at: one that starts meanwhile asks for its rows when it has its lease, and waits here.
  const rows = await deploymentKeys.all(tx, 'update')
  const gateways = await deploymentKeys.gateways(tx)
  const waitsFor = gateways.filter(({ secret_id }) => secret_id !== secret.id).map((gateway) => gateway.instance)
  if (waitsFor.length > 0) return { waitsFor }

  const generation = Math.max(...rows.map((row) => row.generation))
  await deploymentKeys.keepOnly(tx, [secret.id])
  await deploymentKeys.setNote(tx, 'current', String(generation))
  await deploymentKeys.setNote(tx, 'former', WRAPPED)
  await deploymentKeys.removeNote(tx, 'next')
  const chain = createAuditChain(withCurrent(keys, generation), instance)
  const base = await auditLog.chainEnd(tx, 'base')
  if (base !== undefined) await auditLog.resealBase(tx, await chain.sealBase(tx, base))
  await chain.append(tx, {
    operatorEmployeeId: null,
    clientId: 'mchat',
    seqId: newId('rotate'),
    action: 'keys.rotate',
    target: null,
    params: { generation },
    code: 0,
    reason: null,
    payload: `rotate ${generation}`,
  })
  return 'finished'
}
