import { STAT_RESOLUTIONS, STAT_SPANS } from '@mchat/schema'
import type { Db } from '../db/database.ts'
import { gatewayReports } from '../db/repositories/gateway-reports.ts'
import { statCounts } from '../db/repositories/stat-counts.ts'

const HOUR = 3_600_000
const REPORTS_KEPT_MS = 24 * HOUR
/** Whoever looks once an hour has seen to what is older. */
const GROUPS_LOOKED_AT = { minute: 6 * HOUR, hour: 12 * HOUR, day: 72 * HOUR }

/** Removes what is past its time, and of the groups of each minute, hour and day all but the busiest. */
export const tidyStats = async (db: Db, now: number): Promise<void> => {
  for (const resolution of STAT_RESOLUTIONS) {
    const { keptHours, ms } = STAT_SPANS[resolution]
    // One more: the oldest that may be asked for has begun longer ago.
    await statCounts.purgeBefore(db, resolution, new Date(now - keptHours * HOUR - ms))
    await statCounts.purgeGroups(db, resolution, new Date(now - GROUPS_LOOKED_AT[resolution]))
  }
  await gatewayReports.purgeBefore(db, new Date(now - REPORTS_KEPT_MS))
}
