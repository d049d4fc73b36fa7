import type { RightsSubject } from '@mchat/schema'
import type { IncomingRequest } from '../link/link.ts'

/** What the broker asks the rest of the gateway. */
export interface BrokerHooks {
  /** Says who connects, and opens their session; undefined refuses. */
  login(login: BrokerLogin): Promise<string | undefined>
  /** The rights of a client at this moment; undefined when it has none, since its session or its employee's time is over. */
  subject(clientId: string, employeeId: string): Promise<RightsSubject | undefined>
  /** A request arrived; the client's PUBACK waits for the promise, which never rejects. */
  request(request: IncomingRequest): Promise<void>
  /** A client (or its will) says whether its employee is online; already checked to be its own status. */
  status(employeeId: string, clientId: string, payload: Buffer, isWill: boolean): Promise<void>
  refused(refusal: RefusedConnection): void
  /** A connection was ended because of what it sent; `reason` in a few fixed words, `clientId` '' before its CONNECT. */
  ended(clientId: string, reason: string): void
}

export interface BrokerLogin {
  readonly clientId: string
  readonly username: string
  readonly secret: string
  /** The address of the client. */
  readonly address: string | undefined
}

export interface RefusedConnection {
  /** As claimed, so anything. */
  readonly clientId: string
  /** In the CONNACK (MQTT 3.1.1, 3.2.2.3). */
  readonly returnCode: RefusalCode
  /** A few fixed words for the operator; the client is not told. */
  readonly reason: string
  /** With code 3, what went wrong. */
  readonly error?: unknown
}

/** What a client sent that ends its connection; the message is for the operator. */
export class Offence extends Error {
  override readonly name = 'Offence'
}

/** 1 unacceptable protocol version, 2 identifier rejected, 3 unavailable, 4 no credentials, 5 not authorised. */
export type RefusalCode = 1 | 2 | 3 | 4 | 5

export interface BrokerLimits {
  readonly packetBytes: number
  readonly connectTimeoutSeconds: number
  readonly subscriptionsPerClient: number
  /** Unanswered; further ones wait unread. */
  readonly concurrentRequestsPerClient: number
  /** Unsent bytes of a connection, above which it is sent nothing more but acknowledgements; of those as much again. */
  readonly connectionBufferBytes: number
}
