import { createHmac } from 'node:crypto'
import { generationOfId, type Keys, taggedPrefix } from '../platform/keys.ts'
import { newId } from '../platform/random.ts'

const DIGITS = 8

/**
 * The code of a challenge that is delivered to other devices. It derives from the challenge's id, so that every gateway knows
 * it and no table holds it; the id names the generation of the keys.
 */
export interface ChallengeCodes {
  newChallengeId(): string
  codeOf: CodeOf
}

export type CodeOf = (challengeId: string) => string

export const createChallengeCodes = (keys: Keys): ChallengeCodes => ({
  newChallengeId: () => newId(taggedPrefix(keys.current.generation, 'chl')),
  codeOf(challengeId) {
    const key = keys.of(generationOfId(challengeId)).challenges
    const digest = createHmac('sha256', key).update(challengeId).digest()
    // 48 bits: the last digits are as likely as each other to one in a million.
    return String(digest.readUIntBE(0, 6) % 10 ** DIGITS).padStart(DIGITS, '0')
  },
})
