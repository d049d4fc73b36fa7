import { type KyselyPlugin, sql } from 'kysely'
import { expect, test } from 'vitest'
import { type Ask, Run } from '#src/agents/run.ts'
import { createRunLedger } from '#src/agents/run-ledger.ts'
import type { Database } from '#src/db/database.ts'
import { agentRuns } from '#src/db/repositories/agent-runs.ts'
import { systemClock } from '#src/platform/clock.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hireAll, NOW } from '../db/people.ts'

const askOf = (runId: string): Ask => ({
  runId,
  ...{
    agentId: 'bot',
    askerId: 'amy',
    senderId: 'amy',
    groupId: undefined,
    conversation: 'p|amy|bot',
    inReplyTo: 'msg_1',
  },
  agent: { employeeId: 'bot', profile: {} } as Ask['agent'],
  message: { msgId: 'msg_1', content: 'x', sentAt: '', proof: '', quoteMsgId: undefined, mentions: [] },
  ...{ contextMessages: [], root: 'msg_1', hops: 0, isAllowed: true },
})

/** The same database, and how many statements it was given. */
const counted = (database: Database) => {
  let statements = 0
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      statements++
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const kysely = database.kysely.withPlugin(plugin)
  return { database: { ...database, kysely }, statements: () => statements }
}

/** One after the other, and all before anything else that the event loop has to do. */
const inOneTurn = <T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => {
      for (let turn = 0; turn < i; turn++) await new Promise<void>((resolve) => process.nextTick(resolve))
      return await work(i)
    }),
  )

onEveryDatabase('the ledger of runs', (kind) => {
  const shared = sharedDatabase(kind)

  test('begins and ends what comes in one turn of the event loop with one statement each', async () => {
    await hireAll(shared.current.kysely, 'bot', 'amy')
    const { database, statements } = counted(shared.current)
    const ledger = createRunLedger({
      ...{ database, instance: 'gateway', isAlone: true, clock: systemClock() },
      onRun: () => undefined,
    })
    const runs = Array.from({ length: 20 }, (_, i) => new Run(askOf(`run_${i}`), NOW, 1))

    const begun = await inOneTurn(20, (i) => ledger.begin(runs[i] as Run))
    expect(begun.map(({ isNew }) => isNew)).toEqual(Array.from({ length: 20 }, () => true))
    expect(statements()).toBe(1)
    const { rows } = await sql<{ run_id: string }>`select run_id from agent_run order by number`.execute(
      database.kysely,
    )
    expect(rows.map(({ run_id }) => run_id)).toEqual(runs.map(({ ask }) => ask.runId))

    for (const run of runs) run.startedAt = NOW
    const before = statements()
    const end = { state: 'failed', reason: 'timeout', msgIds: ['msg_2'] } as const
    expect(await inOneTurn(20, (i) => ledger.end(runs[i] as Run, end))).toEqual(Array.from({ length: 20 }, () => true))
    expect(statements() - before).toBe(1)
    expect(await agentRuns.find(shared.current.kysely, 'run_7')).toMatchObject({
      ...{ agent_id: 'bot', asker_id: 'amy', group_id: null, in_reply_to: 'msg_1', hops: 0, instance: 'gateway' },
      ...{ created_at: NOW, started_at: NOW, first_answer_at: null, input_tokens: null },
      ...{ end_state: 'failed', reason: 'timeout', said: 1 },
    })
    expect(await ledger.end(runs[0] as Run, end)).toBe(false)
  })
})
