import { createAuditChain } from '../audit/chain.ts'
import type { Database } from '../db/database.ts'
import { agentSecrets } from '../db/repositories/agent-secrets.ts'
import { deploymentKeys } from '../db/repositories/deployment-keys.ts'
import { totp } from '../db/repositories/totp.ts'
import type { DeploymentSecret } from '../platform/deployment-secret.ts'
import { createKeyring, deriveKeys } from '../platform/keys.ts'
import { newId } from '../platform/random.ts'
import { WRAPPED } from './open-keys.ts'
import { newRoot, wrapRoot } from './wrapping.ts'

/** How many were removed. */
export interface Removed {
  readonly authenticators: number
  readonly agentSecrets: number
}

/**
 * Gives a deployment whose secret is lost new keys. What only the old ones open is gone: authenticators and recovery codes
 * and secrets of agents are removed, and what was proved, attested, sealed or numbered before cannot be verified any more. No
 * gateway runs.
 */
export const abandonKeys = (database: Database, secret: DeploymentSecret, instance: string): Promise<Removed> =>
  database.transaction(async (tx) => {
    await deploymentKeys.lock(tx)
    const newest = (await deploymentKeys.all(tx, 'update')).at(-1)?.generation ?? 1
    const root = newRoot(newest + 1)
    await deploymentKeys.removeAll(tx)
    await deploymentKeys.insert(tx, [wrapRoot(secret, root)])
    await deploymentKeys.setNote(tx, 'current', String(root.generation))
    await deploymentKeys.setNote(tx, 'former', WRAPPED)
    await deploymentKeys.removeNote(tx, 'next')
    const removed = { authenticators: await totp.removeAll(tx), agentSecrets: await agentSecrets.removeAll(tx) }
    const keys = createKeyring([deriveKeys(root.bytes, root.generation)], root.generation)
    await createAuditChain(keys, instance).append(tx, {
      operatorEmployeeId: null,
      clientId: 'mchat',
      seqId: newId('abandon'),
      action: 'keys.abandon',
      target: null,
      params: {
        generation: root.generation,
        authenticators_removed: removed.authenticators,
        agent_secrets_removed: removed.agentSecrets,
      },
      code: 0,
      reason: null,
      payload: `abandon ${root.generation}`,
    })
    return removed
  })
