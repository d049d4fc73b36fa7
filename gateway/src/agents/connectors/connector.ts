import type { AgentCall, AgentReply, AgentRequest, RunFailure } from '@mchat/schema'
import type { AgentEntry } from '../../db/directory.ts'

/** How a kind of agent is called: one for each `connector` of a profile. All pass tests/conformance/agent-connector.ts. */
export interface AgentConnectorDriver {
  /**
   * Calls the agent once, with the repetitions that its kind allows. What it says while it is still writing goes to
   * `onDelta`, in order.
   * @param signal aborted when the run is stopped or its time is over: whatever is open is closed at once then
   * @param onRequest shown what is sent, each time that it is; without a secret
   * @returns the whole answer; `later`: it comes another way, within the time of the run
   * @throws AgentCallError, or the reason of the signal
   */
  call(
    agent: AgentEntry,
    call: AgentCall,
    onDelta: (text: string) => void,
    signal: AbortSignal,
    onRequest?: (request: AgentRequest) => void,
  ): Promise<AgentAnswer>
}

export type AgentAnswer = { readonly kind: 'reply'; readonly reply: AgentReply } | { readonly kind: 'later' }

export class AgentCallError extends Error {
  readonly failure: RunFailure
  /** Of the answer, where that was an error of HTTP. */
  readonly status: number | undefined
  /** @param detail for the log and `agent.test`: what happened, without a word of what was said, or a secret */
  constructor(failure: RunFailure, detail: string, options?: ErrorOptions & { readonly status?: number }) {
    super(detail, options)
    this.name = 'AgentCallError'
    this.failure = failure
    this.status = options?.status
  }
}
