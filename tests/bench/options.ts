import { parseArgs } from 'node:util'
import { allScenarios, type LoadScenario, type Scenario, scenariosOnRequest } from './scenarios.ts'
import { allTargets, targetsOnRequest } from './targets/all-targets.ts'
import type { Target } from './targets/target.ts'

export interface BenchOptions {
  readonly scenarios: readonly Scenario[]
  readonly targets: readonly Target[]
  readonly rounds: number
  readonly seconds: number
  readonly write: boolean
  readonly date: string
  /** Profile this scenario instead of measuring. */
  readonly profile: LoadScenario | undefined
  readonly help: boolean
}

export const USAGE = `npm run bench -- [options]

  --rounds <n>             rounds per scenario and target (5)
  --seconds <n>            measured time of each (3)
  --only <a,b>             only these scenarios: ${allScenarios({ awaitedSeconds: 60, connections: 10_000 })
    .map((scenario) => scenario.name)
    .join(', ')};
                           on request: ${scenariosOnRequest.map((scenario) => scenario.name).join(', ')}
  --targets <a,b>          only these targets: ${allTargets.map((target) => target.name).join(', ')};
                           on request: ${targetsOnRequest.map((target) => target.name).join(', ')}
  --quick                  one round of one second, few idle connections
  --awaited-seconds <n>    length of the scenario "awaited" (60)
  --connections <n>        connections of the scenario "idle" (10000)
  --profile <scenario>     run one scenario under the CPU profiler (on mchat, or on --targets) and print the top functions
  --date <yyyy-mm-dd>      date on the page (today)
  --write                  write docs/performance.md; the default when nothing is left out
  --no-write               do not write it`

/** Throws an Error whose message is for the one at the keyboard. */
export const parseOptions = (args: readonly string[]): BenchOptions => {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      targets: { type: 'string' },
      quick: { type: 'boolean', default: false },
      'awaited-seconds': { type: 'string' },
      connections: { type: 'string' },
      profile: { type: 'string' },
      date: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  const scenarios = allScenarios({
    awaitedSeconds: positive('awaited-seconds', values['awaited-seconds'], quick ? 1 : 60),
    connections: positive('connections', values.connections, quick ? 200 : 10_000),
  })
  const profile = values.profile === undefined ? undefined : chosen('profile', values.profile, scenarios)[0]
  if (profile !== undefined && profile.kind !== 'load') throw new Error(`--profile: ${profile.name} is not a load`)
  const targets = values.targets ?? (profile === undefined ? undefined : 'mchat')
  const complete = values.only === undefined && targets === undefined && !quick
  return {
    scenarios:
      values.only === undefined ? scenarios : chosen('only', values.only, [...scenarios, ...scenariosOnRequest]),
    targets: targets === undefined ? allTargets : chosen('targets', targets, [...allTargets, ...targetsOnRequest]),
    rounds: positive('rounds', values.rounds, quick ? 1 : 5),
    seconds: positive('seconds', values.seconds, quick ? 1 : profile === undefined ? 3 : 5),
    write: values.write ?? complete,
    date: values.date ?? new Date().toISOString().slice(0, 10),
    profile,
    help: values.help,
  }
}

const positive = (name: string, text: string | undefined, fallback: number): number => {
  const value = text === undefined ? fallback : Number(text)
  if (!(value > 0)) throw new Error(`--${name}: a number above 0 is needed`)
  return value
}

/** The named ones, in the order of `all`. */
const chosen = <T extends { readonly name: string }>(option: string, names: string, all: readonly T[]): T[] => {
  const wanted = names.split(',')
  const unknown = wanted.find((name) => !all.some((one) => one.name === name))
  if (unknown !== undefined) {
    throw new Error(`--${option}: no "${unknown}"; there is ${all.map((one) => one.name).join(', ')}`)
  }
  return all.filter((one) => wanted.includes(one.name))
}
