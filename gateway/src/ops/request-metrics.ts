/** Upper ends of the buckets, in seconds. An agent that is waited for takes the longest. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const

interface ActionSeries {
  readonly codes: Map<number, number>
  /** Requests per bucket, not cumulated; the last one is for what is above all bounds. */
  readonly buckets: number[]
  sum: number
  count: number
}

/**
 * Counts requests by action and code, and how long they took. Its own few lines because a labelled histogram of
 * prom-client costs more than most checks of a request; here it is two additions.
 */
export interface RequestMetrics {
  record(action: string, code: number, seconds: number): void
  /** In the text format of Prometheus. */
  render(): string
}

export const createRequestMetrics = (isKnownAction: (action: string) => boolean): RequestMetrics => {
  const byAction = new Map<string, ActionSeries>()
  const seriesOf = (action: string): ActionSeries => {
    const existing = byAction.get(action)
    if (existing !== undefined) return existing
    // What a client made up must not become a label: that would be memory it decides on.
    if (!isKnownAction(action) && action !== UNKNOWN) return seriesOf(UNKNOWN)
    const created: ActionSeries = { codes: new Map(), buckets: BUCKETS.map(() => 0).concat(0), sum: 0, count: 0 }
    byAction.set(action, created)
    return created
  }
  return {
    record(action, code, seconds) {
      const series = seriesOf(action)
      series.codes.set(code, (series.codes.get(code) ?? 0) + 1)
      let bucket = 0
      while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket++
      series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1
      series.sum += seconds
      series.count++
    },
    render: () => render(byAction),
  }
}

const UNKNOWN = 'unknown'

const render = (byAction: ReadonlyMap<string, ActionSeries>): string => {
  const lines = ['# HELP mchat_requests_total Requests answered.', '# TYPE mchat_requests_total counter']
  for (const [action, { codes }] of byAction) {
    for (const [code, count] of codes) lines.push(`mchat_requests_total{action="${action}",code="${code}"} ${count}`)
  }
  const name = 'mchat_request_duration_seconds'
  lines.push(`# HELP ${name} From taking a request to handing its answer to the broker.`, `# TYPE ${name} histogram`)
  for (const [action, { buckets, sum, count }] of byAction) {
    let below = 0
    BUCKETS.forEach((bound, i) => {
      below += buckets[i] ?? 0
      lines.push(`${name}_bucket{action="${action}",le="${bound}"} ${below}`)
    })
    lines.push(`${name}_bucket{action="${action}",le="+Inf"} ${count}`)
    lines.push(`${name}_sum{action="${action}"} ${sum}`, `${name}_count{action="${action}"} ${count}`)
  }
  return `${lines.join('\n')}\n`
}
