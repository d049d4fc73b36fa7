import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { measureLoad } from './measure.ts'
import type { LoadScenario } from './scenarios.ts'
import type { Target } from './targets/target.ts'

const TOP_FUNCTIONS = 30
const ROOT = join(import.meta.dirname, '../..')
const NOT_WORK = new Set(['(idle)', '(root)'])

/** The parts of a `.cpuprofile` that are read; times are microseconds on the clock of `process.hrtime`. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Runs one scenario on one target under V8's sampling profiler and describes where the measured time went. */
export const profileScenario = async (target: Target, scenario: LoadScenario, seconds: number): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'mchat-bench-profile-'))
  const running = await target.start({ nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${directory}`] })
  let figures: Awaited<ReturnType<typeof measureLoad>>
  try {
    figures = await measureLoad(running, scenario, seconds)
  } finally {
    await running.stop()
  }
  const files = (await readdir(directory)).filter((name) => name.endsWith('.cpuprofile'))
  if (files.length === 0) throw new Error(`${target.name} wrote no profile to ${directory}: it did not end in order`)
  const selfTimes = new Map<string, number>()
  for (const file of files) {
    const profile = JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile
    addSelfTimes(profile, figures.fromUs, figures.toUs, selfTimes)
  }
  const busy = [...selfTimes.values()].reduce((sum, time) => sum + time, 0)
  const top = [...selfTimes].sort(([, a], [, b]) => b - a).slice(0, TOP_FUNCTIONS)
  return [
    `${target.name}, ${scenario.title}: ${figures.acked} messages in ${figures.seconds.toFixed(1)} s, ` +
      `busy ${((busy / (figures.toUs - figures.fromUs)) * 100).toFixed(0)} % of the time (with the profiler on)`,
    ...figures.faults.map((fault) => `INVALID: ${fault}`),
    '  self %   µs/msg  function',
    ...top.map(
      ([name, time]) =>
        `${((time / busy) * 100).toFixed(1).padStart(8)} ${(time / figures.acked).toFixed(2).padStart(8)}  ${name}`,
    ),
    `profiles: ${directory} (open them in any DevTools)`,
  ].join('\n')
}

/** Adds the self-time of every function between the two times; what ran before and after is left out. */
const addSelfTimes = (profile: CpuProfile, fromUs: number, toUs: number, selfTimes: Map<string, number>): void => {
  const names = new Map(profile.nodes.map((node) => [node.id, nameOf(node.callFrame)]))
  let now = profile.startTime
  profile.samples.forEach((id, index) => {
    const delta = profile.timeDeltas[index] ?? 0
    now += delta
    const name = names.get(id) ?? '(unknown)'
    if (now < fromUs || now > toUs || NOT_WORK.has(name)) return
    selfTimes.set(name, (selfTimes.get(name) ?? 0) + delta)
  })
}

const nameOf = ({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string => {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const file = url.startsWith('file://') ? relative(ROOT, url.slice('file://'.length)) : url
  return `${name}  ${file}:${lineNumber + 1}`
}
