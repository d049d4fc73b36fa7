import type { Log } from '../ops/log.ts'
import { finishRotation, type RotationParts } from './finish-rotation.ts'
import { refreshKeys } from './open-keys.ts'
import { sealAnew } from './seal-anew.ts'

export interface KeyParts extends RotationParts {
  readonly log: Log
}

/**
 * What a gateway does about a rotation: hears of one, and finishes it when it is the last that was waited for.
 * @throws UserError when its own secret opens nothing any more: it was cut off while the others were rotated
 */
export const keepKeys = async (parts: KeyParts): Promise<void> => {
  const { database, keys, log, secret } = parts
  const state = await finishRotation(parts)
  if (state !== 'finished') await refreshKeys(database, secret, keys)
  else log.info({ generation: keys.current.generation }, 'the deployment secret was rotated; the old one opens nothing')
}

/** Seals anew what a rotation that was interrupted, or a gateway that had not heard of it, has left as it was. */
export const keepSealed = async ({ database, keys, log }: KeyParts): Promise<void> => {
  if (keys.current.generation === 1) return
  const sealed = await sealAnew(database, keys)
  const { agentSecrets, authenticators, recoveryCodes, unreadable, unreadableAgents } = sealed
  if (authenticators + recoveryCodes + agentSecrets > 0) {
    const counts = { authenticators, recovery_codes: recoveryCodes, agent_secrets: agentSecrets }
    log.info(counts, 'sealed anew with the keys of now')
  }
  for (const employeeId of unreadable) log.warn({ employee_id: employeeId }, 'an authenticator cannot be opened')
  for (const agentId of unreadableAgents) log.warn({ employee_id: agentId }, 'a secret of an agent cannot be opened')
}
