import type { LoadFigures } from './generator-job.ts'
import type { Scenario } from './scenarios.ts'
import type { Measurement } from './suite.ts'

/** The middle of the values, or the mean of the two in the middle; NaN without any. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (upper + lower) / 2
}

/** What a load measurement says, per second and per message; shares are of one core. */
export interface LoadSummary {
  readonly kind: 'load'
  readonly messagesPerSecond: number
  readonly bestMessagesPerSecond: number
  readonly deliveriesPerSecond: number
  readonly ackMeanMs: number
  readonly ackP50Ms: number
  readonly ackP99Ms: number
  readonly deliveryP50Ms: number
  readonly deliveryP99Ms: number
  readonly serverCpuUs: number
  readonly generatorCpuUs: number
  readonly serverShare: number
  readonly generatorShare: number
  readonly otherShare: number
  readonly rssMb: number
  /** Median over the rounds of (this target ÷ null-aedes in the same round); NaN where the latter was not measured. */
  readonly rateRatio: number
  /** The same of (CPU per message of null-aedes ÷ of this target): above 1 is cheaper. */
  readonly cpuRatio: number
}

export interface IdleSummary {
  readonly kind: 'idle'
  readonly connections: number
  readonly connectSeconds: number
  readonly rssBeforeMb: number
  readonly rssAfterMb: number
  readonly kilobytesPerConnection: number
}

export interface StartSummary {
  readonly kind: 'start'
  readonly emptySeconds: number
  readonly existingSeconds: number
}

/** One scenario on one target over all rounds. */
export interface Summary {
  readonly scenario: Scenario
  readonly target: string
  /** Medians of the valid rounds; undefined when there is none. */
  readonly medians: LoadSummary | IdleSummary | StartSummary | undefined
  /** Each valid round by itself. */
  readonly rounds: readonly (LoadSummary | IdleSummary | StartSummary)[]
  readonly validRounds: number
  readonly invalidRounds: number
  readonly faults: readonly string[]
}

const isValid = (measurement: Measurement): boolean =>
  measurement.figures !== undefined && measurement.faults.length === 0

export const summarize = (
  measurements: readonly Measurement[],
  scenarios: readonly Scenario[],
  targets: readonly string[],
  yardstick: string,
): Summary[] =>
  scenarios.flatMap((scenario) => {
    const ofScenario = measurements.filter((measurement) => measurement.scenario === scenario.name)
    const reference = ofScenario.filter((measurement) => measurement.target === yardstick && isValid(measurement))
    return targets.flatMap((target): Summary[] => {
      const all = ofScenario.filter((measurement) => measurement.target === target)
      if (all.length === 0) return []
      const valid = all.filter(isValid)
      return [
        {
          scenario,
          target,
          medians: mediansOf(valid, reference),
          rounds: valid.flatMap((measurement) => mediansOf([measurement], reference) ?? []),
          validRounds: valid.length,
          invalidRounds: all.length - valid.length,
          faults: [...new Set(all.flatMap((measurement) => measurement.faults))],
        },
      ]
    })
  })

const mediansOf = (
  valid: readonly Measurement[],
  reference: readonly Measurement[],
): LoadSummary | IdleSummary | StartSummary | undefined => {
  const figures = valid.map((measurement) => measurement.figures)
  const starts = figures.filter((one) => one?.kind === 'start')
  if (starts.length > 0) {
    return {
      kind: 'start',
      emptySeconds: median(starts.map((one) => one.emptySeconds)),
      existingSeconds: median(starts.map((one) => one.existingSeconds)),
    }
  }
  const [idle] = figures.filter((one) => one?.kind === 'idle')
  if (idle !== undefined) {
    return {
      kind: 'idle',
      connections: idle.connections,
      connectSeconds: idle.connectSeconds,
      rssBeforeMb: idle.rssBeforeKb / 1024,
      rssAfterMb: idle.rssAfterKb / 1024,
      kilobytesPerConnection: (idle.rssAfterKb - idle.rssBeforeKb) / idle.connections,
    }
  }
  return valid.length === 0 ? undefined : loadMedians(valid, reference)
}

const loadMedians = (valid: readonly Measurement[], reference: readonly Measurement[]): LoadSummary => {
  const loads = valid.map((measurement) => measurement.figures).filter((one) => one?.kind === 'load')
  const of = (value: (figures: LoadFigures) => number): number => median(loads.map(value))
  const pairs = valid.flatMap((measurement) => {
    const other = reference.find((candidate) => candidate.round === measurement.round)?.figures
    return measurement.figures?.kind === 'load' && other?.kind === 'load' ? [[measurement.figures, other] as const] : []
  })
  return {
    kind: 'load',
    messagesPerSecond: of(rate),
    bestMessagesPerSecond: Math.max(...loads.map(rate)),
    deliveriesPerSecond: of((one) => one.deliveries / one.seconds),
    ackMeanMs: of((one) => one.ackMeanMs),
    ackP50Ms: of((one) => one.ackP50Ms),
    ackP99Ms: of((one) => one.ackP99Ms),
    deliveryP50Ms: of((one) => one.deliveryP50Ms),
    deliveryP99Ms: of((one) => one.deliveryP99Ms),
    serverCpuUs: of(cpuPerMessage),
    generatorCpuUs: of((one) => one.generatorCpuUs / one.acked),
    serverShare: of((one) => one.serverCpuUs / one.seconds / 1e6),
    generatorShare: of((one) => one.generatorCpuUs / one.seconds / 1e6),
    otherShare: of((one) => Math.max(0, one.machineCpuUs - one.serverCpuUs - one.generatorCpuUs) / one.seconds / 1e6),
    rssMb: of((one) => one.serverRssKb / 1024),
    rateRatio: median(pairs.map(([one, other]) => rate(one) / rate(other))),
    cpuRatio: median(pairs.map(([one, other]) => cpuPerMessage(other) / cpuPerMessage(one))),
  }
}

const rate = (figures: LoadFigures): number => figures.acked / figures.seconds

const cpuPerMessage = (figures: LoadFigures): number => figures.serverCpuUs / figures.acked
