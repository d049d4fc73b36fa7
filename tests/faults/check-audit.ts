import pg from 'pg'
import type { Chatter } from './chatter.ts'
import type { Violation } from './checker.ts'
import type { History } from './history.ts'
import { collectRequests, isFinal, type Request } from './requests.ts'

/** A row of the audit log, as far as it is judged here. */
export interface AuditedRequest {
  /** `client/seq` */
  readonly key: string
  readonly code: number
}

export interface AuditParts {
  readonly history: History
  readonly databaseUrl: string
  /** The last row of before the load began. */
  readonly since: number
  /** Somebody who may read the log. */
  readonly office: Chatter
}

/**
 * I5: every audited request that was answered has one row that says how, nothing has a row that was not asked for, and the
 * chain of the rows is whole.
 */
export const checkAudit = async ({ databaseUrl, history, office, since }: AuditParts): Promise<Violation[]> => [
  ...compareAudit(history, await readRows(databaseUrl, since)),
  ...(await chainProblems(office)),
]

export const compareAudit = (
  history: Pick<History, 'events' | 'sessions'>,
  rows: readonly AuditedRequest[],
): Violation[] => {
  const { requests } = collectRequests(history)
  const violations: Violation[] = []
  const complain = (request: string, message: string): void => {
    violations.push({ invariant: 'I5', message: `${request}: ${message}`, request })
  }
  const codes = Map.groupBy(rows, ({ key }) => key)
  for (const key of codes.keys()) if (!requests.has(key)) complain(key, 'has a row and was never asked')
  for (const request of requests.values()) {
    if (request.first.kind !== 'change') continue
    const found = (codes.get(request.key) ?? []).map(({ code }) => code)
    for (const complaint of complaintsAbout(request, found)) complain(request.key, complaint)
  }
  return violations
}

const complaintsAbout = ({ acceptedAt, responses }: Request, rows: readonly number[]): string[] => {
  const answered = new Set(responses.map(({ code }) => code).filter(isFinal))
  const twice = rows.filter((code, i) => rows.indexOf(code) !== i)
  // What was done may have been answered 503, or not at all; what was refused must have been told.
  const isUntold = (code: number): boolean => code !== 0 && code < 500 && !answered.has(code)
  return [
    ...[...answered].filter((code) => !rows.includes(code)).map((code) => `was answered ${code} and has no such row`),
    ...twice.map((code) => `has more than one row with ${code}`),
    // Nobody was told of it, so nobody can have been told otherwise.
    ...(responses.length === 0
      ? []
      : rows.filter(isUntold).map((code) => `has a row with ${code} and was answered otherwise`)),
    ...(acceptedAt === undefined && rows.includes(0) && answered.size > 0
      ? ['has a row that it was done, and was refused']
      : []),
  ]
}

const readRows = (url: string, since: number): Promise<AuditedRequest[]> =>
  queried(url, async (client) => {
    const { rows } = await client.query<AuditedRequest>(
      `select client_id || '/' || seq_id as key, code from audit_log
       where seq > $1 and action in ('group.member_add', 'group.member_remove')`,
      [since],
    )
    return rows
  })

/** The last row that there is. */
export const lastAuditRow = (url: string): Promise<number> =>
  queried(url, async (client) => {
    const { rows } = await client.query<{ last: string }>('select coalesce(max(seq), 0) as last from audit_log')
    return Number(rows[0]?.last)
  })

const queried = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const chainProblems = async (office: Chatter): Promise<Violation[]> => {
  const violations: Violation[] = []
  let from: unknown = 1
  while (typeof from === 'number') {
    const { code, data } = await office.request('audit.verify', { from_seq: from }, { kind: 'read' })
    if (code !== 0) return [{ invariant: 'I5', message: `the audit log could not be verified: ${code}` }]
    for (const problem of (data?.problems ?? []) as object[]) {
      violations.push({ invariant: 'I5', message: `the audit log is broken: ${JSON.stringify(problem)}` })
    }
    from = data?.next_seq
  }
  return violations
}
