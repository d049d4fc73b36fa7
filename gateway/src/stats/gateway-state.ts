import type { GatewayInfo } from '@mchat/schema'
import type { GatewayReportRow } from '../db/repositories/gateway-reports.ts'

/** A gateway says something every five seconds; one that has not for so long is gone, or cannot reach the database. */
const LOST_AFTER_MS = 20_000

export const stateOf = ({ report, reported_at }: GatewayReportRow, now: number): GatewayInfo['state'] => {
  if (now - reported_at.getTime() > LOST_AFTER_MS) return 'lost'
  return report.problems.length > 0 ? 'not_ready' : 'ready'
}

export const gatewayInfo = (row: GatewayReportRow, now: number): GatewayInfo => ({
  instance: row.instance,
  version: row.report.version,
  state: stateOf(row, now),
  problems: [...row.report.problems],
  started_at: row.started_at.toISOString(),
  reported_at: row.reported_at.toISOString(),
  connections: row.report.connections,
  agent_runs: row.report.agent_runs,
})
