import type { AgentText } from './agent-texts.ts'
import { AgentNotCalledError, AgentRunError, type MChatClientError } from './errors.ts'
import type { AgentStatus, Message, MsgSendGroupOutput, MsgSendPrivateOutput } from './generated/types.ts'

export type SentQuestion = MsgSendPrivateOutput | MsgSendGroupOutput
type Called = NonNullable<SentQuestion['agents']>[number]

/** What is known of the run of one agent. */
interface Heard {
  readonly messages: Message[]
  end: Pick<AgentStatus, 'state' | 'reason'> | undefined
  /** How many messages the answer has, where that was told. */
  expected: number | undefined
  /** The last one that nobody was shown. */
  text: AgentText | undefined
  isQuiet: boolean
  timer: ReturnType<typeof setTimeout> | undefined
}

const ENDS: readonly AgentStatus['state'][] = ['done', 'failed', 'cancelled', 'timed_out']

/**
 * A message that somebody waits for the answers to. Before the gateway has said which runs it called, everything that
 * agents say may belong to it.
 *
 * That a run was done is told at QoS 0, its messages and every other end at QoS 1: a lost `done` is made up for by quiet
 * after a message, and a `done` that has overtaken the message by waiting for it.
 */
export class AgentQuestion {
  /** What the agents have said, once the last of them is done. Rejects with what {@link fail} is given. */
  readonly answered: Promise<readonly Message[]>
  readonly #quietMs: number
  readonly #onText: ((text: AgentText) => void) | undefined
  readonly #heard = new Map<string, Heard>()
  #called: readonly Called[] | undefined
  #sent: SentQuestion | undefined
  #isOver = false
  #resolve: (messages: readonly Message[]) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(quietMs: number, onText: ((text: AgentText) => void) | undefined) {
    this.#quietMs = quietMs
    this.#onText = onText
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail while only the request is awaited.
    this.answered.catch(() => undefined)
  }

  /** Runs that have not ended, as far as is known. */
  get underWay(): readonly string[] {
    return (this.#called ?? []).filter((run) => !this.#hasEnded(run)).map(({ run_id }) => run_id)
  }

  /** The message is relayed, and these agents are called. Where it is none, {@link answered} rejects. */
  sent(sent: SentQuestion): void {
    this.#sent = sent
    this.#called = sent.agents ?? []
    if (this.#isOver) return
    if (this.#called.length === 0) {
      this.fail(new AgentNotCalledError(sent.msg_id))
      return
    }
    const runIds = new Set(this.#called.map(({ run_id }) => run_id))
    for (const [runId, heard] of this.#heard) if (!runIds.has(runId)) this.#forget(runId, heard)
    for (const { reason, run_id, state } of this.#called) {
      const heard = this.#of(run_id)
      if (ENDS.includes(state)) heard.end ??= { state, ...(reason === undefined ? {} : { reason }) }
      if (heard.text !== undefined) this.#onText?.(heard.text)
      heard.text = undefined
      this.#wait(heard)
    }
    this.#settle()
  }

  onStatus({ msg_ids, reason, run_id, state }: AgentStatus): void {
    if (!this.#mayBeOurs(run_id) || !ENDS.includes(state)) return
    const heard = this.#of(run_id)
    heard.end ??= { state, ...(reason === undefined ? {} : { reason }) }
    heard.expected ??= msg_ids?.length
    this.#wait(heard)
    this.#settle()
  }

  onText(text: AgentText): void {
    if (!this.#mayBeOurs(text.run_id)) return
    if (this.#called === undefined) this.#of(text.run_id).text = text
    else this.#onText?.(text)
  }

  onMessage(message: Message): void {
    const { run_id } = message
    if (run_id === undefined || !this.#mayBeOurs(run_id)) return
    const heard = this.#of(run_id)
    heard.messages.push(message)
    this.#wait(heard)
    this.#settle()
  }

  fail(error: MChatClientError): void {
    this.#finish()
    this.#reject(error)
  }

  #mayBeOurs(runId: string): boolean {
    return !this.#isOver && (this.#called === undefined || this.#heard.has(runId))
  }

  #of(runId: string): Heard {
    const known = this.#heard.get(runId)
    if (known !== undefined) return known
    const heard: Heard = {
      messages: [],
      end: undefined,
      expected: undefined,
      text: undefined,
      isQuiet: false,
      timer: undefined,
    }
    this.#heard.set(runId, heard)
    return heard
  }

  /** Something was heard of it: nothing more within a while, and that was all. */
  #wait(heard: Heard): void {
    clearTimeout(heard.timer)
    if (heard.end === undefined && heard.messages.length === 0) return
    heard.timer = setTimeout(() => {
      heard.isQuiet = true
      this.#settle()
    }, this.#quietMs)
  }

  #hasEnded({ run_id }: Called): boolean {
    const heard = this.#heard.get(run_id)
    if (heard === undefined) return false
    const { end, expected = 1, isQuiet, messages } = heard
    return isQuiet || (end !== undefined && (end.state !== 'done' || messages.length >= expected))
  }

  #settle(): void {
    if (this.#isOver || this.#called === undefined || this.#sent === undefined) return
    if (!this.#called.every((run) => this.#hasEnded(run))) return
    this.#finish()
    const messages = this.#called.flatMap(({ run_id }) => this.#of(run_id).messages)
    const failed = this.#called.find(({ run_id }) => (this.#of(run_id).end?.state ?? 'done') !== 'done')
    if (failed === undefined) this.#resolve(messages)
    else this.#reject(new AgentRunError({ ...failed, ...this.#of(failed.run_id).end }, this.#sent.msg_id, messages))
  }

  #finish(): void {
    this.#isOver = true
    for (const { timer } of this.#heard.values()) clearTimeout(timer)
  }

  #forget(runId: string, { timer }: Heard): void {
    clearTimeout(timer)
    this.#heard.delete(runId)
  }
}
