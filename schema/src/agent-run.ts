import Type, { type Static } from 'typebox'
import { EmployeeId, GroupId, MsgId } from './id-fields.ts'

export const RUN_ID_PATTERN = '^run_[0-9a-f]{26}$'
export const RunId = Type.String({ pattern: RUN_ID_PATTERN, description: 'One call of an agent' })

export const RUN_STATES = ['queued', 'running', 'streaming', 'done', 'failed', 'cancelled', 'timed_out'] as const
export type RunState = (typeof RUN_STATES)[number]
export const RunState = Type.Enum(RUN_STATES)

/** A run in one of these is over. */
export const END_STATES = ['done', 'failed', 'cancelled', 'timed_out'] as const satisfies readonly RunState[]
export type EndState = (typeof END_STATES)[number]

/** Why a run was not done, in words that people are not shown. */
export const RUN_FAILURES = {
  not_allowed: 'the agent does not answer this person, department or group',
  rate_limited:
    'it was called more often than `qps_limit` or `max_concurrency` allows, and its time was over before its turn came',
  busy: 'too much waits for it in this conversation, or what came before took so long that its time was over',
  daily_limit: 'it was called `daily_call_limit` times today',
  unreachable: 'its endpoint could not be reached',
  forbidden_address: 'its endpoint is at an address that agents are not called at',
  http_error: 'its endpoint answered with an error',
  bad_answer: 'its endpoint answered something that is no answer',
  too_large: 'its answer was too large',
  blocked: 'its answer was held back by the content filter',
  circuit_open: 'it failed so often of late that it is not called for a while',
  no_secret: 'it has no secret to sign with, or no key to ask with',
  not_a_member: 'it is no member of the group any more, or not active',
  agent: 'it said so itself',
  timeout: 'it took longer than `response_timeout`',
  cancelled: 'somebody has stopped it',
  gateway_lost: 'the gateway that called it is gone',
  unavailable: 'the gateway could not note the call',
} as const
export type RunFailure = keyof typeof RUN_FAILURES
export const RunFailure = Type.Enum(Object.keys(RUN_FAILURES) as RunFailure[])

/** What the answer to a message says of the agents it has called. */
export const CalledAgents = Type.Array(
  Type.Object({
    employee_id: EmployeeId,
    run_id: RunId,
    state: RunState,
    reason: Type.Optional(RunFailure),
    msg_ids: Type.Optional(Type.Array(MsgId, { description: 'What it has answered, when it was waited for' })),
  }),
  { description: 'The agents that the message was for, each with its run' },
)
export type CalledAgents = Static<typeof CalledAgents>

const Milliseconds = Type.Union([Type.Integer(), Type.Null()])
const Latency = (description: string) => Type.Object({ p50: Milliseconds, p95: Milliseconds }, { description })
const counts = {
  calls: Type.Integer({ description: 'Those that are under way, too' }),
  done: Type.Integer(),
  failed: Type.Integer(),
  timed_out: Type.Integer(),
  cancelled: Type.Integer(),
  first_answer_ms: Latency('From the message until the agent began to answer, of the calls that it began to answer'),
  end_ms: Latency('From the message until the answer was with the broker, of the calls that are `done`'),
  input_tokens: Type.Integer({ description: 'As the agent counts' }),
  output_tokens: Type.Integer(),
}

/** A day, in UTC. */
export const Day = Type.String({
  maxLength: 10,
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
  description: 'In UTC, e.g. `2026-11-22`',
})

/** What became of the calls of an agent. */
export const RunCounts = Type.Object(counts)
export type RunCounts = Static<typeof RunCounts>
export const RunCountsOfDay = Type.Object({ day: Day, ...counts })
export type RunCountsOfDay = Static<typeof RunCountsOfDay>

/** A run as `agent.runs` tells of it: nothing of what was said. */
export const AgentRunInfo = Type.Object({
  run_id: RunId,
  employee_id: EmployeeId,
  asker_id: EmployeeId,
  group_id: Type.Union([GroupId, Type.Null()]),
  in_reply_to: MsgId,
  hops: Type.Integer(),
  state: RunState,
  reason: Type.Union([RunFailure, Type.Null()]),
  created_at: Type.String(),
  started_at: Type.Union([Type.String(), Type.Null()]),
  first_answer_at: Type.Union([Type.String(), Type.Null()]),
  ended_at: Type.Union([Type.String(), Type.Null()]),
  input_tokens: Type.Union([Type.Integer(), Type.Null()]),
  output_tokens: Type.Union([Type.Integer(), Type.Null()]),
})
export type AgentRunInfo = Static<typeof AgentRunInfo>
