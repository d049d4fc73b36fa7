import { ClientConnection, type Device } from '../client-connection.ts'
import { encodePublish } from '../mqtt-codec.ts'

const ANSWER_TIMEOUT_MS = 60_000
const MAX_PACKET_ID = 65_534
const AGAIN_MS = 500

interface Waiting {
  readonly resolve: (data: Record<string, unknown>) => void
  readonly reject: (reason: Error) => void
  readonly again: () => void
}

interface Answer {
  readonly code?: unknown
  readonly message?: unknown
  readonly reason?: unknown
  readonly data?: Record<string, unknown> | null
}

/** Sends requests of one device over MQTT, any number at a time, and hands out the data of their answers. */
export class RequestClient {
  readonly #connection: ClientConnection
  readonly #waiting = new Map<string, Waiting>()
  readonly #tag = Date.now().toString(36)
  #requests = 0

  private constructor(connection: ClientConnection) {
    this.#connection = connection
    connection.onPublish = (buffer, publish) => {
      const topic = buffer.toString('utf8', publish.topicStart, publish.topicEnd)
      this.#settle(
        topic.slice(topic.lastIndexOf('/') + 1),
        buffer.toString('utf8', publish.payloadStart, publish.payloadEnd),
      )
    }
    connection.onLost = (reason) => {
      for (const waiting of this.#waiting.values()) waiting.reject(reason)
    }
  }

  /** Connects, and opens the device's session, which stays open for thirty days. */
  static async connect(port: number, device: Device): Promise<RequestClient> {
    const filters = [`mchat/msg/resp/${device.clientId}/+`]
    const client = new RequestClient(await ClientConnection.open(port, device, filters, false))
    await client.request('auth.bind', { employee_id: device.employeeId })
    return client
  }

  async request(action: string, fields: object): Promise<Record<string, unknown>> {
    const number = ++this.#requests
    const seqId = `${this.#tag}-${number}`
    const topic = `mchat/msg/req/${this.#connection.device.clientId}/${seqId}`
    const payload = Buffer.from(JSON.stringify({ action, ...fields }))
    const packet = encodePublish(topic, payload, 1, ((number - 1) % MAX_PACKET_ID) + 1)
    const answered = new Promise<Record<string, unknown>>((resolve, reject) => {
      // Rights of many people at once take the broker a while: what is asked again is not done again.
      const again = (): void => void setTimeout(() => this.#connection.output.append(packet), AGAIN_MS)
      this.#waiting.set(seqId, { resolve, reject, again })
    })
    const timer = setTimeout(() => {
      this.#waiting.get(seqId)?.reject(new Error(`${action}: no answer within ${ANSWER_TIMEOUT_MS} ms`))
    }, ANSWER_TIMEOUT_MS)
    this.#connection.output.append(packet)
    try {
      return await answered
    } catch (error) {
      throw new Error(`${action}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(seqId)
    }
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  #settle(seqId: string, text: string): void {
    const waiting = this.#waiting.get(seqId)
    if (waiting === undefined) return
    const answer = JSON.parse(text) as Answer
    if (answer.code === 0) waiting.resolve(answer.data ?? {})
    else if (answer.reason === 'revocation_pending') waiting.again()
    else waiting.reject(new Error(text))
  }
}
