import { mayPublish, type RightsSubject, type Topics } from '@mchat/schema'
import type { Client, PublishPacket } from 'aedes'
import type { IncomingRequest } from '../link/link.ts'
import type { BrokerHooks, BrokerLimits } from './broker-hooks.ts'
import type { ConnectedClient, ConnectedClients } from './connected-clients.ts'

/** Where aedes is sent with a publish that has been taken care of: nobody can subscribe to it. */
const CONSUMED = '$mchat/consumed'
const EMPTY = Buffer.alloc(0)

/** aedes acknowledges a publish when this is called, and with an error closes the connection instead. */
type Acknowledge = (error?: Error | null) => void

export interface PublishingParts {
  readonly topics: Topics
  readonly clients: ConnectedClients
  readonly hooks: Pick<BrokerHooks, 'request' | 'status' | 'subject'>
  readonly limits: Pick<BrokerLimits, 'concurrentRequestsPerClient'>
}

/** What clients publish: requests, which are handed on, and their own status. All else ends the connection. */
export class Publishing {
  readonly #parts: PublishingParts
  #acceptsRequests = true

  constructor(parts: PublishingParts) {
    this.#parts = parts
  }

  refuseRequests(): void {
    this.#acceptsRequests = false
  }

  take(client: Client | null, packet: PublishPacket, acknowledge: Acknowledge): void {
    const connected = client === null ? undefined : this.#parts.clients.of(client)
    if (client === null || connected === undefined) {
      // Only the wills of an earlier process come without a client, and those are taken care of at the start.
      acknowledge(new Error('not a connected client'))
      return
    }
    const { topic, payload, retain, qos } = packet
    const isWill = (client as Client & { will?: unknown }).will === packet
    packet.topic = CONSUMED
    packet.payload = EMPTY
    packet.retain = false
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    if (topic.startsWith(connected.requestRoot) && !retain && !isWill) {
      this.#takeRequest(connected, { topic, payload: bytes, qos, vouchedEmployeeId: connected.employeeId }, acknowledge)
      return
    }
    if (connected.expelled) {
      acknowledge(new Error('expelled'))
      return
    }
    this.#takeStatus(connected, topic, retain, bytes, isWill).then(
      () => acknowledge(null),
      (error: Error) => acknowledge(error),
    )
  }

  #takeRequest(connected: ConnectedClient, request: IncomingRequest, acknowledge: Acknowledge): void {
    // Unacknowledged, the request comes again when the client reconnects.
    if (!this.#acceptsRequests || connected.expelled) return
    if (connected.requests >= this.#parts.limits.concurrentRequestsPerClient) {
      acknowledge(new Error('too many unanswered requests'))
      return
    }
    connected.requests++
    this.#parts.hooks.request(request).then(
      () => {
        connected.requests--
        acknowledge(null)
      },
      (error: Error) => acknowledge(error),
    )
  }

  async #takeStatus(
    connected: ConnectedClient,
    topic: string,
    retain: boolean,
    payload: Buffer,
    isWill: boolean,
  ): Promise<void> {
    const { clients, hooks, topics } = this.#parts
    const clientId = connected.client.id
    let subject: RightsSubject | undefined
    let expulsions: number
    // A will speaks for a client that is gone, and being thrown out while the rights are read must silence it.
    do {
      expulsions = clients.expulsions
      subject = await hooks.subject(clientId, connected.employeeId)
    } while (expulsions !== clients.expulsions)
    const allowed = subject !== undefined && mayPublish(topic, retain, subject, topics.prefix)
    if (!allowed || connected.expelled) throw new Error('not allowed to publish there')
    await hooks.status(connected.employeeId, clientId, payload, isWill)
  }
}
