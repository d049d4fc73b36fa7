import { createHmac } from 'node:crypto'
import type { Keys } from '../platform/keys.ts'

const DIGITS = 8

/**
 * The code of a challenge that is delivered to other devices. It derives from the challenge's id, so that every gateway knows
 * it and no table holds it.
 */
export const createCodeOf =
  (keys: Pick<Keys, 'challenges'>) =>
  (challengeId: string): string => {
    const digest = createHmac('sha256', keys.challenges).update(challengeId).digest()
    // 48 bits: the last digits are as likely as each other to one in a million.
    return String(digest.readUIntBE(0, 6) % 10 ** DIGITS).padStart(DIGITS, '0')
  }
export type CodeOf = ReturnType<typeof createCodeOf>
