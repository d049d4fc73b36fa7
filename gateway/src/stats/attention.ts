import type { Attention } from '@mchat/schema'
import type { AuditChain } from '../audit/chain.ts'
import type { AuditHeads } from '../audit/heads.ts'
import { verifyAudit } from '../audit/verify.ts'
import type { Db } from '../db/database.ts'
import { attention, type OrganisationTotals } from '../db/repositories/attention.ts'
import { auditLog } from '../db/repositories/audit-log.ts'
import { type DeploymentKeyRow, deploymentKeys } from '../db/repositories/deployment-keys.ts'
import type { GatewayReportRow } from '../db/repositories/gateway-reports.ts'
import type { Clock } from '../platform/clock.ts'
import { stateOf } from './gateway-state.ts'

const DAY = 86_400_000
const FAILING_WITHIN_MS = 15 * 60_000
/** In that time. */
const FAILURES = 3
const ENDING_WITHIN_MS = 14 * DAY
const OLD_MS = 365 * DAY
const STORAGE_PERCENT = 90
/** So many of the last rows are looked at; all of them takes a while, and is what audit.verify is for. */
const AUDIT_ROWS = 500
const AUDIT_PROBLEMS = 5

export interface AttentionParts {
  readonly chain: AuditChain
  readonly heads: Pick<AuditHeads, 'isSigned'>
  readonly clock: Clock
}

/** What the gateways say of themselves, one after the other. */
export const attentionOfGateways = (rows: readonly GatewayReportRow[], now: number): Attention[] => {
  const live = rows.filter((row) => stateOf(row, now) !== 'lost')
  const spared = new Map<string, string>()
  for (const { agent_id, since } of live.flatMap(({ report }) => report.spared)) {
    const known = spared.get(agent_id)
    if (known === undefined || since < known) spared.set(agent_id, since)
  }
  return [
    ...rows.flatMap((row): Attention[] => {
      const state = stateOf(row, now)
      if (state === 'ready') return []
      if (state === 'not_ready') return [{ kind: 'gateway_not_ready', id: row.instance }]
      return [{ kind: 'gateway_lost', id: row.instance, since: row.reported_at.toISOString() }]
    }),
    ...live.flatMap(({ instance, report }): Attention[] => [
      ...(report.certificate_ending ? [{ kind: 'certificate_ending', id: instance } as const] : []),
      ...(report.storage_percent !== null && report.storage_percent >= STORAGE_PERCENT
        ? [{ kind: 'storage_nearly_full', id: instance, count: report.storage_percent } as const]
        : []),
    ]),
    ...[...spared].map(([id, since]): Attention => ({ kind: 'agent_spared', id, since })),
  ]
}

/** What the database says; costs much, so it is not for everybody who asks. */
export const attentionOfDatabase = async (
  db: Db,
  { chain, clock, heads }: AttentionParts,
  totals: OrganisationTotals,
): Promise<Attention[]> => {
  const now = clock.now()
  const failing = await attention.failingAgents(db, new Date(now - FAILING_WITHIN_MS), FAILURES)
  const ending = await attention.credentialsEnding(db, new Date(now), new Date(now + ENDING_WITHIN_MS))
  const secrets = await attention.oldAgentSecrets(db, new Date(now - OLD_MS))
  const some = (kind: Attention['kind'], count: number): Attention[] => (count === 0 ? [] : [{ kind, count }])
  return [
    ...(await auditProblems(db, chain, heads)),
    ...failing.map(({ agent_id, failures }): Attention => ({ kind: 'agent_failing', id: agent_id, count: failures })),
    ...(await keyProblems(db, now)),
    ...some('credentials_ending', ending),
    ...(secrets.oldest === null
      ? []
      : [{ kind: 'agent_secrets_old', count: secrets.count, since: secrets.oldest.toISOString() } as const]),
    ...some('agents_without_manager', totals.agents_without_manager),
    ...some('people_without_manager', totals.has_reporting_lines ? totals.people_without_manager : 0),
  ]
}

const auditProblems = async (
  db: Db,
  chain: AuditChain,
  { isSigned }: Pick<AuditHeads, 'isSigned'>,
): Promise<Attention[]> => {
  const head = await auditLog.chainEnd(db, 'head')
  const from = head === undefined ? undefined : Math.max(1, head.seq - AUDIT_ROWS + 1)
  const { problems } = await verifyAudit({ db, chain, isSigned }, from)
  return problems.slice(0, AUDIT_PROBLEMS).map(({ seq }) => ({ kind: 'audit_problem', id: String(seq) }))
}

/** null where no gateway has made any yet. */
export const keysSince = async (db: Db): Promise<string | null> => {
  const rows = await deploymentKeys.all(db)
  return rows.length === 0 ? null : new Date(newestOf(rows)).toISOString()
}

const newestOf = (rows: readonly DeploymentKeyRow[]): number =>
  Math.max(...rows.map(({ created_at }) => created_at.getTime()))

const keyProblems = async (db: Db, now: number): Promise<Attention[]> => {
  const rows = await deploymentKeys.all(db)
  const newest = newestOf(rows)
  if (new Set(rows.map(({ secret_id }) => secret_id)).size > 1) {
    return [{ kind: 'rotation_unfinished', since: new Date(newest).toISOString() }]
  }
  return rows.length > 0 && now - newest > OLD_MS ? [{ kind: 'keys_old', since: new Date(newest).toISOString() }] : []
}
