import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { ACTION_NAMES, ACTIONS, type ActionDefinition, type Response } from '../../schema/src/index.ts'
import { EXAMPLES } from '../../schema/test/examples.ts'
import { newSeqId } from '../kit/device.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'

/** Longer than any answer takes, on a machine that is busy with something else. */
const SLEEP_S = 15

const BOUNDARIES = [
  `' OR 1=1--`,
  `'); drop table employee; --`,
  `' || pg_sleep(${SLEEP_S}) || '`,
  `1; select pg_sleep(${SLEEP_S})--`,
  `$1 $2::int %s \\ \\' "`,
]

/** Each text in the value replaced by another one, one at a time. */
const withEachText = (value: unknown, text: string): unknown[] => {
  if (typeof value === 'string') return [text]
  if (Array.isArray(value)) {
    return value.flatMap((each, i) => withEachText(each, text).map((changed) => value.with(i, changed)))
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) =>
    withEachText(member, text).map((changed) => ({ ...value, [name]: changed })),
  )
}

onEveryBroker('what reaches the database', (bench) => {
  test('T24: is never taken for SQL, in any text of any action', async () => {
    const gateway = bench.current
    const owner = await (await gateway.hire({ roles: [{ role: 'owner' }] })).connect()
    const before = Object.keys(await gateway.dump())
    const requests = ACTION_NAMES.filter((name) => (ACTIONS[name] as ActionDefinition).answered !== false).flatMap(
      (action) =>
        BOUNDARIES.flatMap((text) => withEachText(EXAMPLES[action]?.input, text)).map(
          (input) => [action, input] as const,
        ),
    )
    expect(requests.length).toBeGreaterThan(300)
    const seen = new Set<number>()
    for (let i = 0; i < requests.length; i += 20) {
      const batch = requests.slice(i, i + 20).map(async ([action, input]) => {
        const answer = await owner.ask(action, input as object, { timeoutMs: (SLEEP_S - 3) * 1000 })
        seen.add(answer.code)
        expect([0, 400, 401, 403, 404, 409], `${action} ${JSON.stringify(input)} ${answer.reason}`).toContain(
          answer.code,
        )
      })
      await Promise.all(batch)
    }
    expect(seen).toContain(0)
    expect(seen).toContain(404)
    expect(Object.keys(await gateway.dump())).toEqual(before)
    for (const name of BOUNDARIES) {
      const { group_id } = await owner.call('group.create', { name, member_ids: [] })
      expect(await owner.call('group.get', { group_id })).toMatchObject({ name })
    }
  })

  test('T25: what is searched for, sorted by and counted is taken to the letter, or refused', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const mark = newSeqId()
    for (const name of [`100% ${mark}`, `1000 ${mark}`, `a_b ${mark}`, `axb ${mark}`]) await gateway.hire({ name })
    const found = async (query: string): Promise<string[]> => {
      const { employees } = await office.call('employee.list', { query, limit: 200 })
      return employees.map(({ name }) => name).filter((name) => name.endsWith(mark))
    }
    expect(await found('0%')).toEqual([`100% ${mark}`])
    expect(await found('a_b')).toEqual([`a_b ${mark}`])
    expect(await found(`1000 ${mark}`)).toEqual([`1000 ${mark}`])
    expect(await found('\\')).toEqual([])
    for (const skill of ['%', '_', `' OR 2=2--`]) {
      expect(await office.call('agent.capability_list', { skill })).toMatchObject({ agent_ids: [] })
    }
    const bad: readonly (readonly [string, object])[] = [
      ['employee.list', { limit: -1 }],
      ['employee.list', { limit: 0 }],
      ['employee.list', { limit: 1e9 }],
      ['employee.list', { limit: '1; drop table employee' }],
      ['employee.list', { cursor: 'name;--' }],
      ['audit.list', { limit: 1e9 }],
      ['audit.list', { cursor: `1' OR '1'='1` }],
      ['audit.list', { from: `2026-01-01' OR '1'='1` }],
      ['group.list', { all: true, cursor: 'name;--' }],
      ['department.list', { limit: -1 }],
    ]
    for (const [action, input] of bad) {
      expect(await office.request(action, input), `${action} ${JSON.stringify(input)}`).toMatchObject({ code: 400 })
    }
    const sorted = await office.request('employee.list', { sort: 'name;--', order_by: 'secret_hash', limit: 1 })
    expect(sorted).toMatchObject({ code: 0 })
    expect(sorted.data?.employees).toHaveLength(1)
  })

  test('T26: a request that makes its handler fail is answered 500 once, and the next one is served', async () => {
    const gateway = bench.current
    const { kysely } = await bench.superuser()
    // Sequences are not rolled back, so they tell how often it was tried.
    await sql`create sequence poison_tries`.execute(kysely)
    await sql`create function poison() returns trigger language plpgsql security definer as $$ begin
      if new.name = 'poison' then perform nextval('poison_tries'); raise exception 'poisoned'; end if;
      return new;
    end $$`.execute(kysely)
    await sql`create trigger poison before insert on chat_group for each row execute function poison()`.execute(kysely)
    const tries = async (): Promise<number> => {
      const { rows } = await sql<{ n: number }>`
        select case when is_called then last_value::int else 0 end as n from poison_tries`.execute(kysely)
      return rows[0]?.n ?? 0
    }
    const person = await gateway.hire()
    const device = await person.connect()
    const seqId = newSeqId()
    const create = (name: string, options = {}): Promise<Response> =>
      device.request('group.create', { name, member_ids: [] }, options)
    expect(await create('poison', { seqId })).toMatchObject({ code: 500, data: null })
    expect(await create('sound')).toMatchObject({ code: 0 })
    await device.disconnect()
    await using again = await person.connect()
    expect(await again.request('config.server')).toMatchObject({ code: 0 })
    await again.settled()
    expect(await tries()).toBe(1)
    const answers = [...device.received, ...again.received].filter(({ topic }) => topic.endsWith(`/${seqId}`))
    expect(answers).toHaveLength(1)
    await sql`drop trigger poison on chat_group`.execute(kysely)
  })
})
