import { createTextHmac } from '../delivery/hmac.ts'
import type { Clock } from '../platform/clock.ts'
import { type Keys, perGeneration, tagged, untagged } from '../platform/keys.ts'
import { isSameSecret } from '../platform/same-secret.ts'

/** The bearer tokens that agents answer later with: each for one run and its time, made and checked without anything stored. */
export interface ReplyTokens {
  make(runId: string, until: Date): string
  /** @returns the run; undefined when it is none of ours, or its time is over */
  runOf(token: string): string | undefined
}

export const createReplyTokens = (keys: Keys, clock: Pick<Clock, 'now'>): ReplyTokens => {
  const macOf = perGeneration(keys, (set) => createTextHmac(set.agentReplies))
  const sealed = (generation: number, text: string): string =>
    tagged(generation, `${text}.${macOf(generation)(`reply|${text}`, 'base64url').slice(0, 32)}`)
  return {
    make: (runId, until) => sealed(keys.current.generation, `${runId}.${until.getTime()}`),
    runOf(token) {
      const { generation, text } = untagged(token)
      const [runId = '', until = ''] = text.split('.')
      if (!keys.all.some((set) => set.generation === generation)) return undefined
      if (!isSameSecret(token, sealed(generation, `${runId}.${until}`))) return undefined
      return Number(until) > clock.now() ? runId : undefined
    },
  }
}
