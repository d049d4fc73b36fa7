import { type AgentReply, LIMITS } from '@mchat/schema'
import type { Changes } from '../changes/changes.ts'
import type { Clock } from '../platform/clock.ts'
import { messagesOf } from './answer.ts'
import type { CallAgent } from './call-agent.ts'
import { AgentCallError } from './connectors/connector.ts'
import type { ContentFilter } from './content-filter.ts'
import { type Ask, type AskedMessage, type Run, RunStopped } from './run.ts'
import { createStreamedText, shownBy } from './streamed-text.ts'
import type { AgentVoice } from './voice.ts'

export interface PerformParts {
  readonly callAgent: CallAgent
  readonly filter: ContentFilter
  readonly voice: AgentVoice
  /** Hears when an answer begins to come. */
  readonly onRun: Changes['run']
  readonly clock: Clock
}

/** What came of a call that was answered. */
export interface Performed {
  readonly reply: AgentReply
  readonly said: readonly AskedMessage[]
}

export const timeoutMsOf = ({ agent }: Pick<Ask, 'agent'>): number =>
  (agent.profile.response_timeout ?? LIMITS.agentTimeoutSeconds) * 1000

/**
 * Calls the agent and says what it answers. One timer from here until the answer is whole, however it comes.
 * @param mayAnswer asked when the answer is whole: rejects when it is not to be said
 * @throws AgentCallError, RunStopped, NotAMember
 */
export const createPerform = (parts: PerformParts) => {
  const { callAgent, clock, filter, onRun, voice } = parts

  const answerOf = async (run: Run): Promise<AgentReply> => {
    const { ask, stop } = run
    const stream = createStreamedText(voice, ask, shownBy(filter))
    const onDelta = (text: string): void => {
      if (stop.signal.aborted) return
      if (run.state !== 'streaming') {
        run.state = 'streaming'
        run.firstAnswerAt = clock.date()
        voice.status(ask, 'streaming').catch(() => undefined)
        onRun({ run_id: ask.runId, agent_id: ask.agentId, state: 'streaming' })
      }
      stream.add(text)
    }
    try {
      return await callAgent(ask, timeoutMsOf(ask), onDelta, stop.signal)
    } finally {
      stream.close()
    }
  }

  const say = async ({ ask, stop }: Run, reply: AgentReply): Promise<AskedMessage[]> => {
    const said: AskedMessage[] = []
    for (const [i, { content, mentions = [] }] of messagesOf(reply).entries()) {
      stop.signal.throwIfAborted()
      const filtered = filter.apply(content)
      if (filtered.verdict === 'blocked') throw new AgentCallError('blocked', 'The content filter holds it back.')
      said.push(await voice.say(ask, i, filtered.content, mentions))
    }
    return said
  }

  return async (run: Run, mayAnswer: () => Promise<void>): Promise<Performed> => {
    const timer = setTimeout(() => run.stop.abort(new RunStopped('timeout')), timeoutMsOf(run.ask))
    try {
      const reply = await answerOf(run)
      run.firstAnswerAt ??= clock.date()
      run.usage = { inputTokens: reply.usage?.input_tokens, outputTokens: reply.usage?.output_tokens }
      await mayAnswer()
      return { reply, said: await say(run, reply) }
    } finally {
      clearTimeout(timer)
    }
  }
}
export type Perform = ReturnType<typeof createPerform>
