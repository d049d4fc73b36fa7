import { decimal, whole } from './result-tables.ts'
import type { IdleSummary, LoadSummary, StartSummary, Summary } from './summary.ts'

/** One line of the budgets in section 6 of the design: what the first version owes, and where it must go. */
interface Budget {
  readonly what: string
  readonly scenario: string
  readonly unit: string
  readonly better: 'more' | 'less'
  readonly first: number
  readonly goal: number
  readonly value: (medians: LoadSummary | IdleSummary | StartSummary) => number
}

export interface JudgedBudget {
  readonly what: string
  /** The median, and the lowest and the highest of the rounds. */
  readonly measured: string
  /** The same on the null targets, which tells what this machine allows. */
  readonly nullAedes: string
  readonly sink: string
  readonly first: string
  readonly firstMet: string
  readonly goal: string
  readonly goalMet: string
}

const load =
  (value: (medians: LoadSummary) => number): Budget['value'] =>
  (medians) =>
    medians.kind === 'load' ? value(medians) : Number.NaN

const start =
  (value: (medians: StartSummary) => number): Budget['value'] =>
  (medians) =>
    medians.kind === 'start' ? value(medians) : Number.NaN

const budgets: readonly Budget[] = [
  {
    what: '16 senders × window 32, persistent sessions',
    scenario: '16x32',
    unit: 'msg/s',
    better: 'more',
    first: 15_000,
    goal: 37_000,
    value: load((medians) => medians.messagesPerSecond),
  },
  {
    what: 'the same against the null gateway on aedes',
    scenario: '16x32',
    unit: '× its rate',
    better: 'more',
    first: 0.5,
    goal: 0.9,
    value: load((medians) => medians.rateRatio),
  },
  {
    what: 'sequential, p50',
    scenario: '1x1',
    unit: 'ms',
    better: 'less',
    first: 0.4,
    goal: 0.1,
    value: load((medians) => medians.ackP50Ms),
  },
  {
    what: 'sequential, p99',
    scenario: '1x1',
    unit: 'ms',
    better: 'less',
    first: 1.5,
    goal: 0.35,
    value: load((medians) => medians.ackP99Ms),
  },
  {
    what: 'group of 50, persistent sessions',
    scenario: 'group50',
    unit: 'deliveries/s',
    better: 'more',
    first: 40_000,
    goal: 65_000,
    value: load((medians) => medians.deliveriesPerSecond),
  },
  {
    what: 'memory per idle connection',
    scenario: 'idle',
    unit: 'kB',
    better: 'less',
    first: 40,
    goal: 25,
    value: (medians) => (medians.kind === 'idle' ? medians.kilobytesPerConnection : Number.NaN),
  },
  {
    what: 'start to ready, empty directory',
    scenario: 'start',
    unit: 's',
    better: 'less',
    first: 6,
    goal: 3,
    value: start((medians) => medians.emptySeconds),
  },
  {
    what: 'start to ready, existing directory',
    scenario: 'start',
    unit: 's',
    better: 'less',
    first: 3,
    goal: 1,
    value: start((medians) => medians.existingSeconds),
  },
]

/** Every budget beside what was measured of the product; a budget whose scenario has an invalid round is not met. */
export const judgeBudgets = (summaries: readonly Summary[], product: string): JudgedBudget[] =>
  budgets.map((budget) => {
    const summaryOf = (target: string): Summary | undefined =>
      summaries.find((one) => one.target === target && one.scenario.name === budget.scenario)
    const valueOn = (target: string): number => {
      const medians = summaryOf(target)?.medians
      return medians === undefined ? Number.NaN : budget.value(medians)
    }
    const roundsOf = (target: string): number[] =>
      (summaryOf(target)?.rounds ?? []).map(budget.value).filter((one) => !Number.isNaN(one))
    const withRange = (target: string, unit = ''): string => {
      const median = valueOn(target)
      const rounds = roundsOf(target)
      if (Number.isNaN(median)) return '–'
      const range = rounds.length > 1 ? ` (${figure(Math.min(...rounds))}–${figure(Math.max(...rounds))})` : ''
      return `${figure(median)}${unit}${range}`
    }
    const summary = summaryOf(product)
    const value = valueOn(product)
    const measured = !Number.isNaN(value)
    const reaches = (one: number, limit: number): boolean => (budget.better === 'more' ? one >= limit : one <= limit)
    const sound = summary?.invalidRounds === 0
    const met = (limit: number): string => {
      if (!measured) return summary === undefined ? 'not measured' : '**not met** (no valid round)'
      if (!sound) return '**not met** (invalid rounds)'
      if (reaches(value, limit)) return 'met'
      const rounds = roundsOf(product)
      const some = rounds.filter((one) => reaches(one, limit)).length
      return some === 0 ? '**not met**' : `**not met** (in ${some} of ${rounds.length} rounds it was)`
    }
    const sign = budget.better === 'more' ? '≥' : '≤'
    return {
      what: budget.what,
      measured: withRange(product, ` ${budget.unit}`),
      nullAedes: withRange('null-aedes'),
      sink: withRange('sink'),
      first: `${sign} ${figure(budget.first)}`,
      firstMet: met(budget.first),
      goal: `${sign} ${figure(budget.goal)}`,
      goalMet: met(budget.goal),
    }
  })

const figure = (value: number): string => (value >= 1000 ? whole(value) : decimal(value))
