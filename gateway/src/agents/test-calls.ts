import { type Content, type OutputOf, textOf } from '@mchat/schema'
import type { AgentEntry } from '../db/directory.ts'
import { type MessageIds, privateConversation } from '../delivery/message-ids.ts'
import type { Clock } from '../platform/clock.ts'
import { messagesOf } from './answer.ts'
import type { CallAgent } from './call-agent.ts'
import type { Capacity } from './capacity.ts'
import { AgentCallError } from './connectors/connector.ts'
import type { ContentFilter } from './content-filter.ts'
import { timeoutMsOf } from './perform.ts'
import { type Ask, RunStopped } from './run.ts'
import { detailOf, failureOf } from './run-failures.ts'
import { newTestRunId } from './test-run-ids.ts'

/** What somebody wants to try on an agent. */
export interface WantedTest {
  readonly agent: AgentEntry
  readonly askerId: string
  readonly content: Content
  readonly clientId: string
  readonly seqId: string
}

export type TestResult = OutputOf<'agent.test'>

/** Calls of agents that nobody hears of: no run, no message, and no failure that the circuit breaker would count. */
export interface TestCalls {
  /** Takes no longer than the agent's `response_timeout`. Rejects only for what is wrong here. */
  call(wanted: WantedTest): Promise<TestResult>
  /** Gives up those that are under way. */
  stop(): void
}

export interface TestCallsParts {
  readonly callAgent: CallAgent
  readonly capacity: Pick<Capacity, 'pace'>
  readonly filter: Pick<ContentFilter, 'apply'>
  readonly messageIds: MessageIds
  /** The name of this gateway. */
  readonly instance: string
  /** An agent has answered a test as it should. */
  readonly onWorks: (agent: AgentEntry) => void
  readonly clock: Clock
}

const SHOWN_CHARS = 1000

export const createTestCalls = (parts: TestCallsParts): TestCalls => {
  const { callAgent, capacity, clock, filter, instance, messageIds, onWorks } = parts
  const underWay = new Set<AbortController>()

  /** As of a private message, with ids that no message has. */
  const askOf = ({ agent, askerId, clientId, content, seqId }: WantedTest): Ask => {
    const conversation = privateConversation(askerId, agent.employeeId)
    const msgId = messageIds.messageId(clientId, `test|${seqId}`, askerId, conversation)
    const sentAt = clock.timestamp()
    const proof = messageIds.proof({ msgId, senderId: askerId, conversation, sentAt, content })
    return {
      runId: newTestRunId(instance),
      agentId: agent.employeeId,
      agent,
      askerId,
      senderId: askerId,
      groupId: undefined,
      conversation,
      inReplyTo: msgId,
      message: { msgId, content, sentAt, proof, quoteMsgId: undefined, mentions: [] },
      contextMessages: [],
      root: msgId,
      hops: 0,
      isAllowed: true,
    }
  }

  const shown = (content: Content): Content => {
    const filtered = filter.apply(content)
    if (filtered.verdict === 'blocked') throw new AgentCallError('blocked', 'The content filter holds it back.')
    return shortened(filtered.content)
  }

  return {
    async call(wanted) {
      const ask = askOf(wanted)
      const timeoutMs = timeoutMsOf(ask)
      const startedAt = clock.monotonic()
      const ms = (): number => Math.round(clock.monotonic() - startedAt)
      const stop = new AbortController()
      underWay.add(stop)
      let isCalled = false
      let firstAnswerMs: number | undefined
      const timer = setTimeout(() => stop.abort(new RunStopped(isCalled ? 'timeout' : 'rate_limited')), timeoutMs)
      try {
        await capacity.pace(ask.agent, stop.signal)
        isCalled = true
        const onDelta = (): void => {
          firstAnswerMs ??= ms()
        }
        const reply = await callAgent(ask, Math.max(1, timeoutMs - ms()), onDelta, stop.signal)
        const messages = messagesOf(reply).map(({ content }) => shown(content))
        const { usage } = reply
        const wholeMs = ms()
        onWorks(ask.agent)
        return {
          ok: true,
          ms: wholeMs,
          first_answer_ms: firstAnswerMs ?? wholeMs,
          messages,
          ...(usage === undefined ? {} : { usage }),
        }
      } catch (error) {
        const reason = failureOf(stop.signal.aborted ? stop.signal.reason : error)
        if (reason === undefined) throw error
        const detail = detailOf(error)
        const status = error instanceof AgentCallError ? error.status : undefined
        return {
          ok: false,
          reason,
          ...(detail === undefined ? {} : { detail }),
          ...(status === undefined ? {} : { status }),
          ms: ms(),
          ...(firstAnswerMs === undefined ? {} : { first_answer_ms: firstAnswerMs }),
        }
      } finally {
        clearTimeout(timer)
        underWay.delete(stop)
      }
    },
    stop() {
      for (const each of underWay) each.abort(new RunStopped('gateway_lost'))
    },
  }
}

const shortened = (content: Content): Content => {
  const json = typeof content === 'string' ? content : JSON.stringify(content)
  if (json.length <= SHOWN_CHARS) return content
  const characters = [...(textOf(content) ?? json)]
  return characters.length <= SHOWN_CHARS ? characters.join('') : `${characters.slice(0, SHOWN_CHARS).join('')}…`
}
