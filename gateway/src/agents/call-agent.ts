import type { AgentConnector, AgentReply, AgentRequest } from '@mchat/schema'
import type { Clock } from '../platform/clock.ts'
import type { CallBody } from './call-body.ts'
import type { AgentConnectorDriver } from './connectors/connector.ts'
import type { LateAnswers } from './late-answers.ts'
import type { Ask } from './run.ts'

export interface CallAgentParts {
  readonly callBody: CallBody
  readonly connectors: Readonly<Record<AgentConnector, AgentConnectorDriver>>
  readonly lateAnswers: LateAnswers
  readonly clock: Clock
}

/**
 * Calls an agent once and waits for its whole answer, however it comes. `signal` ends that; `timeoutMs` is what the agent is
 * told of it.
 * @throws AgentCallError, or the reason of the signal
 */
export const createCallAgent = ({ callBody, clock, connectors, lateAnswers }: CallAgentParts) => {
  return async (
    ask: Ask,
    timeoutMs: number,
    onDelta: (text: string) => void,
    signal: AbortSignal,
    onRequest?: (request: AgentRequest) => void,
  ): Promise<AgentReply> => {
    const late = lateAnswers.expect({ runId: ask.runId, agentId: ask.agentId, onDelta, signal })
    try {
      const call = await callBody(ask, new Date(clock.now() + timeoutMs))
      const connector = connectors[ask.agent.profile.connector ?? 'webhook']
      const answer = await connector.call(ask.agent, call, onDelta, signal, onRequest)
      signal.throwIfAborted()
      return answer.kind === 'later' ? await late.answer : answer.reply
    } finally {
      late.forget()
    }
  }
}
export type CallAgent = ReturnType<typeof createCallAgent>
