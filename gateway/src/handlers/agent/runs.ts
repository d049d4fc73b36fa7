import { END_STATES, invalidField, LIMITS, type OutputOf } from '@mchat/schema'
import { type AgentRunRow, agentRuns } from '../../db/repositories/agent-runs.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { requireAgent } from './locked-agent.ts'

export default defineHandler(
  'agent.runs',
  async ({ db }, { cursor, employee_id, limit = LIMITS.pageSizeDefault, state }) => {
    requireAgent(await employees.find(db, employee_id))
    const endState = END_STATES.find((each) => each === state)
    const found = await agentRuns.list(db, employee_id, {
      ...(endState === undefined ? {} : { endState }),
      // While it is under way only the gateway that calls knows more.
      isUnderWay: state !== undefined && endState === undefined,
      ...(cursor === undefined ? {} : { before: decodeCursor(cursor) }),
      limit: limit + 1,
    })
    const rows = found.slice(0, limit)
    const last = rows.at(-1)
    return {
      runs: rows.map(present),
      next_cursor: found.length > limit && last !== undefined ? encodeCursor(last) : null,
    }
  },
)

type Run = OutputOf<'agent.runs'>['runs'][number]

const present = (row: AgentRunRow): Run => ({
  run_id: row.run_id,
  employee_id: row.agent_id,
  asker_id: row.asker_id,
  group_id: row.group_id,
  in_reply_to: row.in_reply_to,
  hops: row.hops,
  state: row.end_state ?? 'running',
  reason: row.reason,
  created_at: row.created_at.toISOString(),
  started_at: row.started_at?.toISOString() ?? null,
  first_answer_at: row.first_answer_at?.toISOString() ?? null,
  ended_at: row.ended_at?.toISOString() ?? null,
  input_tokens: row.input_tokens,
  output_tokens: row.output_tokens,
})

const encodeCursor = ({ created_at, run_id }: Pick<AgentRunRow, 'created_at' | 'run_id'>): string =>
  Buffer.from(`${created_at.getTime()}/${run_id}`).toString('base64url')

const decodeCursor = (cursor: string): Pick<AgentRunRow, 'created_at' | 'run_id'> => {
  const [, time, run_id] = /^(\d{1,15})\/(run_[0-9a-f]{26})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (time === undefined || run_id === undefined) throw invalidField('cursor', 'cursor', 'is not a cursor of this list')
  const row = { created_at: new Date(Number(time)), run_id }
  if (encodeCursor(row) !== cursor) throw invalidField('cursor', 'cursor', 'is not a cursor of this list')
  return row
}
