import { expect, test } from 'vitest'
import { agentRuns } from '#src/db/repositories/agent-runs.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hireAll, LATER, NOW } from './people.ts'

onEveryDatabase('runs of agents', (kind) => {
  const shared = sharedDatabase(kind)
  const db = () => shared.current.kysely

  test('past their time are purged when they have ended, and with them what was counted of their days', async () => {
    await hireAll(db(), 'bot', 'amy')
    const run = (run_id: string, created_at: Date) => ({
      run_id,
      created_at,
      ...{ agent_id: 'bot', asker_id: 'amy', group_id: null, in_reply_to: 'msg_1', hops: 0, instance: 'gateway' },
    })
    const end = (run_id: string) => ({
      run_id,
      ...({ end_state: 'done', reason: null, started_at: null, first_answer_at: null, ended_at: LATER } as const),
      ...{ said: 1, input_tokens: null, output_tokens: null },
    })
    const before = new Date(LATER.getTime() - 1)
    await agentRuns.begin(db(), [run('old', before), run('old, under way', NOW), run('young', LATER)])
    await agentRuns.end(db(), [end('old'), end('young')])
    for (const day of ['2026-01-01', '2026-01-02']) await agentRuns.count(db(), day, new Map([['bot', 1]]))

    await agentRuns.purgeBefore(db(), LATER)
    const left = await agentRuns.list(db(), 'bot', { limit: 10 })
    expect(left.map(({ run_id }) => run_id)).toEqual(['young', 'old, under way'])
    const counted = await agentRuns.count(db(), '2026-01-02', new Map([['bot', 1]]))
    expect(counted.get('bot')).toBe(2)
    expect((await agentRuns.count(db(), '2026-01-01', new Map([['bot', 1]]))).get('bot')).toBe(1)
  })
})
