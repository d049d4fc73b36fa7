import { MChatError, mayPublish, ownerOf, type RightsSubject, type Topics } from '@mchat/schema'
import type { AuthenticateError, Client, ConnectPacket } from 'aedes'
import type { Arrival } from './arrivals.ts'
import type { BrokerHooks, BrokerLogin, RefusalCode } from './broker-hooks.ts'
import type { ConnectedClients } from './connected-clients.ts'
import { ConnectionWriter } from './connection-writer.ts'
import type { PacketReader } from './packet-reader.ts'

/** Why a CONNECT is refused; aedes answers with the return code. */
class Refusal extends Error implements AuthenticateError {
  override readonly name = 'Refusal'
  readonly returnCode: RefusalCode

  constructor(returnCode: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.returnCode = returnCode
  }
}

export interface AdmissionParts {
  readonly topics: Topics
  readonly clients: ConnectedClients
  readonly hooks: Pick<BrokerHooks, 'login' | 'subject' | 'refused'>
  readonly readerOf: (client: Client) => PacketReader
  readonly addressOf: (client: Client) => string | undefined
}

/** Neither is a reason to tell a client that its credentials are wrong. */
const refusalFor = (cause: unknown): Refusal =>
  cause instanceof MChatError && cause.key === 'rate_limited'
    ? new Refusal(3, 'too many wrong credentials')
    : new Refusal(3, 'unavailable', { cause })

/** What a CONNECT says that is needed when its client is let in. */
interface Connect {
  readonly clientId: string
  readonly will: ConnectPacket['will']
  readonly keepaliveSeconds: number
}

/** Who may connect: the credential, the owner of the client_id, and what the will may say. */
export class Admission {
  readonly #parts: AdmissionParts
  /** What a CONNECT said, until it is admitted: aedes keeps it to itself in between. */
  readonly #pending = new WeakMap<Client, Connect>()

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  note(client: Client, packet: ConnectPacket): void {
    const { clientId, will, keepalive = 0 } = packet
    this.#pending.set(client, { clientId, will, keepaliveSeconds: keepalive })
    // aedes would not see the packets that it is not given; keepalive.ts does.
    packet.keepalive = 0
  }

  /** @throws AuthenticateError with the return code; nothing of the client stays then */
  async admit(client: Client, username: string | undefined, password: Buffer | undefined): Promise<void> {
    const connect = this.#pending.get(client)
    if (connect === undefined) throw new Error('a client without a CONNECT')
    // aedes asks a turn after the CONNECT; of a connection that has ended by then nobody would ever hear the end.
    if (client.closed || client.conn.closed || client.conn.destroyed) throw new Refusal(3, 'gone')
    try {
      await this.#admit(client, connect, username, password)
    } catch (cause) {
      const refusal = cause instanceof Refusal ? cause : refusalFor(cause)
      const { cause: error, message: reason, returnCode } = refusal
      this.#parts.hooks.refused({ clientId: connect.clientId, returnCode, reason, error })
      throw refusal
    }
  }

  async #admit(
    client: Client,
    { clientId, will, keepaliveSeconds }: Connect,
    username: string | undefined,
    password: Buffer | undefined,
  ): Promise<void> {
    const { addressOf, clients, hooks, readerOf, topics } = this.#parts
    if (username === undefined || password === undefined) throw new Refusal(4, 'no credentials')
    // Told to the operator only; the client hears the same as for a wrong password.
    if (ownerOf(clientId) !== username) throw new Refusal(5, 'the client_id is not one of the user')
    const arrival = clients.arrive(clientId, client)
    const secret = password.toString('utf8')
    const employeeId = await this.#login({ clientId, username, secret, address: addressOf(client) }, arrival)
    // A database that is away is no reason to tell a client that its credentials are wrong: what is thrown is a 3.
    const subject: RightsSubject | undefined = await hooks.subject(clientId, employeeId)
    if (subject === undefined || arrival.expelled) throw new Refusal(5, 'not authorised')
    if (will !== undefined) {
      const allowed = mayPublish(will.topic, will.retain === true, subject, topics.prefix)
      if (!allowed || topics.parseStatus(will.topic) === undefined) throw new Refusal(5, 'the will is not allowed')
    }
    clients.letIn({
      client,
      writer: new ConnectionWriter(client.conn, () => client.close()),
      reader: readerOf(client),
      employeeId,
      arrival,
      granted: new Set(),
      requestRoot: topics.request(clientId, ''),
      requests: 0,
      keepaliveSeconds,
      expelled: false,
    })
  }

  /** Asks again when the client was thrown out meanwhile: what was read may be from before. */
  async #login(login: BrokerLogin, arrival: Arrival): Promise<string> {
    for (;;) {
      arrival.expelled = false
      const employeeId = await this.#parts.hooks.login(login)
      if (employeeId === undefined) throw new Refusal(5, 'not authorised')
      if (arrival.expelled) continue
      arrival.admitted = true
      return employeeId
    }
  }
}
