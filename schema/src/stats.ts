import Type, { type Static } from 'typebox'
import { Name, Timestamp } from './entities.ts'
import { GroupId } from './id-fields.ts'
import { LIMITS } from './limits.ts'

/** How long one point of a series is: what happened in that minute, hour or day (UTC). */
export const STAT_RESOLUTIONS = ['minute', 'hour', 'day'] as const
export type StatResolution = (typeof STAT_RESOLUTIONS)[number]
export const StatResolution = Type.Enum(STAT_RESOLUTIONS, { description: 'How long one point of the series is' })

/** For each: its milliseconds, for how many hours points are kept, and how many are answered when nobody says. */
export const STAT_SPANS: Readonly<
  Record<StatResolution, { readonly ms: number; readonly keptHours: number; readonly points: number }>
> = {
  minute: { ms: 60_000, keptHours: LIMITS.statMinuteHours, points: 180 },
  hour: { ms: 3_600_000, keptHours: LIMITS.statHourDays * 24, points: 48 },
  day: { ms: 86_400_000, keptHours: LIMITS.statDayDays * 24, points: 30 },
}

/** What an administrator should look at, in words that people are not shown. */
export const ATTENTION_KINDS = {
  gateway_lost: 'the gateway `id` has stopped without saying so; `since` it was heard of last',
  gateway_not_ready: 'the gateway `id` takes no requests; `problems` of the gateway say why',
  certificate_ending: 'the certificate that the gateway `id` shows has expired or expires within 14 days',
  storage_nearly_full: '`count` percent of the room for files in the data directory of the gateway `id` are taken',
  audit_problem:
    'the audit log does not fit together; `id` is the number of the row. Looked at are its ends and the last rows; `audit.verify` looks at all',
  agent_spared: 'the agent `id` fails so often that it is not called for a while, `since` then',
  agent_failing: 'of the calls of the agent `id` in the last quarter of an hour, `count` and at least half failed',
  agents_without_manager: '`count` agents have nobody who is told when they fail',
  people_without_manager:
    '`count` people are in no reporting line: they report to nobody, and nobody reports to them. Only where there are reporting lines',
  credentials_ending: '`count` credentials end within 14 days, and with them the sessions that were opened with them',
  agent_secrets_old: '`count` secrets of agents have not been replaced for a year; `since`: the oldest',
  keys_old: 'the secret of the deployment has not been replaced for a year; `since` it is used',
  rotation_unfinished: 'two secrets open the keys of the deployment: replacing one was begun, and not finished',
} as const
export type AttentionKind = keyof typeof ATTENTION_KINDS

export const Attention = Type.Object({
  kind: Type.Enum(Object.keys(ATTENTION_KINDS) as AttentionKind[], {
    description: Object.entries(ATTENTION_KINDS)
      .map(([kind, text]) => `\`${kind}\`: ${text}`)
      .join('; '),
  }),
  id: Type.Optional(Type.String()),
  count: Type.Optional(Type.Integer()),
  since: Type.Optional(Timestamp),
})
export type Attention = Static<typeof Attention>

const Count = (description: string) => Type.Integer({ description })
const OrNull = <const T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const GATEWAY_STATES = ['ready', 'not_ready', 'lost'] as const

/** A gateway that runs, or has stopped without saying so within the last hour. */
export const GatewayInfo = Type.Object({
  instance: Type.String(),
  version: Type.String(),
  state: Type.Enum(GATEWAY_STATES, { description: '`lost`: it has not been heard of for 20 s' }),
  problems: Type.Array(Type.String(), { description: 'Why it takes no requests, in sentences' }),
  started_at: Timestamp,
  reported_at: Timestamp,
  connections: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Of clients to its own broker; null: it has none',
  }),
  agent_runs: Count('Calls of agents that wait or are under way there'),
})
export type GatewayInfo = Static<typeof GatewayInfo>

/** What is so at the moment, as the gateways said within the last seconds. */
export const StatNow = Type.Object({
  at: Timestamp,
  online: Type.Object(
    {
      people: OrNull(Type.Integer()),
      agents: OrNull(Type.Integer()),
      by: Type.Enum(['connections', 'status'], {
        description:
          '`connections`: employees with a connection to the embedded broker; `status`: employees whose retained status on the broker is `online`, which is what everybody sees',
      }),
    },
    { description: 'Employees who are connected, each once; null: no gateway knows at the moment' },
  ),
  people: Count('Active employees who are no agents'),
  agents: Count('Active agents'),
  groups: Count('Groups'),
  keys_since: Type.Union([Timestamp, Type.Null()], {
    description:
      'Since when the present keys of the deployment are in use, which its secret opens; null: there are none yet',
  }),
  gateways: Type.Array(GatewayInfo),
})

const Milliseconds = (description: string) => Type.Union([Type.Number(), Type.Null()], { description })

export const StatPoint = Type.Object({
  at: Type.String({ description: 'When it begins' }),
  messages: Count('Messages the broker has, agents’ included; one that was sent again counts again'),
  group_messages: Count('Those of them to groups'),
  agent_messages: Count('Those of them from agents'),
  agent_calls: Count('Calls of agents that ended'),
  agent_failures: Count('Those of them that were not `done`, nor stopped by somebody'),
  requests: Count('Requests answered'),
  errors: Count('Those of them answered with an error'),
  p50_ms: Milliseconds('Of the answers to messages; see `latency`'),
  p95_ms: Milliseconds('Of the answers to messages; see `latency`'),
})
export type StatPoint = Static<typeof StatPoint>

const Latency = (description: string) =>
  Type.Object(
    { count: Type.Integer(), p50_ms: Milliseconds(''), p95_ms: Milliseconds(''), p99_ms: Milliseconds('') },
    { description },
  )

export const StatLatency = Type.Object(
  {
    messages: Latency(
      'From taking a message to handing its answer to the broker, which has the message by then; without those whose sender waits for an agent',
    ),
    requests: Latency('The same of all other requests, without those that wait for somebody outside'),
    agent_first_answer: Latency('From the message until the agent began to answer'),
    agent_answer: Latency('From the message until the call of the agent was `done`'),
  },
  {
    description:
      'Of the whole time asked for, on all gateways. Percentiles are right to 10 % between 0.1 ms and 250 s; what is outside is told as that',
  },
)
export type StatLatency = Static<typeof StatLatency>

const Counted = (description: string) =>
  Type.Array(Type.Object({ key: Type.String(), count: Type.Integer() }), { description })

export const StatTotals = {
  errors: Counted('Answers that were errors, by `reason`, the most frequent first'),
  agent_errors: Counted('Calls of agents that ended with a `reason`, the most frequent first'),
  top_groups: Type.Array(Type.Object({ group_id: GroupId, name: Name, messages: Type.Integer() }), {
    description:
      'The ten groups with the most messages. Only the 25 busiest of a moment are counted on each gateway, so a group that is seldom among them has had more messages than it says here',
  }),
}
