import type { BrokerEndpoint } from '../../link/mqtt-connection.ts'
import { MqttConnection } from '../../link/mqtt-connection.ts'
import type { Log } from '../../ops/log.ts'
import type { Clock } from '../../platform/clock.ts'
import { UserError } from '../../platform/user-error.ts'
import { withinTime } from '../confirmation.ts'
import { createPace, type Pace } from './pace.ts'

/** One command of the dynamic security plugin (mosquitto_ctrl dynsec, the JSON under it). */
export interface DynsecCommand {
  readonly command: string
  readonly [field: string]: unknown
}

export interface DynsecAnswer {
  readonly command: string
  readonly error?: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** A command the broker refused; `detail` is its own text. */
export class DynsecError extends Error {
  override readonly name = 'DynsecError'
  readonly command: string
  readonly detail: string

  constructor(command: string, detail: string) {
    super(`${command}: ${detail}`)
    this.command = command
    this.detail = detail
  }
}

const CONTROL = '$CONTROL/dynamic-security/v1'
const ANSWERS = `${CONTROL}/response`
const ANSWER_MS = 5000
/** Commands that only look, in one request: they are quick, but their answers are long. */
const LOOKS_AT_ONCE = 64
/** Of one request, far below what the broker takes; a longer command goes alone. */
const REQUEST_BYTES = 1024 * 1024

interface Waiting {
  readonly command: string
  readonly resolve: (answer: DynsecAnswer) => void
}

/**
 * Commands to the dynamic security plugin of a Mosquitto. Its answers go to every administrator at once and at QoS 0, so
 * each command carries a mark of its own, and one whose answer is lost fails after 5 s: all of them are to be repeated
 * without harm.
 */
export class Dynsec {
  readonly #connection: MqttConnection
  readonly #mark: string
  readonly #pace: Pace
  readonly #waiting = new Map<string, Waiting>()
  #count = 0

  /** @param clientId unique among the gateways */
  constructor(endpoint: BrokerEndpoint, clientId: string, log: Log, clock: Pick<Clock, 'monotonic'>) {
    this.#mark = clientId
    this.#pace = createPace(clock)
    this.#connection = new MqttConnection({
      endpoint,
      clientId,
      clean: true,
      log,
      onConnect: async (client) => {
        const [grant] = await client.subscribeAsync(ANSWERS, { qos: 1 })
        if (grant === undefined || grant.qos >= 128) throw new Error(`the broker refused ${ANSWERS}`)
      },
      onPublish: ({ payload }, _client, next) => {
        this.#answered(payload.toString())
        next()
      },
    })
  }

  /** Resolves when the plugin answers. @throws UserError when it does not, or not to us */
  async answers(): Promise<void> {
    try {
      await withinTime(this.#connection.live())
      await this.run([{ command: 'getDefaultACLAccess' }])
    } catch (cause) {
      throw new UserError(
        'The broker does not answer to commands of its dynamic security plugin: it must have the plugin, and the gateway its role "admin" (docs/brokers.md).',
        { cause },
      )
    }
  }

  get problem(): string | undefined {
    return this.#connection.problem
  }

  /**
   * As `ask`, for commands that are to be done or have been done already.
   * @throws DynsecError for the first that the broker refuses, with anything but the errors in `tolerated`
   */
  async run(commands: readonly DynsecCommand[], tolerated: readonly string[] = []): Promise<DynsecAnswer[]> {
    const answers = await this.ask(commands)
    requireDone(answers, tolerated)
    return answers
  }

  /**
   * One after the other on the broker, which writes its whole file for each that changes something; as many in one request as
   * it does quickly. An answer for each, in their order: one that is refused holds up none of the others.
   * @throws DynsecError where an answer does not come
   */
  async ask(commands: readonly DynsecCommand[]): Promise<DynsecAnswer[]> {
    const answers: DynsecAnswer[] = []
    while (answers.length < commands.length) {
      const rest = commands.slice(answers.length)
      const change = rest.findIndex(({ command }) => !command.startsWith('get'))
      if (change === 0) {
        const part = fitting(rest.slice(0, this.atOnce))
        answers.push(...(await this.#pace.time(part.length, () => this.#send(part))))
      } else {
        const looks = rest.slice(0, change < 0 ? LOOKS_AT_ONCE : Math.min(change, LOOKS_AT_ONCE))
        answers.push(...(await this.#send(fitting(looks))))
      }
    }
    return answers
  }

  /** How many changes the broker does in about a tenth of a second, which it needs for nothing else then. */
  get atOnce(): number {
    return this.#pace.atOnce
  }

  async #send(commands: readonly DynsecCommand[]): Promise<DynsecAnswer[]> {
    if (!this.#connection.isLive) throw new DynsecError(commands[0]?.command ?? '', 'the broker is not connected')
    const answers = commands.map((command) => this.#expect(command.command))
    const marked = commands.map((command, i) => ({ ...command, correlationData: answers[i]?.mark }))
    try {
      // Only the answers count: waiting for its PUBACK has no limit.
      this.#connection.client.publish(CONTROL, JSON.stringify({ commands: marked }), { qos: 1 })
      return await Promise.all(answers.map(({ promise }) => promise))
    } finally {
      for (const { mark, forget } of answers) {
        this.#waiting.delete(mark)
        forget()
      }
    }
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }

  #expect(command: string) {
    const mark = `${this.#mark}-${++this.#count}`
    const { promise, resolve, reject } = Promise.withResolvers<DynsecAnswer>()
    // Whoever waits for all of them hears of the first.
    promise.catch(() => undefined)
    const timer = setTimeout(() => {
      // What is still on its way must not arrive when somebody else has changed the same.
      this.#connection.renew()
      reject(new DynsecError(command, 'no answer'))
    }, ANSWER_MS)
    this.#waiting.set(mark, { command, resolve })
    return { mark, promise, forget: () => clearTimeout(timer) }
  }

  #answered(text: string): void {
    const { responses = [] } = JSON.parse(text) as { responses?: (DynsecAnswer & { correlationData?: string })[] }
    for (const answer of responses) {
      const mark = answer.correlationData
      if (mark === undefined) continue
      this.#waiting.get(mark)?.resolve(answer)
    }
  }
}

/** @throws DynsecError for the first that was refused with anything but the errors in `tolerated` */
export const requireDone = (answers: readonly DynsecAnswer[], tolerated: readonly string[]): void => {
  for (const { command, error } of answers) {
    if (error !== undefined && !tolerated.includes(error)) throw new DynsecError(command, error)
  }
}

/** As many from the beginning as one request may have, and at least one. */
const fitting = (commands: readonly DynsecCommand[]): readonly DynsecCommand[] => {
  let bytes = 0
  const over = commands.findIndex((command) => {
    bytes += Buffer.byteLength(JSON.stringify(command))
    return bytes > REQUEST_BYTES
  })
  return over < 0 ? commands : commands.slice(0, Math.max(1, over))
}
