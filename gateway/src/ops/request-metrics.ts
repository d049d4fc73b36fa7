import { type ActionDefinition, type ErrorKey, findAction } from '@mchat/schema'
import { addDuration, BOUNDS, type Durations, noDurations } from './durations.ts'

/** Upper ends of the buckets that Prometheus gets, in seconds. An agent that is waited for takes the longest. */
const PUBLISHED = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const

interface ActionSeries {
  readonly definition: ActionDefinition | undefined
  readonly codes: Map<number, number>
  readonly durations: Durations
  /** Of those of them that waited for somebody outside. */
  readonly awaited: Durations
  sum: number
  count: number
}

/** What there was of all requests since the start. */
export interface RequestTotals {
  readonly requests: number
  readonly errors: ReadonlyMap<ErrorKey, number>
  /** Of `msg.send_private` and `msg.send_group`, where no agent was waited for. */
  readonly messages: Durations
  /** Of all others that wait for nobody outside. */
  readonly others: Durations
}

/**
 * Counts requests by action and code, and how long they took. Its own few lines because a labelled histogram of
 * prom-client costs more than most checks of a request; here it is two additions.
 */
export interface RequestMetrics {
  /**
   * @param reason undefined: it was done
   * @param isAwaited true: how long it took says something of an agent
   */
  record(action: string, code: number, seconds: number, reason?: ErrorKey, isAwaited?: boolean): void
  totals(): RequestTotals
  /** In the text format of Prometheus. */
  render(): string
}

const UNKNOWN = 'unknown'
const MESSAGES: ReadonlySet<string> = new Set(['msg.send_private', 'msg.send_group'])

export const createRequestMetrics = (): RequestMetrics => {
  const byAction = new Map<string, ActionSeries>()
  const errors = new Map<ErrorKey, number>()
  const seriesOf = (action: string): ActionSeries => {
    const existing = byAction.get(action)
    if (existing !== undefined) return existing
    const definition = findAction(action)
    // What a client made up must not become a label: that would be memory it decides on.
    if (definition === undefined && action !== UNKNOWN) return seriesOf(UNKNOWN)
    const created = { definition, codes: new Map(), durations: noDurations(), awaited: noDurations(), sum: 0, count: 0 }
    byAction.set(action, created)
    return created
  }
  return {
    record(action, code, seconds, reason, isAwaited = false) {
      const series = seriesOf(action)
      series.codes.set(code, (series.codes.get(code) ?? 0) + 1)
      addDuration(series.durations, seconds)
      series.sum += seconds
      series.count++
      if (reason !== undefined) errors.set(reason, (errors.get(reason) ?? 0) + 1)
      if (isAwaited) addDuration(series.awaited, seconds)
    },
    totals() {
      const messages = noDurations()
      const others = noDurations()
      let requests = 0
      for (const [action, { awaited, count, definition, durations }] of byAction) {
        requests += count
        if (definition?.waits === true) continue
        const sum = MESSAGES.has(action) ? messages : others
        add(sum, durations, 1)
        add(sum, awaited, -1)
      }
      return { requests, errors, messages, others }
    },
    render: () => render(byAction),
  }
}

const add = (sum: Durations, durations: Durations, times: 1 | -1): void => {
  for (const [bucket, count] of durations.entries()) sum[bucket] = (sum[bucket] ?? 0) + times * count
}

const render = (byAction: ReadonlyMap<string, ActionSeries>): string => {
  const lines = ['# HELP mchat_requests_total Requests answered.', '# TYPE mchat_requests_total counter']
  for (const [action, { codes }] of byAction) {
    for (const [code, count] of codes) lines.push(`mchat_requests_total{action="${action}",code="${code}"} ${count}`)
  }
  const name = 'mchat_request_duration_seconds'
  lines.push(`# HELP ${name} From taking a request to handing its answer to the broker.`, `# TYPE ${name} histogram`)
  for (const [action, { durations, sum, count }] of byAction) {
    for (const bound of PUBLISHED) {
      const below = durations.slice(0, BOUNDS.indexOf(bound) + 1).reduce((total, each) => total + each, 0)
      lines.push(`${name}_bucket{action="${action}",le="${bound}"} ${below}`)
    }
    lines.push(`${name}_bucket{action="${action}",le="+Inf"} ${count}`)
    lines.push(`${name}_sum{action="${action}"} ${sum}`, `${name}_count{action="${action}"} ${count}`)
  }
  return `${lines.join('\n')}\n`
}
