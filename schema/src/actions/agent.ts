import Type from 'typebox'
import { defineAction } from '../action.ts'
import { AgentProfile } from '../agent-profile.ts'
import { AgentRunInfo, Day, RunCounts, RunCountsOfDay, RunFailure, RunId, RunState } from '../agent-run.ts'
import { Content } from '../content.ts'
import { Cursor, Limit, NextCursor, Timestamp } from '../entities.ts'
import { EmployeeId, GroupId } from '../id-fields.ts'
import { SECRET_PATTERN } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { AgentReply, AgentRequest } from '../webhook.ts'

const PublicProfile = Type.Object({
  employee_id: EmployeeId,
  name: Type.String(),
  model_type: Type.Union([Type.String(), Type.Null()]),
  capabilities: Type.Array(Type.String()),
  skills_badge: Type.Array(Type.String()),
  trigger_keywords: AgentProfile.properties.trigger_keywords,
})

export const agentActions = {
  'agent.capability_list': defineAction({
    summary: 'The active AI agents, or those with one skill.',
    input: Type.Object({ skill: Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.nameChars })) }),
    output: Type.Object({
      skill: Type.Union([Type.String(), Type.Null()]),
      agent_ids: Type.Array(EmployeeId),
      agent_profiles: Type.Array(PublicProfile),
    }),
    rule: 'everyone',
    kind: 'read',
    errors: [],
  }),
  'agent.set_secret': defineAction({
    summary:
      'Gives an agent the secret that its webhook is signed with, or the key that its `openai` endpoint is asked with. It is shown once, if it was made here.',
    input: Type.Object({
      employee_id: EmployeeId,
      kind: Type.Union([Type.Literal('webhook'), Type.Literal('api_key')]),
      secret: Type.Optional(
        Type.String({
          minLength: LIMITS.agentSecretCharsAtLeast,
          maxLength: LIMITS.agentSecretChars,
          pattern: SECRET_PATTERN,
          description: 'Required for an `api_key`; absent: a new one is made, `whsec_` and 32 bytes in base64',
        }),
      ),
      overlap_minutes: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: LIMITS.overlapMinutes,
          description: 'How long webhooks are signed with the former secret, too; 0 by default',
        }),
      ),
    }),
    output: Type.Object({
      employee_id: EmployeeId,
      secret: Type.Optional(Type.String({ description: 'Only when it was made here' })),
      former_ends_at: Type.Union([Timestamp, Type.Null()]),
    }),
    rule: 'agent_manage',
    kind: 'change',
    errors: ['employee_not_found', 'not_agent'],
    audited: ['employee_id', 'kind', 'overlap_minutes'],
    target: 'employee_id',
    secrets: ['secret'],
  }),
  'agent.cancel': defineAction({
    summary:
      'Stops a call of an agent, for whoever asked, the admins of the group, and `agent.manage`; a test for whoever makes it.',
    input: Type.Object({ run_id: RunId }),
    output: Type.Object({ run_id: RunId, state: RunState }),
    rule: 'everyone',
    kind: 'read',
    errors: ['run_not_found', 'run_over'],
  }),
  'agent.resume': defineAction({
    summary: 'Lets an agent answer again in a conversation that it has handed over to a person.',
    input: Type.Object({
      employee_id: EmployeeId,
      group_id: Type.Optional(GroupId),
      peer_employee_id: Type.Optional({ ...EmployeeId, description: 'For `agent.manage`; oneself otherwise' }),
    }),
    output: Type.Object({ employee_id: EmployeeId, was_silent: Type.Boolean() }),
    rule: 'agent_resume',
    kind: 'change',
    errors: ['employee_not_found', 'not_agent'],
    audited: ['employee_id', 'group_id', 'peer_employee_id'],
    target: 'employee_id',
  }),
  'agent.runs': defineAction({
    summary: 'The calls of an agent, newest first: when, for whom and how they ended; nothing of what was said.',
    input: Type.Object({
      employee_id: EmployeeId,
      state: Type.Optional(RunState),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(Limit),
    }),
    output: Type.Object({ runs: Type.Array(AgentRunInfo), next_cursor: NextCursor }),
    rule: 'agent_manage',
    kind: 'read',
    heavy: true,
    errors: ['employee_not_found', 'not_agent'],
  }),
  'agent.stats': defineAction({
    summary: `How often an agent was called, with what end and how fast, by day; the last 7 days unless \`from\` and \`to\` say others. Both are included, at most ${LIMITS.agentRunDays} days.`,
    input: Type.Object({ employee_id: EmployeeId, from: Type.Optional(Day), to: Type.Optional(Day) }),
    output: Type.Object({
      employee_id: EmployeeId,
      enabled: Type.Boolean({ description: 'false after `agent.disable`' }),
      from: Day,
      to: Day,
      days: Type.Array(RunCountsOfDay, { description: 'Days with a call' }),
      total: RunCounts,
      content_filter: Type.Object(
        {
          active: Type.Boolean({ description: 'Whether what agents say is held against a list of words' }),
          people: Type.Boolean({ description: 'Whether what people say is, too' }),
        },
        { description: 'Of the deployment' },
      ),
    }),
    rule: 'agent_manage',
    kind: 'read',
    heavy: true,
    errors: ['employee_not_found', 'not_agent'],
  }),
  'agent.test': defineAction({
    summary:
      'Calls an agent once with a sample message, outside any conversation: nothing is published or counted. Answers when the agent has, within its `response_timeout`.',
    input: Type.Object({
      employee_id: EmployeeId,
      content: Type.Optional(Content),
      live: Type.Optional(
        Type.Boolean({
          description:
            'Whether this device, and nobody else, is told meanwhile: `agent_test` events on its own response topics. With the run_id in them `agent.cancel` stops the test',
        }),
      ),
    }),
    output: Type.Object({
      ok: Type.Boolean(),
      reason: Type.Optional(RunFailure),
      detail: Type.Optional(Type.String({ description: 'What went wrong, in a sentence for the operator' })),
      request: Type.Optional(AgentRequest),
      status: Type.Optional(Type.Integer({ description: 'The HTTP status of its endpoint, where that was an error' })),
      ms: Type.Integer({ description: 'Until the whole answer was there, or it was given up' }),
      first_answer_ms: Type.Optional(Type.Integer({ description: 'Until it began to answer' })),
      messages: Type.Optional(
        Type.Array(Content, {
          description: 'What it would have said, without what is beyond the first 1,000 characters',
        }),
      ),
      usage: Type.Optional(
        Type.Object({ input_tokens: Type.Optional(Type.Integer()), output_tokens: Type.Optional(Type.Integer()) }),
      ),
    }),
    rule: 'agent_manage',
    kind: 'read',
    heavy: true,
    waits: true,
    opaque: ['content'],
    errors: ['employee_not_found', 'not_agent'],
  }),
  'agent.disable': defineAction({
    summary:
      'Pauses an agent everywhere: it is not called and not listed until `agent.enable`. What is under way ends, and its sessions go on.',
    input: Type.Object({ employee_id: EmployeeId }),
    output: Type.Object({ employee_id: EmployeeId, enabled: Type.Boolean() }),
    rule: 'agent_manage',
    kind: 'change',
    errors: ['employee_not_found', 'not_agent'],
    audited: ['employee_id'],
    target: 'employee_id',
  }),
  'agent.enable': defineAction({
    summary: 'Ends the pause of an agent.',
    input: Type.Object({ employee_id: EmployeeId }),
    output: Type.Object({ employee_id: EmployeeId, enabled: Type.Boolean() }),
    rule: 'agent_manage',
    kind: 'change',
    errors: ['employee_not_found', 'not_agent'],
    audited: ['employee_id'],
    target: 'employee_id',
  }),
  'agent.reply': defineAction({
    summary:
      'Answers a call, of the agent that was called. What is sent again after its answer was lost is `run_over`.',
    input: Type.Object({ run_id: RunId, ...AgentReply.properties }),
    output: Type.Object({ run_id: RunId }),
    rule: 'everyone',
    kind: 'relay',
    errors: ['run_not_found', 'run_over'],
    opaque: ['content', 'messages'],
  }),
  'agent.delta': defineAction({
    summary:
      'Shows a piece of an answer that is being written; `agent.reply` has the whole. It may be lost, and there is no answer.',
    input: Type.Object({
      run_id: RunId,
      delta: Type.String({ minLength: 1, maxLength: LIMITS.contentBytes }),
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: LIMITS.contentBytes,
          description:
            'Characters (UTF-16) of the answer before it: with several gateways pieces may overtake each other',
        }),
      ),
    }),
    output: Type.Object({}),
    rule: 'everyone',
    kind: 'relay',
    errors: ['run_not_found', 'run_over'],
    answered: false,
  }),
  'agent.status': defineAction({
    summary: 'Says that there will be no answer to a call, of the agent that was called.',
    input: Type.Object({
      run_id: RunId,
      state: Type.Literal('failed'),
      reason: Type.Optional(
        Type.String({
          maxLength: LIMITS.agentReasonChars,
          description: 'For the log of the gateway; nothing of what was said',
        }),
      ),
    }),
    output: Type.Object({ run_id: RunId }),
    rule: 'everyone',
    kind: 'relay',
    errors: ['run_not_found', 'run_over'],
  }),
}
