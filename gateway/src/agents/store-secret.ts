import type { Db } from '../db/database.ts'
import { agentSecrets } from '../db/repositories/agent-secrets.ts'
import { newId, newSalt } from '../platform/random.ts'
import type { Sealing } from '../platform/sealing.ts'
import { secretPlace } from './agent-secrets.ts'

export interface NewSecret {
  readonly agentId: string
  readonly kind: 'webhook' | 'api_key'
  /** undefined: one is made. */
  readonly secret?: string | undefined
  /** undefined: those before end now. */
  readonly formerEndsAt?: Date | undefined
}

/** Standard Webhooks: 24 to 64 bytes. */
const BYTES = 32

export const isWebhookSecret = (text: string): boolean => {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(text) ?? []
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64
}

/** Seals and stores what an agent is called with. */
export const storeSecret = async (
  { now, sealing, tx }: { readonly now: Date; readonly sealing: Sealing; readonly tx: Db },
  { agentId, formerEndsAt, kind, secret = `whsec_${newSalt(BYTES).toString('base64')}` }: NewSecret,
): Promise<{ readonly secret: string; readonly hadOne: boolean }> => {
  const sealed = sealing.seal(secret, secretPlace(agentId, kind))
  const row = { secret_id: newId('sec'), agent_id: agentId, kind, sealed, created_at: now }
  return { secret, hadOne: await agentSecrets.replace(tx, row, formerEndsAt) }
}
