import { isSeqId, mayPublish, type RightsSubject, type Topics } from '@mchat/schema'
import type { Client, PublishPacket } from 'aedes'
import type { IncomingRequest } from '../link/link.ts'
import { type BrokerHooks, type BrokerLimits, Offence } from './broker-hooks.ts'
import type { ConnectedClient, ConnectedClients } from './connected-clients.ts'
import type { PacketTaker } from './packet-reader.ts'
import type { Sessions } from './sessions/sessions.ts'

/** Where aedes is sent with a publish that has been taken care of: nobody can subscribe to it. */
const CONSUMED = '$mchat/consumed'
const EMPTY = Buffer.alloc(0)
const PINGRESP = Buffer.from([0xd0, 0])

/** Acknowledges a publish to the client, or with an error closes its connection instead. */
type Acknowledge = (error?: Error | null) => void

const puback = (packetId: number): Buffer => Buffer.from([0x40, 2, packetId >>> 8, packetId & 0xff])

export interface PublishingParts {
  readonly topics: Topics
  readonly clients: ConnectedClients
  readonly hooks: Pick<BrokerHooks, 'request' | 'status' | 'subject'>
  readonly limits: Pick<BrokerLimits, 'concurrentRequestsPerClient' | 'connectionBufferBytes'>
  readonly sessions: Pick<Sessions, 'acknowledge'>
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

  /** Takes the requests and acknowledgements of an attached client without aedes. */
  takerFor(connected: ConnectedClient): PacketTaker {
    const { sessions } = this.#parts
    const { client, employeeId, requestRoot } = connected
    return {
      puback(packetId) {
        // Of a connection that is being closed it could be about what the next one was sent.
        if (!client.closed) sessions.acknowledge(client.id, packetId)
        return true
      },
      pingreq: () => {
        this.#write(connected, PINGRESP)
        return true
      },
      publish: (topic, payload, packetId) => {
        if (client.closed) return true
        if (!topic.startsWith(requestRoot) || !isSeqId(topic.slice(requestRoot.length))) return false
        if (packetId === 0) {
          // MQTT 3.1.1, 2.3.1; aedes would let it pass.
          client.emit('error', new Offence('packet id 0'))
          return true
        }
        const qos = packetId === undefined ? 0 : 1
        this.#takeRequest(connected, { topic, payload, qos, vouchedEmployeeId: employeeId }, (error) => {
          if (error instanceof Error) client.emit('error', error)
          else if (packetId !== undefined) this.#write(connected, puback(packetId))
        })
        return true
      },
    }
  }

  /** What aedes is left with. */
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
      acknowledge(new Offence('too many unanswered requests'))
      return
    }
    connected.requests++
    const most = this.#parts.limits.concurrentRequestsPerClient
    if (connected.requests >= most) connected.reader.hold()
    this.#parts.hooks.request(request).then(
      () => {
        connected.requests--
        // Not at each answer, or a client at its limit would be read a packet at a time.
        if (connected.requests <= most / 2) connected.reader.release()
        acknowledge(null)
      },
      (error: Error) => acknowledge(error),
    )
  }

  /** Goes out together with the answer, which was written in the same turn. */
  #write({ client, writer }: ConnectedClient, packet: Buffer): void {
    writer.write(packet)
    // Everything else is not sent from half of this on, so this is somebody who asks and asks and never reads.
    if (writer.backlogBytes <= this.#parts.limits.connectionBufferBytes * 2 || client.closed) return
    client.emit('error', new Offence('reads nothing'))
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
    if (!allowed || connected.expelled) throw new Offence('not allowed to publish there')
    await hooks.status(connected.employeeId, clientId, payload, isWill)
  }
}
