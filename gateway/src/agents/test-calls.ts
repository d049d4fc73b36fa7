import { type AgentRequest, type AgentTest, type Content, LIMITS, type OutputOf, textOf } from '@mchat/schema'
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
import { createStreamedText, shownBy } from './streamed-text.ts'
import { newTestRunId } from './test-run-ids.ts'

/** What somebody wants to try on an agent. */
export interface WantedTest {
  readonly agent: AgentEntry
  readonly askerId: string
  readonly content: Content
  readonly clientId: string
  readonly seqId: string
  /** Whether the device that asks is told how it goes on. */
  readonly isLive: boolean
}

export type TestResult = OutputOf<'agent.test'>

/** Calls of agents that nobody hears of: no run, no message, and no failure that the circuit breaker would count. */
export interface TestCalls {
  /** Takes no longer than the agent's `response_timeout`. Rejects only for what is wrong here. */
  call(wanted: WantedTest): Promise<TestResult>
  /** @returns whether it is one of theirs that is under way here */
  cancel(runId: string, askerId: string): boolean
  /** Gives up those that are under way. */
  stop(): void
}

export interface TestCallsParts {
  readonly callAgent: CallAgent
  readonly capacity: Pick<Capacity, 'pace'>
  readonly filter: Pick<ContentFilter, 'apply' | 'applyToBeginning'>
  readonly messageIds: MessageIds
  /** The name of this gateway. */
  readonly instance: string
  /** An agent has answered a test as it should. */
  readonly onWorks: (agent: AgentEntry) => void
  /** Tells one device, and nobody else. */
  readonly tell: (clientId: string, event: AgentTest) => void
  readonly clock: Clock
}

const SHOWN_CHARS = 1000

export const createTestCalls = (parts: TestCallsParts): TestCalls => {
  const { callAgent, capacity, clock, filter, instance, messageIds, onWorks, tell } = parts
  const underWay = new Map<string, { readonly askerId: string; readonly stop: AbortController }>()

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
      const { askerId, clientId, isLive, seqId } = wanted
      const ask = askOf(wanted)
      const { runId } = ask
      const timeoutMs = timeoutMsOf(ask)
      const startedAt = clock.monotonic()
      const ms = (): number => Math.round(clock.monotonic() - startedAt)
      const stop = new AbortController()
      underWay.set(runId, { askerId, stop })
      let isCalled = false
      let firstAnswerMs: number | undefined
      let request: AgentRequest | undefined
      const asSent = (): Pick<TestResult, 'request'> => (request === undefined ? {} : { request })
      const about = { type: 'agent_test', seq_id: seqId, run_id: runId } as const
      const progress = (news: Pick<AgentTest, 'request' | 'offset' | 'delta'>): void => {
        if (isLive) tell(clientId, { ...about, ...news, sent_at: clock.timestamp() })
      }
      const stream = createStreamedText(
        { delta: (_place, offset, delta) => progress({ offset, delta }) },
        ask,
        shownBy(filter),
      )
      const timer = setTimeout(() => stop.abort(new RunStopped(isCalled ? 'timeout' : 'rate_limited')), timeoutMs)
      try {
        await capacity.pace(ask.agent, stop.signal)
        isCalled = true
        const onDelta = (text: string): void => {
          firstAnswerMs ??= ms()
          stream.add(text)
        }
        const onRequest = (sent: AgentRequest): void => {
          request = { ...sent, body: sent.body.slice(0, LIMITS.agentRequestChars) }
          progress({ request })
        }
        const reply = await callAgent(ask, Math.max(1, timeoutMs - ms()), onDelta, stop.signal, onRequest)
        const messages = messagesOf(reply).map(({ content }) => shown(content))
        const { usage } = reply
        const wholeMs = ms()
        onWorks(ask.agent)
        return {
          ok: true,
          ms: wholeMs,
          first_answer_ms: firstAnswerMs ?? wholeMs,
          messages,
          ...asSent(),
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
          ...asSent(),
          ms: ms(),
          ...(firstAnswerMs === undefined ? {} : { first_answer_ms: firstAnswerMs }),
        }
      } finally {
        clearTimeout(timer)
        stream.close()
        underWay.delete(runId)
      }
    },
    cancel(runId, askerId) {
      const test = underWay.get(runId)
      if (test?.askerId !== askerId) return false
      test.stop.abort(new RunStopped('cancelled'))
      return true
    },
    stop() {
      for (const { stop } of underWay.values()) stop.abort(new RunStopped('gateway_lost'))
    },
  }
}

const shortened = (content: Content): Content => {
  const json = typeof content === 'string' ? content : JSON.stringify(content)
  if (json.length <= SHOWN_CHARS) return content
  const characters = [...(textOf(content) ?? json)]
  return characters.length <= SHOWN_CHARS ? characters.join('') : `${characters.slice(0, SHOWN_CHARS).join('')}…`
}
