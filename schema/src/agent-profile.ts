import Type, { type Static } from 'typebox'
import { DepartmentId, EmployeeId, GroupId } from './id-fields.ts'
import { LIMITS } from './limits.ts'

const Word = Type.String({ minLength: 1, maxLength: LIMITS.nameChars })
const ids = (id: typeof EmployeeId, maxItems: number) => Type.Array(id, { maxItems, uniqueItems: true })

export const AgentConnector = Type.Union([Type.Literal('webhook'), Type.Literal('openai'), Type.Literal('mqtt')], {
  description:
    'How it is called: `webhook` (default) posts to `webhook_endpoint`, `openai` asks the chat-completions API there, `mqtt` tells a client of the agent on its inbox',
})
export type AgentConnector = Static<typeof AgentConnector>

export const AgentGroupPolicy = Type.Union(
  [Type.Literal('mention'), Type.Literal('keyword'), Type.Literal('all'), Type.Literal('none')],
  {
    description:
      'Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none',
  },
)
export type AgentGroupPolicy = Static<typeof AgentGroupPolicy>

/** What an AI agent is and how it is reached. The endpoint is shown to `agent.manage` only. */
export const AgentProfile = Type.Object({
  connector: Type.Optional(AgentConnector),
  model_type: Type.Optional(
    Type.String({ maxLength: LIMITS.nameChars, description: 'What it is; the model that is asked for with `openai`' }),
  ),
  capabilities: Type.Optional(Type.Array(Word, { maxItems: LIMITS.skills, uniqueItems: true })),
  trigger_keywords: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: LIMITS.keywordChars, pattern: '\\S' }), {
      maxItems: LIMITS.keywords,
      uniqueItems: true,
      description: 'Texts, not patterns',
    }),
  ),
  webhook_endpoint: Type.Optional(
    Type.String({ maxLength: LIMITS.agentEndpointChars, pattern: '^https?://[^\\s@]+$' }),
  ),
  system_prompt: Type.Optional(
    Type.String({
      maxLength: LIMITS.systemPromptChars,
      description: 'For `openai`; `{agent_name}`, `{sender_name}`, `{group_name}` and `{date}` are filled in',
    }),
  ),
  response_timeout: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMITS.agentTimeoutSecondsAtMost,
      description: `Seconds; ${LIMITS.agentTimeoutSeconds} by default`,
    }),
  ),
  stream: Type.Optional(Type.Boolean({ description: 'Whether it is asked to answer bit by bit' })),
  auto_join_groups: Type.Optional({
    ...ids(GroupId, LIMITS.groupsPerEmployee),
    description: 'Becomes a member of those that are new in the list, where whoever lists them may add members',
  }),
  qps_limit: Type.Optional(
    Type.Number({
      minimum: 0.1,
      maximum: LIMITS.agentCallsPerSecondAtMost,
      description: `Calls a second; ${LIMITS.agentCallsPerSecond} by default`,
    }),
  ),
  daily_call_limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LIMITS.agentDailyCallsAtMost, description: 'Calls a day (UTC)' }),
  ),
  max_concurrency: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMITS.agentConcurrencyAtMost,
      description: `Calls at a time; ${LIMITS.agentConcurrency} by default`,
    }),
  ),
  handoff_to: Type.Optional(
    Type.Array(EmployeeId, {
      maxItems: LIMITS.agentHandoffs,
      uniqueItems: true,
      description: 'Who takes over, in this order',
    }),
  ),
  allowed_users: Type.Optional(ids(EmployeeId, LIMITS.agentAllowed)),
  allowed_departments: Type.Optional(ids(DepartmentId, LIMITS.agentAllowed)),
  allowed_groups: Type.Optional(ids(GroupId, LIMITS.agentAllowed)),
  group_policy: Type.Optional(AgentGroupPolicy),
  group_policies: Type.Optional(
    Type.Array(Type.Object({ group_id: GroupId, policy: AgentGroupPolicy }), {
      maxItems: LIMITS.agentAllowed,
      description: 'Groups with a policy of their own',
    }),
  ),
  context: Type.Optional(
    Type.Union([Type.Literal('none'), Type.Literal('quoted'), Type.Literal('provided')], {
      description:
        'How much of `context_messages` it is given: nothing, the message that is quoted, or everything (default)',
    }),
  ),
})
export type AgentProfile = Static<typeof AgentProfile>

/** What only `agent.manage` sees and sets: where the agent is reached and what it is told may hold a secret. */
export const PRIVATE_PROFILE_FIELDS: readonly string[] = ['webhook_endpoint', 'system_prompt']
