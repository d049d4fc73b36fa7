import { mchat, mchatInbox } from './mchat.ts'
import { clusterOf, mchatMosquitto, mchatMosquittoInbox, nullMosquitto } from './mosquitto-stand.ts'
import { nullTarget } from './null-target.ts'
import type { Target } from './target.ts'

const sink = nullTarget(
  {
    name: 'sink',
    description:
      'a hand-written relay in one Node process that is neither broker nor gateway: the floor, and the proof that the load generator is faster than what it measures',
    cleanSessions: false,
  },
  'sink.ts',
)

/** What every ratio of the report is taken against. */
export const nullAedes = nullTarget(
  {
    name: 'null-aedes',
    description:
      'aedes on its memory store with a gateway in the same process that checks nothing, persistent sessions: the yardstick',
    cleanSessions: false,
  },
  'null-aedes.ts',
)

const nullAedesClean = nullTarget(
  {
    name: 'null-aedes-clean',
    description: 'the same with clean sessions: what storing sessions costs aedes',
    cleanSessions: true,
  },
  'null-aedes.ts',
)

/** Measured only when `--targets` names them. */
export const targetsOnRequest: readonly Target[] = [
  nullMosquitto,
  mchatMosquitto,
  clusterOf(2),
  mchatMosquittoInbox,
  mchatInbox,
]

/** In the order in which they are reported. */
export const allTargets: readonly Target[] = [sink, nullAedesClean, nullAedes, mchat]
