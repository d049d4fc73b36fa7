import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hasMosquitto } from '../kit/mosquitto.ts'
import { hasPaho } from '../kit/paho.ts'
import { findPostgres } from '../kit/postgres.ts'
import { runBench } from './bench.ts'
import { check } from './checker.ts'
import { readHistory } from './history-files.ts'
import { reportOf } from './report.ts'

const USAGE = `npm run faults -- [options]

  --minutes <n>   how long faults are injected; each kind at least once, whatever it takes (3)
  --seed <n>      of the schedule and the load (drawn)
  --only <a,b>    only these faults: F1, F2, … (docs/reliability.md)
  --every <n>     a fault begins every n seconds, whatever became of the one before
  --keep          keep the history
  --judge <dir>   only judge a history that was kept

Ends with 1 when a promise was broken, and with 2 when the run proves nothing.`

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '3' },
      seed: { type: 'string' },
      only: { type: 'string' },
      every: { type: 'string' },
      judge: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  if (values.judge !== undefined) {
    const history = await readHistory(values.judge)
    const verdict = check(history)
    console.log(reportOf({ history, verdict }))
    return verdict.violations.length > 0 ? 1 : 0
  }
  const missing = whatIsMissing()
  if (missing.length > 0) throw new Error(`Missing: apt-get install ${missing.join(' ')}`)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6))
  const seconds = Number(values.minutes) * 60
  const every = values.every === undefined ? undefined : Number(values.every)
  const numbers = [seed, seconds, every ?? 1]
  if (!numbers.every((number) => Number.isFinite(number) && number >= 0)) throw new Error(USAGE)
  const directory = join(tmpdir(), `mchat-faults-${seed}-${process.pid}`)
  console.log(`seed ${seed}, history in ${directory}`)
  const only = values.only?.split(',')
  const result = await runBench({
    seconds,
    seed,
    every,
    directory,
    tell: (line) => console.log(line),
    ...(only === undefined ? {} : { only }),
  })
  console.log(reportOf(result))
  const isBroken = result.verdict.violations.length > 0
  if (!values.keep && !isBroken) await rm(directory, { recursive: true, force: true })
  return isBroken ? 1 : result.invalid.length > 0 ? 2 : 0
}

const whatIsMissing = (): string[] => [
  ...(hasMosquitto() ? [] : ['mosquitto']),
  ...(findPostgres() === undefined ? ['postgresql'] : []),
  ...(hasPaho() ? [] : ['python3-paho-mqtt']),
]

// What was started and mounted goes with this process when it ends like that.
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
try {
  process.exit(await main())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(3)
}
