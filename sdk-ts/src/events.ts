import type { AgentText } from './agent-texts.ts'
import type { MChatClientError } from './errors.ts'
import type {
  AgentDelta,
  AgentRun,
  AgentStatus,
  AgentTest,
  AuthBindOutput,
  CapabilityChanged,
  ChallengeCode,
  Changes,
  Edit,
  Message,
  OrgTreeChanged,
  ProfileEvent,
  Reaction,
  ReadAck,
  Recall,
  Status,
  SyncEvent,
  SyncRelay,
  SyncSent,
  SystemMessage,
  SystemNotify,
  Typing,
} from './generated/types.ts'

/** Connected and bound: requests flow, groups are known. */
export interface SessionConnected extends AuthBindOutput {
  readonly state: 'connected'
  /** The broker still had the session: what arrived meanwhile is delivered now. */
  readonly resumed: boolean
}

/** The connection is lost; the client is trying to come back, unless it was closed. */
export interface SessionDisconnected {
  readonly state: 'disconnected'
  readonly cause: Error | undefined
}

/**
 * Something was probably missed. MChat keeps no messages, so nothing can be fetched again from it: ask the own other
 * devices (`sync.relay`), or show people that there is a hole.
 */
export interface SessionGap {
  readonly state: 'gap'
  /**
   * `session_lost`: the broker had dropped this device's session, and with it what was queued.
   * `counter`: the counter `n` of a sender skipped (contract 3.1, 4).
   */
  readonly reason: 'session_lost' | 'counter'
  /** For `counter`: who wrote, in which group (undefined: private), and how many messages are missing. */
  readonly from_employee_id?: string
  readonly group_id?: string
  readonly missed?: number
}

/**
 * `late`: there is a connection, and yet a request was not answered for `attemptMs`, nor anything else since it was sent: the
 * gateways are away, or have too much to do. It is repeated meanwhile. Told again, with false, at the next answer and when
 * the connection is lost.
 */
export interface AnswersEvent {
  readonly late: boolean
}

export type SessionEvent = SessionConnected | SessionDisconnected | SessionGap

/** What an employee is; `employee_id` is from the topic. */
export interface StatusEvent extends Status {
  readonly employee_id: string
}

/** What the client tells, by name. Payloads are as they were delivered (contract section 4.1), snake_case and all. */
export interface ClientEvents {
  /** A private or group message, or an agent's reply. In groups one's own messages come back here too. */
  message: Message
  /** How a call of an agent goes on; ends other than `done` arrive for certain, the rest may be lost. */
  agent_status: AgentStatus
  /** A piece of what an agent is writing; may be lost. `agent_text` has them put together. */
  agent_delta: AgentDelta
  /** What an agent has written so far; in the end, for certain, the whole. */
  agent_text: AgentText
  /** How an `agent.test` with `live` goes on; may be lost, and the response has it all. */
  agent_test: AgentTest
  /** For a client that is an agent itself: it is called. See `serveAgent`. */
  agent_run: AgentRun
  /** News about groups, e.g. `member_added`. */
  system: SystemMessage
  read_ack: ReadAck
  recall: Recall
  edit: Edit
  reaction: Reaction
  /** Somebody is writing; never stored, may be lost. */
  typing: Typing
  /** From one's own other devices: copies of what they sent (`sent`), their read marks and the like (`event`), and
   *  what they relay (`relay`). What this device itself caused is left out. */
  sync: SyncSent | SyncEvent | SyncRelay
  /** Presence of this employee and of those watched with `watchStatus`. */
  status: StatusEvent
  /** With `watchProfiles`. */
  profile: ProfileEvent
  /** An announcement, to everybody or to some. */
  notify: SystemNotify
  /** `org.tree` would answer differently now. */
  org: OrgTreeChanged
  /** With `watchCapabilities`. */
  capability: CapabilityChanged
  /** With `watchChanges`: what has changed of what this employee administers. May be lost. */
  changes: Changes
  /** Another device of this employee asks for a code to confirm what it wants to do: show it with what it is for. */
  challenge: ChallengeCode
  session: SessionEvent
  answers: AnswersEvent
  /** Failures that belong to no call: a handler that threw, a refused subscription, a malformed payload. */
  error: MChatClientError
}

export type EventName = keyof ClientEvents
