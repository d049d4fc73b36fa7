import { secretPlace } from '../agents/agent-secrets.ts'
import type { Database, Db } from '../db/database.ts'
import { agentSecrets } from '../db/repositories/agent-secrets.ts'
import { totp } from '../db/repositories/totp.ts'
import type { Keys } from '../platform/keys.ts'
import { createSealing } from '../platform/sealing.ts'
import { placeOf } from '../second-factor/authenticator.ts'
import { createRecoveryHashes } from '../second-factor/recovery-hashes.ts'

export interface SealedAnew {
  readonly authenticators: number
  readonly recoveryCodes: number
  readonly agentSecrets: number
  /** Whose authenticator could not be opened: it was changed, or sealed with keys that are lost. */
  readonly unreadable: readonly string[]
  /** Agents of which the same is true of a secret. */
  readonly unreadableAgents: readonly string[]
}

const BATCH = 200

/**
 * Brings everything in the database that only the keys open to those of the current generation; a transaction for each
 * batch, so it may end in the middle and be done again, and by several at once.
 */
export const sealAnew = async (database: Database, keys: Keys): Promise<SealedAnew> => {
  const authenticators = await sealEach(database, keys, AUTHENTICATORS)
  const secrets = await sealEach(database, keys, AGENT_SECRETS)
  return {
    authenticators: authenticators.done,
    agentSecrets: secrets.done,
    unreadable: authenticators.unreadable,
    unreadableAgents: [...new Set(secrets.unreadable)],
    recoveryCodes: await hashRecoveryCodes(database, keys),
  }
}

/** A row with something sealed in it. */
interface SealedRow {
  readonly key: string
  readonly ownerId: string
  readonly sealed: string
  /** What it was sealed for. */
  readonly place: string
}

interface SealedRows {
  /** The next ones from before a generation, in the order of their keys, locked. */
  next(tx: Db, generation: number, after: string): Promise<readonly SealedRow[]>
  replace(tx: Db, key: string, sealed: string): Promise<void>
}

const AUTHENTICATORS: SealedRows = {
  async next(tx, generation, after) {
    const rows = await totp.sealedBefore(tx, generation, after, BATCH)
    return rows.map(({ employee_id: id, sealed_secret: sealed }) => ({
      key: id,
      ownerId: id,
      sealed,
      place: placeOf(id),
    }))
  },
  replace: totp.reseal,
}

const AGENT_SECRETS: SealedRows = {
  async next(tx, generation, after) {
    const rows = await agentSecrets.sealedBefore(tx, generation, after, BATCH)
    return rows.map(({ agent_id: ownerId, kind, sealed, secret_id: key }) => ({
      key,
      ownerId,
      sealed,
      place: secretPlace(ownerId, kind),
    }))
  },
  replace: agentSecrets.reseal,
}

const sealEach = async (database: Database, keys: Keys, { next, replace }: SealedRows) => {
  const sealing = createSealing(keys)
  const unreadable: string[] = []
  let done = 0
  for (let after: string | undefined = ''; after !== undefined; ) {
    const from: string = after
    const rows = await database.transaction(async (tx) => {
      const batch = await next(tx, keys.current.generation, from)
      const failed: string[] = []
      for (const { key, ownerId, place, sealed } of batch) {
        const secret = openOrNothing(() => sealing.open(sealed, place))
        if (secret === undefined) failed.push(ownerId)
        else await replace(tx, key, sealing.seal(secret, place))
      }
      return { last: batch.at(-1)?.key, done: batch.length - failed.length, failed }
    })
    done += rows.done
    unreadable.push(...rows.failed)
    after = rows.last
  }
  return { done, unreadable }
}

/** One that cannot be opened must not hold up the others. */
const openOrNothing = (open: () => string): string | undefined => {
  try {
    return open()
  } catch {
    return undefined
  }
}

const hashRecoveryCodes = async (database: Database, keys: Keys): Promise<number> => {
  const hashes = createRecoveryHashes(keys)
  for (let renewed = 0; ; ) {
    const done = await database.transaction(async (tx) => {
      const batch = await totp.codesHashedBefore(tx, keys.current.generation, BATCH)
      for (const { code_hash: hash, employee_id: id } of batch) await totp.rehashCode(tx, id, hash, hashes.renew(hash))
      return batch.length
    })
    renewed += done
    if (done === 0) return renewed
  }
}
