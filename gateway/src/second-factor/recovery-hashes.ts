import { createTextHmac } from '../delivery/hmac.ts'
import { type Keys, perGeneration, tagged, untagged } from '../platform/keys.ts'

/**
 * How recovery codes are stored. Nobody has the code any more when keys are rotated, so what is stored is hashed again with
 * the new ones: the hash of a generation is made over that of the one before. Without the newest keys no code can be tried.
 */
export interface RecoveryHashes {
  current(code: string): string
  /** As the code may be stored, by each generation. */
  all(code: string): string[]
  /** @returns the stored hash as it would be if it had been made now */
  renew(stored: string): string
}

export const createRecoveryHashes = (keys: Keys): RecoveryHashes => {
  const macOf = perGeneration(keys, (set) => createTextHmac(set.recoveryCodes))
  /** Hashes on, from behind one generation up to another. */
  const onward = (text: string, behind: number, upTo: number): string =>
    keys.all
      .filter(({ generation }) => generation > behind && generation <= upTo)
      .reduce((hash, { generation }) => macOf(generation)(hash, 'base64url'), text)
  const at = (generation: number, code: string): string => tagged(generation, onward(code, 0, generation))

  return {
    current: (code) => at(keys.current.generation, code),
    all: (code) => keys.all.map(({ generation }) => at(generation, code)),
    renew(stored) {
      const { generation, text } = untagged(stored)
      const now = keys.current.generation
      return tagged(now, onward(text, generation, now))
    },
  }
}
