import type { GatewayReport } from '@mchat/schema/tables'
import type { Database } from '../db/database.ts'
import { employees } from '../db/repositories/employees.ts'
import type { Online } from '../link/online.ts'
import type { Certificate } from '../ops/certificate.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import type { AttentionParts } from '../stats/attention.ts'
import { createStats, type Stats } from '../stats/overview.ts'
import { createStatRecorder, type StatRecorder } from '../stats/recorder.ts'
import type { ComposedAgents } from './agents.ts'
import type { ComposedFiles } from './files.ts'

export interface StatParts extends AttentionParts {
  readonly database: Database
  readonly instance: string
  readonly version: string
  readonly online: Online
  readonly problems: () => readonly string[]
  readonly agents: Pick<ComposedAgents, 'spared' | 'underWay'>
  readonly files: Pick<ComposedFiles, 'usedPercent'>
  readonly certificate: Pick<Certificate, 'warning'> | undefined
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

export interface ComposedStats {
  readonly stats: Stats
  readonly recorder: StatRecorder
}

/** Counting what happens, and telling of it. */
export const composeStats = (parts: StatParts): ComposedStats => {
  const { agents, certificate, clock, database, files, online, problems, version } = parts
  const stats = createStats(parts)

  const onlineNow = async (): Promise<Pick<GatewayReport, 'agents_online' | 'people_online'>> => {
    const ids = online.employeeIds()
    if (ids === undefined) return { people_online: null, agents_online: null }
    const allAgents = await employees.agentIds(database.kysely)
    let people_online = 0
    let agents_online = 0
    for (const id of ids) {
      if (allAgents.has(id)) agents_online++
      else people_online++
    }
    return { people_online, agents_online }
  }

  const report = async (): Promise<GatewayReport> => ({
    version,
    problems: problems(),
    connections: online.connections() ?? null,
    ...(await onlineNow()),
    agent_runs: agents.underWay(),
    spared: agents.spared().map(({ agentId, forMs }) => ({
      agent_id: agentId,
      since: new Date(clock.now() - forMs).toISOString(),
    })),
    certificate_ending: certificate?.warning() !== undefined,
    storage_percent: files.usedPercent() ?? null,
  })

  return { stats, recorder: createStatRecorder({ ...parts, report, onWritten: stats.forget }) }
}
