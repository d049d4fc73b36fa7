import type { BenchResult } from './bench.ts'
import type { Invariant, Violation } from './checker.ts'
import { type FaultWindow, faultWindows, overlaps } from './fault-windows.ts'
import type { History, HistoryEvent } from './history.ts'
import { collectRequests, type Request } from './requests.ts'

const MEANINGS: Readonly<Record<Invariant, string>> = {
  I1: 'accepted and lost',
  I1b: 'delivered again for no reason',
  I2: 'a repetition answered otherwise',
  I3: 'in the wrong order',
  I4: 'after the revocation',
  I4b: 'missing after the grant',
  I5: 'wrong in the audit log',
  I6: 'unanswered, late, or answered wrongly',
  I7: 'invented',
  I8: 'delivered to somebody else',
  I10: 'wrong members in the end',
}
/** In all, and of each invariant, so that one does not hide the others. */
const OFFENDERS = { all: 20, each: 5 }
/** What comes in while the product still recovers counts with the fault. */
const AFTERMATH_MS = 2000

/** Everything there is to say about a run, for a terminal; of a history that was kept, without what only the bench knew. */
export const reportOf = (result: Pick<BenchResult, 'history' | 'verdict'> & Partial<BenchResult>): string => {
  const { history, invalid = [], plague, shed = 0, unexpectedEnds = 0, verdict } = result
  const { accepted, attempted, deliveries, lostInCrash, repeated, unanswered, violations } = verdict
  const requests = [...collectRequests(history).requests.values()]
  const lines = [
    '',
    `attempts ${attempted}, acked ${accepted}, deliveries ${deliveries}, repeated ${repeated}, unanswered ${unanswered}, not sent for too much unanswered ${shed}`,
    `faults ${plague?.injected ?? verdict.faults} of ${plague?.planned ?? verdict.faults}, gateways that ended by themselves ${unexpectedEnds}, lost with a killed broker's last second ${lostInCrash}`,
    ...(plague?.skipped ?? []).map((text) => `skipped: ${text}`),
    '',
    ...Object.entries(MEANINGS).map(
      ([id, meaning]) => `${id.padEnd(4)} ${meaning.padEnd(40)} ${violations.filter((v) => v.invariant === id).length}`,
    ),
    'I9   challenges                               not judged: the load asks for nothing sensitive',
    '',
    ...phaseTable(requests, faultWindows(history)),
    '',
    ...firstOffenders(violations).flatMap((violation) => offender(violation, history, requests)),
    ...invalid.map((reason) => `INVALID: ${reason}`),
    violations.length > 0 ? 'FAILED' : invalid.length > 0 ? 'PROVES NOTHING' : 'PASSED',
  ]
  return lines.join('\n')
}

const phaseTable = (requests: readonly Request[], windows: readonly FaultWindow[]): string[] => {
  const phases = new Map<string, { readonly ms: number[]; recovered: number; times: number }>()
  const phase = (name: string) => {
    const known = phases.get(name) ?? { ms: [], recovered: 0, times: 0 }
    phases.set(name, known)
    return known
  }
  phase('calm')
  for (const { what } of windows) phase(what).times++
  for (const { done, first } of requests) {
    if (done === undefined) continue
    const concerned = windows.filter(({ from, to }) =>
      overlaps({ from, to } as FaultWindow, first.t - AFTERMATH_MS, first.t),
    )
    if (concerned.length === 0) phase('calm').ms.push(done.t - first.t)
    for (const { to, what } of concerned) {
      const entry = phase(what)
      entry.ms.push(done.t - first.t)
      if (first.t <= to) entry.recovered = Math.max(entry.recovered, done.t - to)
    }
  }
  const width = Math.max(...[...phases.keys()].map((name) => name.length))
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(10)).join('')
  return [
    'phase'.padEnd(width) + cells(['times', 'answers', 'p50 ms', 'p99 ms', 'max ms', 'recovered']),
    ...[...phases]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, { ms, recovered, times }]) => {
        const sorted = ms.toSorted((a, b) => a - b)
        const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
        const after = name === 'calm' ? '' : `${(recovered / 1000).toFixed(1)} s`
        return (
          name.padEnd(width) +
          cells([name === 'calm' ? '' : `${times}`, `${ms.length}`, at(0.5), at(0.99), at(1), after])
        )
      }),
  ]
}

const firstOffenders = (violations: readonly Violation[]): Violation[] =>
  [...Map.groupBy(violations, ({ invariant }) => invariant).values()]
    .flatMap((some) => some.slice(0, OFFENDERS.each))
    .slice(0, OFFENDERS.all)

const offender = (violation: Violation, history: History, requests: readonly Request[]): string[] => {
  const lines = [`${violation.invariant}: ${violation.message}`]
  const request = requests.find(({ key }) => key === violation.request)
  if (request === undefined) return lines
  const from = request.first.t
  const to = Math.max(from + 30_000, request.done?.t ?? 0)
  for (const event of history.events) {
    const tale = tell(event, request)
    const isNear = event.t > from - 10_000 && event.t < to
    if (tale !== undefined && isNear) lines.push(`${((event.t - from) / 1000).toFixed(3).padStart(12)} s ${tale}`)
  }
  return lines.slice(0, LINES_EACH)
}

const LINES_EACH = 50

/** One line about an event that has to do with the request, or is a fault. */
const tell = (event: HistoryEvent, { key, msgIds }: Request): string | undefined => {
  switch (event.type) {
    case 'invoke':
      return `${event.client}/${event.seq}` === key ? `asked in ${event.conversation ?? event.kind}` : undefined
    case 'response':
      return `${event.client}/${event.seq}` === key ? `answered ${event.code} ${event.msgId ?? ''}` : undefined
    case 'deliver':
      return msgIds.has(event.msgId) ? `delivered to ${event.session}` : undefined
    case 'fault':
      return `FAULT ${event.what}`
    case 'healed':
      return `healed ${event.what}`
    case 'note':
      return `note ${event.text.slice(0, 200)}`
    default:
      return undefined
  }
}
