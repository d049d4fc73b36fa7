import type { MChatClient } from './client.ts'
import { AbortedError, RequestRejectedError } from './errors.ts'
import { LIMITS } from './generated/contract.ts'
import type { AgentReplyInput, AgentRun, AgentStatus, Content } from './generated/types.ts'

/** What an agent answers. */
export type AgentReply = Omit<AgentReplyInput, 'run_id'>

/** What a handler has of the answer while it makes it. */
export interface RunReply {
  /** Shows people the next piece of the text at once. Pieces that come faster than they can be sent go together. */
  delta(text: string): void
  /** Fires when nobody waits for the answer any more: the run was stopped, or its time is over. */
  readonly signal: AbortSignal
}

/**
 * Makes the answer to one message: a content, or more (`next_agent`, `handoff`, `silent`). Nothing: the text that `delta`
 * was given, and silence where there is none. When it throws, people are told that the agent failed, and not why; whoever
 * runs the gateway finds the kind of the error in its log: its message may quote what was said.
 */
export type RunHandler = (run: AgentRun, reply: RunReply) => Made | Promise<Made>
type Made = Content | AgentReply | undefined

/**
 * Makes the client an agent: the handler is called for every message that is for it, for several at a time. What a handler
 * throws is told as an `error` event of the client.
 * @param client of an employee with `is_ai_agent` and `connector: 'mqtt'` in its profile
 * @returns a function that stops it; what is being answered then is answered
 */
export const serveAgent = (client: MChatClient, handler: RunHandler): (() => void) => {
  const underWay = new Map<string, RunAnswer>()
  const stopRuns = client.on('agent_run', async (run) => {
    // Delivered once more, while the first is being answered.
    if (underWay.has(run.run_id)) return
    const answer = new RunAnswer(client, run)
    underWay.set(run.run_id, answer)
    await answer.make(handler).finally(() => underWay.delete(run.run_id))
  })
  // The agent hears of it in groups; elsewhere it learns it by its next request.
  const stopStatus = client.on('agent_status', ({ run_id, state }) => {
    if (STOPPED.includes(state)) underWay.get(run_id)?.stop()
  })
  return () => {
    stopRuns()
    stopStatus()
  }
}

const STOPPED: readonly AgentStatus['state'][] = ['failed', 'cancelled', 'timed_out']

/** As many pieces in a second as people are shown (contract 7), and no more requests than a client may make. */
const PACE_MS = 100

class RunAnswer implements RunReply {
  readonly #run: AgentRun
  readonly #client: MChatClient
  /** Settles when nothing more is written. */
  #isMade: () => void = () => undefined
  readonly #made = new Promise<void>((resolve) => {
    this.#isMade = resolve
  })
  readonly #over = new AbortController()
  #text = ''
  /** So much of it was shown. */
  #sent = 0
  #isStreaming = true
  #sending: Promise<void> | undefined

  constructor(client: MChatClient, run: AgentRun) {
    this.#run = run
    this.#client = client
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  delta(text: string): void {
    this.#text += text
    this.#sending ??= this.#send()
  }

  stop(): void {
    this.#over.abort(new AbortedError('the run is over'))
  }

  async make(handler: RunHandler): Promise<void> {
    const { message, run_id } = this.#run
    // By the gateway's clock alone: that of this machine may be wrong.
    const timer = setTimeout(() => this.stop(), Date.parse(this.#run.deadline) - Date.parse(message.sent_at))
    try {
      const made = await handler(this.#run, this)
      this.#endStream()
      // A piece must not come after the whole.
      await this.#sending
      if (!this.signal.aborted) await this.#client.agent.reply({ run_id, ...this.#replyOf(made) })
    } catch (error) {
      this.#endStream()
      if (this.signal.aborted || isOver(error)) return
      await this.#sending
      const reason = kindOf(error)
      const status = { run_id, state: 'failed', ...(reason === undefined ? {} : { reason }) } as const
      await this.#client.agent.status(status).catch(() => undefined)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  #endStream(): void {
    this.#isStreaming = false
    this.#isMade()
  }

  /** One piece now and then: what comes meanwhile goes with the next. */
  async #send(): Promise<void> {
    await undefined
    try {
      while (this.#isStreaming && this.#sent < this.#text.length && !this.signal.aborted) {
        const offset = this.#sent
        const delta = this.#text.slice(offset)
        this.#sent = this.#text.length
        await this.#client.agent.delta({ run_id: this.#run.run_id, delta, offset }, { signal: this.signal })
        let timer: ReturnType<typeof setTimeout> | undefined
        const pause = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, PACE_MS)
        })
        await Promise.race([pause, this.#made])
        clearTimeout(timer)
      }
    } catch (error) {
      // With a hole in it no further piece fits; the whole answer makes up for it.
      this.#isStreaming = false
      if (isOver(error)) this.stop()
    } finally {
      this.#sending = undefined
    }
  }

  #replyOf(made: Made): AgentReply {
    if (made === undefined) return this.#text === '' ? { silent: true } : { content: this.#text }
    if (typeof made === 'string' || 'body' in made) return { content: made as Content }
    return made.content === undefined && this.#text !== '' ? { content: this.#text, ...made } : made
  }
}

/** The gateway knows no such run, or it has ended. */
const isOver = (error: unknown): boolean =>
  error instanceof RequestRejectedError && (error.code === 404 || error.code === 409)

/** Its name and, where it has one, its `code`: `TypeError`, `Error ECONNREFUSED`. undefined: it is no error. */
const kindOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { readonly code?: unknown }
  const kind = typeof code === 'string' ? `${error.name} ${code}` : error.name
  return [...kind].slice(0, LIMITS.agentReasonChars).join('')
}
