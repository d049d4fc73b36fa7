import type { CalledAgents, Content, EndState, RunFailure, RunState } from '@mchat/schema'
import type { AgentEntry } from '../db/directory.ts'

/** Who answers whom, and where: all that has to be known to say something of a run. */
export interface RunPlace {
  readonly runId: string
  readonly agentId: string
  /** The person on whose behalf the agent is called, who may stop it. */
  readonly askerId: string
  /** undefined: the private conversation of asker and agent. */
  readonly groupId: string | undefined
  /** Its key (delivery/message-ids.ts). */
  readonly conversation: string
  /** The msg_id of what the agent was called for; undefined: it speaks by itself, and there is no run. */
  readonly inReplyTo: string | undefined
}

/** What an agent is called with: a message that was relayed, or the answer of another agent. */
export interface Ask extends RunPlace {
  readonly agent: AgentEntry
  /** Who wrote the message: the asker, or the agent that passes its answer on. */
  readonly senderId: string
  readonly message: AskedMessage
  readonly contextMessages: readonly unknown[]
  /** What all runs that one message leads to have in common: its msg_id. */
  readonly root: string
  /** Agents that have answered before, since a person asked. */
  readonly hops: number
  readonly isAllowed: boolean
}

export interface AskedMessage {
  readonly msgId: string
  readonly content: Content
  readonly sentAt: string
  readonly proof: string
  readonly quoteMsgId: string | undefined
  readonly mentions: readonly string[]
}

/** How a run ended. */
export interface RunEnd {
  readonly state: EndState
  readonly reason: RunFailure | undefined
  readonly msgIds: readonly string[]
}

/** Why a run is stopped before it is done: the reason that its signal is aborted with. */
export class RunStopped extends Error {
  readonly failure: RunFailure
  constructor(failure: RunFailure) {
    super(`the run was stopped: ${failure}`)
    this.name = 'RunStopped'
    this.failure = failure
  }
}

/** One call of an agent, from the message until what became of it. */
export class Run {
  ask: Ask
  readonly createdAt: Date
  /** Of the gateway's lease when it was begun (still-ours.ts). */
  readonly term: number
  readonly ended: Promise<RunEnd>
  readonly stop = new AbortController()
  state: RunState = 'queued'
  /** Why it has not been called yet. */
  waitsFor: RunFailure = 'busy'
  startedAt: Date | undefined
  firstAnswerAt: Date | undefined
  usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined } | undefined
  readonly #ended = Promise.withResolvers<RunEnd>()

  constructor(ask: Ask, createdAt: Date, term: number) {
    this.ask = ask
    this.createdAt = createdAt
    this.term = term
    this.ended = this.#ended.promise
  }

  end(end: RunEnd): void {
    this.state = end.state
    this.#ended.resolve(end)
  }

  /** Runs of one agent in one conversation come one after the other. */
  get lane(): string {
    return `${this.ask.agent.employeeId}|${this.ask.conversation}`
  }
}

/** What the answer to a message tells of a run. */
export const calledAgent = (run: Run, end?: RunEnd): CalledAgents[number] => ({
  employee_id: run.ask.agent.employeeId,
  run_id: run.ask.runId,
  state: end?.state ?? run.state,
  ...(end?.reason === undefined ? {} : { reason: end.reason }),
  ...(end === undefined || end.msgIds.length === 0 ? {} : { msg_ids: [...end.msgIds] }),
})

/** What keeps an agent from answering, in one word. */
export const stateOf = (failure: RunFailure): EndState =>
  failure === 'timeout' ? 'timed_out' : failure === 'cancelled' ? 'cancelled' : 'failed'
