import type { IdleFigures, LoadFigures } from './generator-job.ts'
import { measureIdle, measureLoad } from './measure.ts'
import type { LoadScenario, Scenario } from './scenarios.ts'
import type { RunningTarget, Target } from './targets/target.ts'

export interface SuitePlan {
  readonly scenarios: readonly Scenario[]
  readonly targets: readonly Target[]
  readonly rounds: number
  readonly seconds: number
}

export interface StartFigures {
  readonly kind: 'start'
  readonly emptySeconds: number
  readonly existingSeconds: number
  readonly faults: readonly string[]
}

/** What one scenario gave on one target in one round; without figures it could not be carried out. */
export interface Measurement {
  readonly scenario: string
  readonly target: string
  readonly round: number
  readonly figures: LoadFigures | IdleFigures | StartFigures | undefined
  /** Anything here makes the measurement invalid. */
  readonly faults: readonly string[]
}

type OnMeasured = (measurement: Measurement) => void

/** Measures every scenario on every target, the targets taking turns within each round so that the machine's moods hit all of them. */
export const runSuite = async (plan: SuitePlan, onMeasured: OnMeasured): Promise<Measurement[]> => {
  const measurements: Measurement[] = []
  const record: OnMeasured = (measurement) => {
    measurements.push(measurement)
    onMeasured(measurement)
  }
  await runLoads(plan, record)
  for (const scenario of plan.scenarios) {
    if (scenario.kind === 'load') continue
    const rounds = scenario.kind === 'idle' ? 1 : plan.rounds
    for (let round = 0; round < rounds; round++) {
      for (const target of plan.targets) {
        const measure = (running: RunningTarget): Promise<IdleFigures | StartFigures> =>
          scenario.kind === 'idle' ? measureIdle(running, scenario, plan.seconds) : measureStart(running)
        record(await attempt(scenario, target, round, () => withStarted(target, measure)))
      }
    }
  }
  return measurements
}

const runLoads = async (plan: SuitePlan, record: OnMeasured): Promise<void> => {
  const loads = plan.scenarios.filter((scenario): scenario is LoadScenario => scenario.kind === 'load')
  if (loads.length === 0) return
  const running: RunningTarget[] = []
  try {
    for (const target of plan.targets) {
      try {
        running.push(await target.start({ nodeOptions: [] }))
      } catch (error) {
        for (const scenario of loads) record(failed(scenario, target, 0, error))
      }
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const scenario of loads) {
        if (scenario.onceForSeconds !== undefined && round > 0) continue
        for (const one of rotated(running, round)) {
          record(await attempt(scenario, one.target, round, () => measureLoad(one, scenario, plan.seconds)))
        }
      }
    }
  } finally {
    for (const one of running) await one.stop()
  }
}

/** Each round begins with another target: nobody always follows the same neighbour. */
const rotated = <T>(items: readonly T[], by: number): T[] => {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

const withStarted = async <T>(target: Target, use: (running: RunningTarget) => Promise<T>): Promise<T> => {
  const running = await target.start({ nodeOptions: [] })
  try {
    return await use(running)
  } finally {
    await running.stop()
  }
}

const measureStart = async (running: RunningTarget): Promise<StartFigures> => {
  const emptySeconds = running.readyMs / 1000
  await running.restart()
  return { kind: 'start', emptySeconds, existingSeconds: running.readyMs / 1000, faults: [] }
}

const attempt = async (
  scenario: Scenario,
  target: Target,
  round: number,
  measure: () => Promise<LoadFigures | IdleFigures | StartFigures>,
): Promise<Measurement> => {
  try {
    const figures = await measure()
    return { scenario: scenario.name, target: target.name, round, figures, faults: figures.faults }
  } catch (error) {
    return failed(scenario, target, round, error)
  }
}

const failed = (scenario: Scenario, target: Target, round: number, error: unknown): Measurement => ({
  scenario: scenario.name,
  target: target.name,
  round,
  figures: undefined,
  faults: [`not carried out: ${error instanceof Error ? error.message : String(error)}`],
})
