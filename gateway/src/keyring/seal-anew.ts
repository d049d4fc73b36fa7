import type { Database } from '../db/database.ts'
import { totp } from '../db/repositories/totp.ts'
import type { Keys } from '../platform/keys.ts'
import { createSealing } from '../platform/sealing.ts'
import { placeOf } from '../second-factor/authenticator.ts'
import { createRecoveryHashes } from '../second-factor/recovery-hashes.ts'

export interface SealedAnew {
  readonly authenticators: number
  readonly recoveryCodes: number
  /** Whose authenticator could not be opened: it was changed, or sealed with keys that are lost. */
  readonly unreadable: readonly string[]
}

const BATCH = 200

/**
 * Brings everything in the database that only the keys open to those of the current generation; a transaction for each
 * batch, so it may end in the middle and be done again, and by several at once.
 */
export const sealAnew = async (database: Database, keys: Keys): Promise<SealedAnew> => {
  const { authenticators, unreadable } = await sealAuthenticators(database, keys)
  return { authenticators, unreadable, recoveryCodes: await hashRecoveryCodes(database, keys) }
}

const sealAuthenticators = async (database: Database, keys: Keys) => {
  const sealing = createSealing(keys)
  const unreadable: string[] = []
  let authenticators = 0
  for (let after: string | undefined = ''; after !== undefined; ) {
    const from: string = after
    const rows = await database.transaction(async (tx) => {
      const batch = await totp.sealedBefore(tx, keys.current.generation, from, BATCH)
      const failed: string[] = []
      for (const { employee_id: id, sealed_secret: sealed } of batch) {
        const secret = openOrNothing(() => sealing.open(sealed, placeOf(id)))
        if (secret === undefined) failed.push(id)
        else await totp.reseal(tx, id, sealing.seal(secret, placeOf(id)))
      }
      return { last: batch.at(-1)?.employee_id, done: batch.length - failed.length, failed }
    })
    authenticators += rows.done
    unreadable.push(...rows.failed)
    after = rows.last
  }
  return { authenticators, unreadable }
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
