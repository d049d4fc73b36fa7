import type { AgentEntry, SealedSecret } from '../db/directory.ts'
import type { Clock } from '../platform/clock.ts'
import type { Sealing } from '../platform/sealing.ts'

/** What agents are called with, opened. */
export interface AgentSecrets {
  /** Those in use, the newest first: two while one takes the place of the other. */
  inUse(agent: AgentEntry, kind: SealedSecret['kind']): readonly string[]
}

/** What a sealed secret is bound to. */
export const secretPlace = (agentId: string, kind: SealedSecret['kind']): string => `agent secret|${agentId}|${kind}`

export const createAgentSecrets = (sealing: Sealing, clock: Pick<Clock, 'now'>): AgentSecrets => {
  // For as long as the directory has the agent like this: opening takes longer than all else that a call is signed with.
  const opened = new WeakMap<SealedSecret, string>()
  const open = (secret: SealedSecret, employeeId: string): string => {
    const known = opened.get(secret) ?? sealing.open(secret.sealed, secretPlace(employeeId, secret.kind))
    opened.set(secret, known)
    return known
  }
  return {
    inUse: ({ employeeId, secrets }, kind) =>
      secrets
        .filter((each) => each.kind === kind && (each.ends_at === null || each.ends_at.getTime() > clock.now()))
        .map((each) => open(each, employeeId)),
  }
}
