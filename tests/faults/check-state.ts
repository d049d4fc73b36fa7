import pg from 'pg'
import type { Chatter } from './chatter.ts'
import type { Violation } from './checker.ts'
import type { History } from './history.ts'
import { Memberships } from './memberships.ts'
import { collectRequests } from './requests.ts'

export interface StateParts {
  readonly history: History
  /** Those who are members all the time. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly databaseUrl: string
  readonly office: Chatter
}

/** As often as it takes for each of a few gateways to be asked, since they take turns. */
const READS = 6

/** I10: in the end the members are those that the answers say, in the database and to every gateway. */
export const checkState = async ({ databaseUrl, groups, history, office }: StateParts): Promise<Violation[]> => {
  const stored = await readMembers(databaseUrl)
  const violations: Violation[] = []
  for (const [group, expected] of expectedMembers(history, groups)) {
    const complain = (who: string, found: readonly string[]): void => {
      violations.push(...compareMembers(`${who} on ${group}`, expected, found))
    }
    complain('the database', stored.get(group) ?? [])
    for (let i = 0; i < READS; i++) {
      const { code, data } = await office.request('group.member_list', { group_id: group })
      const members = (data?.members ?? []) as readonly { readonly employee_id: string }[]
      complain(
        code === 0 ? 'a gateway' : `a gateway (${code})`,
        members.map(({ employee_id }) => employee_id),
      )
    }
  }
  return violations
}

export const compareMembers = (who: string, { perhaps, surely }: Expected, found: readonly string[]): Violation[] => {
  const missing = [...surely].filter((id) => !found.includes(id))
  const surplus = found.filter((id) => !surely.has(id) && !perhaps.has(id))
  return [
    ...missing.map((id): Violation => ({ invariant: 'I10', message: `${who}: ${id} is missing` })),
    ...surplus.map((id): Violation => ({ invariant: 'I10', message: `${who}: ${id} should not be there` })),
  ]
}

export interface Expected {
  readonly surely: Set<string>
  readonly perhaps: Set<string>
}

/** What the changes that were answered add up to. */
export const expectedMembers = (
  history: Pick<History, 'events' | 'sessions'>,
  groups: StateParts['groups'],
): Map<string, Expected> => {
  const guests = new Memberships(history, collectRequests(history).requests.values()).finally()
  return new Map(
    [...groups].map(([group, members]) => {
      const surely = new Set(['admin', ...members])
      const perhaps = new Set<string>()
      for (const { employee, isIn } of guests.get(group) ?? []) {
        if (isIn === true) surely.add(employee)
        if (isIn === undefined) perhaps.add(employee)
      }
      return [group, { surely, perhaps }]
    }),
  )
}

const readMembers = async (url: string): Promise<Map<string, string[]>> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ group_id: string; ids: string[] }>(
      'select group_id, array_agg(employee_id) as ids from group_member group by group_id',
    )
    return new Map(rows.map(({ group_id, ids }) => [group_id, ids]))
  } finally {
    await client.end()
  }
}
