import type { Device } from './client-connection.ts'

/** What the load generator is asked to do: sent to it once when it has started. */
export type GeneratorJob = LoadJob | IdleJob

interface Surroundings {
  readonly port: number
  readonly cleanSessions: boolean
  /** The server's processes, whose CPU time and memory are read at the edges of the measurement. */
  readonly serverPids: readonly number[]
}

export interface LoadJob extends Surroundings {
  readonly kind: 'load'
  /** Everybody who connects; the first `senders` of them send. */
  readonly devices: readonly Device[]
  readonly senders: number
  /** Absent: sender i writes to the one who stands `senders` places behind it in `devices`. */
  readonly groupId?: string | undefined
  /** @see Target.groupsByInbox */
  readonly groupsByInbox?: boolean | undefined
  readonly window: number
  readonly textBytes: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** How long to wait, after the measurement, until everything sent is accounted for. */
  readonly drainMs: number
}

export interface IdleJob extends Surroundings {
  readonly kind: 'idle'
  readonly devices: readonly Device[]
  readonly settleMs: number
}

export interface LoadFigures {
  readonly kind: 'load'
  readonly seconds: number
  readonly acked: number
  readonly deliveries: number
  readonly ackMeanMs: number
  readonly ackP50Ms: number
  readonly ackP99Ms: number
  readonly deliveryP50Ms: number
  readonly deliveryP99Ms: number
  readonly serverCpuUs: number
  readonly generatorCpuUs: number
  /** All of the machine's CPU time, to see how much was taken by others. */
  readonly machineCpuUs: number
  readonly serverRssKb: number
  /** `process.hrtime` in microseconds at the edges, which is the clock of V8's CPU profiles. */
  readonly fromUs: number
  readonly toUs: number
  /** What makes the run invalid, as sentences; empty when everything sent was accepted, acknowledged and delivered. */
  readonly faults: readonly string[]
}

export interface IdleFigures {
  readonly kind: 'idle'
  readonly connections: number
  readonly connectSeconds: number
  readonly rssBeforeKb: number
  readonly rssAfterKb: number
  readonly faults: readonly string[]
}

export type GeneratorFigures = LoadFigures | IdleFigures

export type GeneratorAnswer = { readonly figures: GeneratorFigures } | { readonly failure: string }
