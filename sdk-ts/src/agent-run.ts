import type { Content } from './generated/types.ts'

/** A message for an agent, which is a client itself (`connector: 'mqtt'`): it is called. */
export interface AgentRun {
  readonly type: 'agent_run'
  readonly run_id: string
  readonly agent: { readonly employee_id: string; readonly name: string }
  readonly message: {
    readonly msg_id: string
    readonly content: Content
    readonly sent_at: string
    readonly proof: string
    readonly quote_msg_id?: string
    readonly mentions?: readonly string[]
  }
  /** Who wrote it: a person, or an agent that passes its answer on. */
  readonly sender: {
    readonly employee_id: string
    readonly name: string
    readonly is_ai_agent: boolean
    readonly department: { readonly department_id: string; readonly name: string } | null
    readonly manager_id: string | null
    readonly roles: readonly string[]
  }
  readonly conversation: {
    readonly type: 'private' | 'group'
    readonly group_id?: string
    readonly name?: string
    readonly member_count?: number
  }
  /** What the sender gave along, each with whether this deployment relayed exactly that. */
  readonly context_messages: readonly { readonly verified: boolean; readonly [field: string]: unknown }[]
  /** How many agents have answered before, since a person asked. */
  readonly hops: number
  /** When the run is over, answered or not. */
  readonly deadline: string
}

/** What an agent answers. */
export interface AgentReply {
  readonly content?: Content
  readonly mentions?: readonly string[]
  readonly messages?: readonly { readonly content: Content; readonly mentions?: readonly string[] }[]
  /** The agent that is to go on with this answer. */
  readonly next_agent?: string
  /** A person is to take over. */
  readonly handoff?: { readonly to?: string; readonly reason?: string }
  /** There is nothing to say. */
  readonly silent?: boolean
  readonly usage?: { readonly input_tokens?: number; readonly output_tokens?: number }
}
