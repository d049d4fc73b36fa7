import { AgentQuestion, type SentQuestion } from './agent-question.ts'
import { type AgentText, AgentTexts, textOf } from './agent-texts.ts'
import type { Conversations, SendInput } from './conversations.ts'
import type { Emitter } from './emitter.ts'
import {
  AbortedError,
  type CallSite,
  HandlerError,
  type MChatClientError,
  RequestTimeoutError,
  withCallSite,
} from './errors.ts'
import type { AgentDelta, AgentStatus, Message } from './generated/types.ts'
import type { Timing } from './options.ts'
import type { RequestOptions, Requests } from './requests.ts'

export interface AskOptions extends RequestOptions {
  /** Milliseconds from the call until the last agent has answered; default 130,000. */
  readonly timeoutMs?: number
  /** Gives up with `AbortedError`, and stops the agents (`agent.cancel`). */
  readonly signal?: AbortSignal
  /**
   * What an agent has written so far, from the beginning, whenever there is more of it. Where a piece was lost nothing
   * comes until it is whole. Several agents, and several messages of one, are told apart by `msg_id`.
   */
  readonly onText?: (text: AgentText) => void
}

/** What agents have answered to one message. */
export interface AgentAnswer {
  /** The answer to the request: the `msg_id` of the message, and the `agents` it was for. */
  readonly sent: SentQuestion
  /** Agent by agent. Empty where they had nothing to say. */
  readonly messages: readonly Message[]
  /** What of them is text, each on a line of its own. */
  readonly text: string
}

export interface AgentAnswersContext {
  readonly timing: Timing
  readonly emitter: Emitter
  readonly requests: Requests
  readonly conversations: Conversations
  readonly cancel: (runId: string) => Promise<unknown>
}

/** What agents say: told as events, and to whoever has asked. */
export class AgentAnswers {
  readonly #context: AgentAnswersContext
  readonly #texts = new AgentTexts()
  readonly #questions = new Set<AgentQuestion>()

  constructor(context: AgentAnswersContext) {
    this.#context = context
  }

  onStatus(status: AgentStatus): void {
    this.#context.emitter.emit('agent_status', status)
    for (const question of [...this.#questions]) question.onStatus(status)
  }

  onDelta(delta: AgentDelta): void {
    this.#context.emitter.emit('agent_delta', delta)
    this.#onText(this.#texts.add(delta))
  }

  /** Before the message itself is told. */
  onMessage(message: Message): void {
    if (message.type !== 'agent') return
    this.#onText(this.#texts.whole(message))
    for (const question of [...this.#questions]) question.onMessage(message)
  }

  /** Sends, and waits for the runs that the answer names. Throws as `MChatClient.ask`. */
  async ask(input: SendInput, options: AskOptions, site: CallSite): Promise<AgentAnswer> {
    const { conversations, requests, timing } = this.#context
    const { onText, signal, timeoutMs = timing.askMs, ...rest } = options
    const action = 'group_id' in input ? 'msg.send_group' : 'msg.send_private'
    const request = requests.prepare(action, { ...rest, timeoutMs }, site)
    const question = new AgentQuestion(timing.quietMs, onText === undefined ? undefined : this.#guarded(onText))
    const aborted = (): void => {
      const error = new AbortedError(signal?.reason)
      question.fail(error)
      // On its way it may be carried out: what it has called is stopped when it is known.
      if (request.sent) request.outcome.then(() => this.#cancel(question)).catch(() => undefined)
      else request.fail(error)
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    this.#questions.add(question)
    try {
      const outcome = request.outcome.then((output) => {
        const sent = output as SentQuestion
        question.sent(sent)
        return sent
      })
      if (signal?.aborted === true) aborted()
      else signal?.addEventListener('abort', aborted, { once: true })
      conversations.send(request, { ...input, agent_wait: false })
      await Promise.race([outcome, question.answered])
      timer = setTimeout(() => question.fail(new RequestTimeoutError(request, timeoutMs)), request.remainingMs)
      const messages = await question.answered
      return {
        sent: await outcome,
        messages,
        text: messages.flatMap(({ content }) => textOf(content) ?? []).join('\n'),
      }
    } catch (error) {
      throw error instanceof Error ? withCallSite(error, site) : error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
      this.#questions.delete(question)
    }
  }

  /** Fails whoever waits, at once. */
  close(error: () => MChatClientError): void {
    for (const question of [...this.#questions]) question.fail(error())
  }

  #cancel(question: AgentQuestion): void {
    // One that is over by now has nothing left to be stopped.
    for (const runId of question.underWay) this.#context.cancel(runId).catch(() => undefined)
  }

  #guarded(onText: (text: AgentText) => void): (text: AgentText) => void {
    return (text) => {
      try {
        onText(text)
      } catch (error) {
        this.#context.emitter.emit('error', new HandlerError('agent_text', error))
      }
    }
  }

  #onText(text: AgentText | undefined): void {
    if (text === undefined) return
    this.#context.emitter.emit('agent_text', text)
    for (const question of [...this.#questions]) question.onText(text)
  }
}
