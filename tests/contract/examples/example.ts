import type { ActionName, ErrorKey, InputOf } from '../../../schema/src/index.ts'
import type { Device } from '../../kit/device.ts'
import type { Scene } from '../scene.ts'

/** One request that succeeds, and who must not make it. */
export interface Arranged<A extends ActionName> {
  readonly by: Device
  readonly input: InputOf<A>
  /** Somebody with a session who is refused the same request, and how. Absent: everybody may. */
  readonly refused?: { readonly device: Device; readonly reason: ErrorKey }
  /** What is published, as `Scene.observe` tells it. */
  readonly published: readonly string[]
  /** The request ends its own connection. */
  readonly endsConnection?: true
}

export type Example<A extends ActionName> = (scene: Scene) => Promise<Arranged<A>>

let count = 0
/** Differs from every other, so that tests do not meet in one database. */
export const unique = (what: string): string => `${what}-${process.pid}-${++count}`
