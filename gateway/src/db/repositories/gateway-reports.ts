import type { GatewayReportTable } from '@mchat/schema/tables'
import type { Selectable } from 'kysely'
import type { Db } from '../database.ts'

export type GatewayReportRow = Selectable<GatewayReportTable>

/** What gateways said of themselves last; written with their counts (stat-counts.ts). */
export const gatewayReports = {
  /** Those since a time, by instance. */
  async since(db: Db, time: Date): Promise<GatewayReportRow[]> {
    return db
      .selectFrom('gateway_report')
      .selectAll()
      .where('reported_at', '>=', time)
      .orderBy('started_at')
      .orderBy('instance')
      .execute()
  },

  /** The gateway stops in order. */
  async remove(db: Db, instance: string): Promise<void> {
    await db.deleteFrom('gateway_report').where('instance', '=', instance).execute()
  },

  async purgeBefore(db: Db, time: Date): Promise<void> {
    await db.deleteFrom('gateway_report').where('reported_at', '<', time).execute()
  },
}
