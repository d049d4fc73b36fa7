import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { checkAudit, lastAuditRow } from './check-audit.ts'
import { checkState } from './check-state.ts'
import { check, type Verdict, type Violation } from './checker.ts'
import { type Cluster, healLinks, startCluster } from './cluster.ts'
import { type History, now, type Recorder } from './history.ts'
import { BENCH, historyFile, IMPLEMENTATIONS, planFile, readHistory, recordTo } from './history-files.ts'
import { type LoadProcess, startLoad } from './load-process.ts'
import { type Plague, plague } from './nemesis.ts'
import { found, type Organisation, planFor } from './organisation.ts'
import type { Scene } from './scene.ts'
import { seededRandom } from './seeded-random.ts'

export interface BenchOptions {
  readonly seconds: number
  readonly seed: number
  /** Numbers of faults; undefined: all. */
  readonly only?: readonly string[]
  /** How often a fault begins, in seconds; undefined: some time after the one before is healed. */
  readonly every?: number | undefined
  /** How long an answer may take without a fault; default: as `check` has it. */
  readonly answeredMs?: number
  /** Where the history is written. */
  readonly directory: string
  readonly tell: (line: string) => void
}

export interface BenchResult {
  readonly history: History
  readonly verdict: Verdict
  readonly plague: Plague
  /** Requests that were not made since too many were unanswered. */
  readonly shed: number
  readonly unexpectedEnds: number
  /** Why the run proves nothing, in sentences. */
  readonly invalid: readonly string[]
}

const RATE = { mqttjs: 65, paho: 35 } as const
const CALM_MS = 8000
const ANSWERS_MS = 90_000
const DRAIN_MS = 90_000

/** A cluster under load and faults, from nothing to the verdict. */
export const runBench = async (options: BenchOptions): Promise<BenchResult> => {
  const { answeredMs, directory, every, only, seconds, seed, tell } = options
  await mkdir(directory, { recursive: true })
  await using stack = new AsyncDisposableStack()
  const own = recordTo(historyFile(directory, BENCH))
  stack.defer(() => own.close())
  const record: Recorder = (event) => {
    own.record(event)
    if (event.type === 'fault') tell(`${(event.t / 1000).toFixed(1)} ${event.what}`)
    if (event.type === 'note') tell(`${(event.t / 1000).toFixed(1)} ${event.text.slice(0, 300)}`)
  }
  const random = seededRandom(seed)

  tell('starting broker, database and gateways')
  const cluster = stack.use(await startCluster({ gateways: 3, random, record }))
  const admin = await cluster.members[0]?.gateway.firstAdmin()
  if (admin === undefined) throw new Error('There is no gateway.')
  const organisation = await found(cluster.broker.port, admin, record)
  stack.defer(() => organisation.office.end())
  tell('connecting the devices')
  const since = await lastAuditRow(cluster.databaseUrl)
  const loads = await startLoads(organisation, cluster, seed, directory, stack)

  const from = now()
  for (const load of loads) load.go()
  await pause(CALM_MS)
  const { office, watched } = organisation
  const scene: Scene = { cluster, random, record, office, watched, scale: seconds < 600 ? 1 : 2 }
  const suffered = await plague(scene, {
    ms: seconds * 1000,
    only,
    everyMs: every === undefined ? undefined : every * 1000,
  })
  healLinks(cluster)
  tell('everything is healed')
  const shed = await finish(loads, record)
  const lasted = (now() - from) / 1000

  const judge = async (): Promise<{ history: History; verdict: Verdict }> => {
    const history = await readHistory(directory)
    return { history, verdict: check(history, answeredMs) }
  }
  const deadline = now() + DRAIN_MS
  let judged = await judge()
  while (judged.verdict.violations.some(isLoss) && now() < deadline) {
    await pause(2000)
    judged = await judge()
  }
  const state = await checkState({
    history: judged.history,
    groups: organisation.groups,
    databaseUrl: cluster.databaseUrl,
    office,
  })
  const databaseUrl = cluster.databaseUrl
  const audit = await checkAudit({ history: judged.history, databaseUrl, since, office })
  await Promise.all(loads.map((load) => load.end()))
  judged = await judge()
  const verdict = { ...judged.verdict, violations: [...judged.verdict.violations, ...state, ...audit] }
  return {
    history: judged.history,
    verdict,
    plague: suffered,
    shed,
    unexpectedEnds: cluster.members.reduce((sum, { gateway }) => sum + gateway.unexpectedEnds, 0),
    invalid: whyInvalid(verdict, suffered, lasted),
  }
}

const startLoads = async (
  organisation: Organisation,
  cluster: Cluster,
  seed: number,
  directory: string,
  stack: AsyncDisposableStack,
): Promise<LoadProcess[]> => {
  const loads: LoadProcess[] = []
  for (const [i, implementation] of IMPLEMENTATIONS.entries()) {
    const plan = planFor(organisation, implementation, {
      port: cluster.clients[implementation].port,
      seed: seed * 2 + i,
      rate: RATE[implementation],
      history: historyFile(directory, implementation),
    })
    loads.push(stack.use(await startLoad(implementation, plan, planFile(directory, implementation))))
  }
  return loads
}

const finish = async (loads: readonly LoadProcess[], record: Recorder): Promise<number> => {
  const finished = Promise.all(loads.map((load) => load.finish()))
  const results = await Promise.race([finished, pause(ANSWERS_MS, undefined, { ref: false })])
  if (results === undefined) record({ type: 'note', t: now(), text: 'something was never answered' })
  return (results ?? []).reduce((sum, { shed }) => sum + shed, 0)
}

const isLoss = ({ invariant }: Violation): boolean => invariant === 'I1' || invariant === 'I4b'

/** Little traffic proves little, and neither do faults that were not there. */
export const whyInvalid = (verdict: Verdict, { injected, planned }: Plague, seconds: number): string[] => {
  const reasons: string[] = []
  const least = Math.round(0.5 * 0.9 * (RATE.mqttjs + RATE.paho) * seconds)
  if (verdict.accepted < least) reasons.push(`Only ${verdict.accepted} messages were accepted instead of ${least}.`)
  if (injected < planned) reasons.push(`Only ${injected} of ${planned} faults were injected.`)
  if (verdict.unanswered > 0.2 * verdict.attempted) reasons.push(`${verdict.unanswered} requests were not answered.`)
  return reasons
}
