import type { OutputOf } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import { attention } from '../db/repositories/attention.ts'
import { type GatewayReportRow, gatewayReports } from '../db/repositories/gateway-reports.ts'
import { statCounts } from '../db/repositories/stat-counts.ts'
import type { Online } from '../link/online.ts'
import { type AttentionParts, attentionOfDatabase, attentionOfGateways, keysSince } from './attention.ts'
import { gatewayInfo, stateOf } from './gateway-state.ts'
import { createRemembered } from './remembered.ts'
import { addUp, frequent, latencyOf, pointsOf, type StatRange } from './series.ts'

export type StatsOverview = OutputOf<'stats.overview'>

export interface Stats {
  /**
   * What has been written down. Ten consoles that ask every five seconds cost as much as one: what was found since this
   * gateway has written down its own numbers is answered again, and what reads whole tables is found out once a minute.
   * @throws what the database does
   */
  overview(range: StatRange): Promise<StatsOverview>
}

export interface OverviewParts extends AttentionParts {
  readonly database: Database
  readonly online: Pick<Online, 'by'>
}

const LOST_FOR_MS = 3_600_000
const GROUPS = 10
const ORGANISATION_MS = 60_000
/** Should nothing be written down any more. */
const OVERVIEW_MS = 5000

/** @returns `forget`: what was found before is not the newest any more */
export const createStats = (parts: OverviewParts): Stats & { forget(): void } => {
  const { clock, database, online } = parts
  const overviews = createRemembered<StatsOverview>(clock, OVERVIEW_MS)
  const organisations = createRemembered<Organisation>(clock, ORGANISATION_MS)

  const organisation = async (): Promise<Organisation> => {
    const totals = await attention.organisation(database.kysely)
    return {
      totals,
      attention: await attentionOfDatabase(database.kysely, parts, totals),
      keysSince: await keysSince(database.kysely),
    }
  }

  const find = async (range: StatRange): Promise<StatsOverview> => {
    const db = database.kysely
    const { resolution } = range
    const [from, to] = [new Date(range.from), new Date(range.to)]
    const { attention: ofDatabase, keysSince: since, totals } = await organisations.get('', organisation)
    const rows = await statCounts.between(db, resolution, from, to)
    const groups = await statCounts.busiestGroups(db, resolution, from, to, GROUPS)
    const now = clock.now()
    const reports = await gatewayReports.since(db, new Date(now - LOST_FOR_MS))
    const sums = addUp(rows)
    return {
      now: {
        at: clock.timestamp(),
        online: { ...onlineOf(reports, now), by: online.by },
        people: totals.people,
        agents: totals.agents,
        groups: totals.groups,
        keys_since: since,
        gateways: reports.map((row) => gatewayInfo(row, now)),
      },
      resolution,
      from: from.toISOString(),
      to: to.toISOString(),
      series: pointsOf(rows, range),
      latency: latencyOf(sums),
      errors: frequent(sums, 'error'),
      agent_errors: frequent(sums, 'agent_error'),
      top_groups: groups.map(({ group_id, messages, name }) => ({ group_id, name, messages })),
      attention: [...attentionOfGateways(reports, now), ...ofDatabase],
    }
  }

  return {
    overview: (range) => overviews.get(`${range.resolution} ${range.from} ${range.to}`, () => find(range)),
    forget: () => overviews.forget(),
  }
}

interface Organisation {
  readonly totals: Awaited<ReturnType<typeof attention.organisation>>
  readonly attention: StatsOverview['attention']
  readonly keysSince: string | null
}

/** Every gateway that knows knows of everybody, so one that has just lost some of them is behind the others. */
const onlineOf = (
  reports: readonly GatewayReportRow[],
  now: number,
): { readonly people: number | null; readonly agents: number | null } => {
  let most: { readonly people: number; readonly agents: number } | undefined
  for (const row of reports) {
    const { agents_online: agents, people_online: people } = row.report
    if (people === null || agents === null || stateOf(row, now) === 'lost') continue
    if (most === undefined || people + agents > most.people + most.agents) most = { people, agents }
  }
  return most ?? { people: null, agents: null }
}
