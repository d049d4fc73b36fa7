import type { BrokerEndpoint } from '../../link/mqtt-connection.ts'
import { MqttConnection } from '../../link/mqtt-connection.ts'
import type { Log } from '../../ops/log.ts'
import { UserError } from '../../platform/user-error.ts'
import { withinTime } from '../confirmation.ts'

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
  readonly #waiting = new Map<string, Waiting>()
  #count = 0

  /** @param clientId unique among the gateways */
  constructor(endpoint: BrokerEndpoint, clientId: string, log: Log) {
    this.#mark = clientId
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
   * One after the other on the broker, which writes its whole file for each that changes something.
   * @throws DynsecError for the first that the broker refuses, with anything but the errors in `tolerated`
   */
  async run(commands: readonly DynsecCommand[], tolerated: readonly string[] = []): Promise<DynsecAnswer[]> {
    if (!this.#connection.isLive) throw new DynsecError(commands[0]?.command ?? '', 'the broker is not connected')
    const answers = commands.map((command) => this.#expect(command.command))
    const marked = commands.map((command, i) => ({ ...command, correlationData: answers[i]?.mark }))
    try {
      // Only the answers count: waiting for its PUBACK has no limit.
      this.#connection.client.publish(CONTROL, JSON.stringify({ commands: marked }), { qos: 1 })
      const all = await Promise.all(answers.map(({ promise }) => promise))
      for (const { command, error } of all) {
        if (error !== undefined && !tolerated.includes(error)) throw new DynsecError(command, error)
      }
      return all
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
