import { setTimeout as pause } from 'node:timers/promises'
import type { Chatter } from './chatter.ts'
import type { Cluster, Member } from './cluster.ts'
import type { Recorder } from './history.ts'

/** What a fault can reach. */
export interface Scene {
  readonly cluster: Cluster
  readonly random: () => number
  readonly record: Recorder
  readonly office: Chatter
  readonly watched: { readonly group: string; readonly employee_id: string }
  /** 1 in a short run; longer ones can afford longer faults. */
  readonly scale: number
}

/** One kind of fault of the reliability plan (docs/reliability.md). */
export interface FaultKind {
  /** Its number in the plan. */
  readonly id: string
  readonly name: string
  readonly crashesBroker?: boolean
  /** Not even a client that never repeats anything may notice it. */
  readonly isHarmless?: boolean
  /** Never at the same time as another one. */
  readonly isAlone?: boolean
  /** Why it cannot be injected here. */
  missing?(scene: Scene): string | undefined
  /** Injects it, and resolves when it is healed: what was killed is ready again. */
  inject(scene: Scene): Promise<void>
}

export const anyMember = ({ cluster, random }: Scene): Member => {
  const member = cluster.members[Math.floor(random() * cluster.members.length)]
  if (member === undefined) throw new Error('There are no gateways.')
  return member
}

/** One that is ready, if there is any. */
export const anyMemberUp = (scene: Scene): Member => {
  const members = scene.cluster.members.filter(({ gateway }) => gateway.isUp)
  return anyMember(members.length === 0 ? scene : { ...scene, cluster: { ...scene.cluster, members } })
}

export const between = ({ random }: Scene, from: number, to: number): Promise<void> =>
  pause(from + random() * (to - from))
