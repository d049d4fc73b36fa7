import { expect, it } from 'vitest'
import { hasMosquitto } from '../kit/mosquitto.ts'
import { hasPaho } from '../kit/paho.ts'
import { findPostgres } from '../kit/postgres.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { runBench } from './bench.ts'
import { reportOf } from './report.ts'

const missing = [
  ...(hasMosquitto() ? [] : ['mosquitto']),
  ...(hasPaho() ? [] : ['python3-paho-mqtt']),
  ...(findPostgres() === undefined ? ['postgresql'] : []),
]
const reason = missing.length === 0 ? '' : ` (skipped: ${missing.join(', ')} not installed)`

// A few faults of each party; `npm run faults` has them all.
const FAULTS = ['F1', 'F4', 'F6', 'F16']

it.skipIf(missing.length > 0)(
  `three gateways keep their promises while they, their database and its listeners are killed${reason}`,
  async () => {
    await using directory = await tempDirectory('mchat-faults-')
    const result = await runBench({
      seconds: 1,
      seed: 1,
      only: FAULTS,
      directory: directory.path,
      tell: () => undefined,
    })
    expect(result.verdict.violations, reportOf(result)).toEqual([])
    expect(result.invalid).toEqual([])
  },
  300_000,
)
