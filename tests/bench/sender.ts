import type { ClientConnection } from './client-connection.ts'
import type { PublishView } from './mqtt-codec.ts'
import {
  createRequestTemplate,
  NeedleFinder,
  numberInTopic,
  type RequestFields,
  type RequestTemplate,
} from './request-template.ts'

const RESPONSE_TOPIC = Buffer.from('mchat/msg/resp/')
const CODE = Buffer.from('"code":')
const ZERO = 48
const NINE = 57
const MAX_PACKET_ID = 65_534
const INITIAL_MESSAGES = 4096

export interface SenderEvents {
  /** False when no further message may be sent. */
  sending(): boolean
  onAcknowledged(milliseconds: number): void
  onFault(sentence: string): void
}

/** One sender: keeps up to `window` requests unanswered, the next one leaving when an answer has come. */
export class Sender {
  readonly #connection: ClientConnection
  readonly #window: number
  readonly #events: SenderEvents
  readonly #template: RequestTemplate
  readonly #code = new NeedleFinder(CODE)
  #sentAt = new Float64Array(INITIAL_MESSAGES)
  #sent = 0
  #answered = 0
  #pubacks = 0

  constructor(connection: ClientConnection, window: number, events: SenderEvents, request: RequestFields) {
    this.#connection = connection
    this.#window = window
    this.#events = events
    this.#template = createRequestTemplate(request)
    connection.onPuback = () => {
      this.#pubacks++
    }
  }

  get sent(): number {
    return this.#sent
  }

  /** True when every request has been answered, and acknowledged by the broker. */
  get settled(): boolean {
    return this.#answered === this.#sent && this.#pubacks === this.#sent
  }

  get unsettled(): number {
    return this.#sent - Math.min(this.#answered, this.#pubacks)
  }

  /** When the message left, on the clock of `performance.now`; undefined for a number that was never sent. */
  sentAt(number: number): number | undefined {
    return number < this.#sent ? this.#sentAt[number] : undefined
  }

  fillWindow(now: number): void {
    while (this.#sent - this.#answered < this.#window) this.#send(now)
  }

  /** True when the PUBLISH was a response to this sender, which is then counted and followed by the next request. */
  takeResponse(buffer: Buffer, publish: PublishView): boolean {
    if (!startsWith(buffer, publish.topicStart, RESPONSE_TOPIC)) return false
    const now = performance.now()
    const number = numberInTopic(buffer, publish.topicEnd)
    const sentAt = this.sentAt(number)
    if (sentAt === undefined) {
      this.#events.onFault('an answer to a request that was never sent')
      return true
    }
    this.#answered++
    if (this.#isCodeZero(buffer, publish)) this.#events.onAcknowledged(now - sentAt)
    else this.#events.onFault(refusal(buffer, publish))
    if (this.#events.sending()) this.#send(now)
    return true
  }

  #send(now: number): void {
    const number = this.#sent++
    if (number >= this.#sentAt.length) {
      const larger = new Float64Array(this.#sentAt.length * 2)
      larger.set(this.#sentAt)
      this.#sentAt = larger
    }
    this.#sentAt[number] = now
    const { output } = this.#connection
    const at = output.append(this.#template.packet)
    this.#template.stamp(output.buffer, at, (number % MAX_PACKET_ID) + 1, number)
  }

  #isCodeZero(buffer: Buffer, publish: PublishView): boolean {
    const at = this.#code.endOf(buffer, publish.payloadStart, publish.payloadEnd)
    if (at < 0 || buffer[at] !== ZERO) return false
    const next = buffer[at + 1] ?? 0
    return next < ZERO || next > NINE
  }
}

const startsWith = (buffer: Buffer, at: number, prefix: Buffer): boolean => {
  // All topics of MChat share `mchat/`: comparing from the end finds a difference at once.
  for (let index = prefix.length - 1; index >= 0; index--) if (buffer[at + index] !== prefix[index]) return false
  return true
}

/** The refusal without what differs from message to message, so that equal ones are counted together. */
const refusal = (buffer: Buffer, publish: PublishView): string => {
  const text = buffer.toString('utf8', publish.payloadStart, publish.payloadEnd)
  return `refused: ${text.replace(/"seq_id":"[^"]*",?/, '').slice(0, 200)}`
}
