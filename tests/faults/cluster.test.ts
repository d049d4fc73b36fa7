import { expect, it } from 'vitest'
import { hasMosquitto } from '../kit/mosquitto.ts'
import { hasPaho } from '../kit/paho.ts'
import { findPostgres } from '../kit/postgres.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { runBench } from './bench.ts'
import { ANSWERED_ANYWHERE_MS } from './checker.ts'
import { reportOf } from './report.ts'

const missing = [
  ...(hasMosquitto() ? [] : ['mosquitto']),
  ...(hasPaho() ? [] : ['python3-paho-mqtt']),
  ...(findPostgres() === undefined ? ['postgresql'] : []),
]
const reason = missing.length === 0 ? '' : ` (skipped: ${missing.join(', ')} not installed)`

/** How long, with every fault (`.ci/run`); otherwise only a few faults of each party, once. */
const minutes = Number(process.env.MCHAT_TEST_FAULT_MINUTES ?? 0)
const plan =
  minutes > 0
    ? { seconds: minutes * 60 }
    : { seconds: 1, only: ['F1', 'F4', 'F6', 'F16'], answeredMs: ANSWERED_ANYWHERE_MS }

it.skipIf(missing.length > 0)(
  `T55: three gateways keep their promises while they, their broker, their database and the links between them fail${reason}`,
  async () => {
    await using directory = await tempDirectory('mchat-faults-')
    const result = await runBench({
      ...plan,
      seed: 1,
      directory: directory.path,
      tell: () => undefined,
    })
    expect(result.verdict.violations, reportOf(result)).toEqual([])
    expect(result.invalid).toEqual([])
  },
  600_000 + minutes * 120_000,
)
