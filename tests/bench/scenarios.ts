/** What is measured. Names are what `--only` and `--profile` take. */
export type Scenario = LoadScenario | IdleScenario | StartScenario

export interface LoadScenario {
  readonly kind: 'load'
  readonly name: string
  readonly title: string
  readonly senders: number
  readonly window: number
  readonly textBytes: number
  /** Members of the group that is written to; absent: private messages, each sender to a receiver of its own. */
  readonly groupMembers?: number | undefined
  /** Measured once and for this long, whatever `--rounds` and `--seconds` say. */
  readonly onceForSeconds?: number | undefined
}

export interface IdleScenario {
  readonly kind: 'idle'
  readonly name: string
  readonly title: string
  readonly connections: number
}

export interface StartScenario {
  readonly kind: 'start'
  readonly name: string
  readonly title: string
}

export interface ScenarioSizes {
  readonly awaitedSeconds: number
  readonly connections: number
}

/** Devices per employee among the idle connections: the number of sessions that an employee may have (contract 7). */
export const DEVICES_PER_EMPLOYEE = 10

const load = (name: string, title: string, senders: number, window: number, textBytes: number): LoadScenario => ({
  kind: 'load',
  name,
  title,
  senders,
  window,
  textBytes,
})

export const allScenarios = (sizes: ScenarioSizes): readonly Scenario[] => [
  load('1x1', 'Sequential: 1 sender, window 1, 200 B', 1, 1, 200),
  load('16x1', '16 senders, window 1, 200 B', 16, 1, 200),
  load('16x32', '16 senders, window 32, 200 B', 16, 32, 200),
  load('16x32-1k', '16 senders, window 32, 1 KB', 16, 32, 1024),
  { ...load('group50', 'Group of 50, 4 senders, window 16, 200 B', 4, 16, 200), groupMembers: 50 },
  {
    ...load('awaited', `One sender, each send awaited, ${sizes.awaitedSeconds} s, 200 B`, 1, 1, 200),
    onceForSeconds: sizes.awaitedSeconds,
  },
  {
    kind: 'idle',
    name: 'idle',
    title: `${sizes.connections.toLocaleString('en')} idle connections`,
    connections: sizes.connections,
  },
  { kind: 'start', name: 'start', title: 'Start to ready' },
]

/** Measured only when `--only` names them. */
export const scenariosOnRequest: readonly Scenario[] = [
  { ...load('group500', 'Group of 500, 4 senders, window 4, 200 B', 4, 4, 200), groupMembers: 500 },
]
