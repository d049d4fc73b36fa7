/** The seam between the client and MQTT: one connection, 3.1.1, QoS 0 and 1. Everything else here is above it. */

export interface Will {
  readonly topic: string
  readonly payload: string
}

/** TLS over TCP; ignored in browsers, which bring their own. PEM texts. */
export interface TlsOptions {
  /** Certificate authorities to trust in place of the system's. */
  readonly ca?: string
  /** Client certificate and key, where the broker asks for them. */
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
}

export interface TransportOptions {
  /** Where to: a WebSocket URL, or a host and port. */
  readonly address:
    | { readonly url: string }
    | { readonly host: string; readonly port: number; readonly tls: TlsOptions | undefined }
  readonly clientId: string
  readonly username: string
  readonly password: string | undefined
  readonly keepaliveSeconds: number
  /** How long one attempt may take until CONNACK, in milliseconds. */
  readonly connectMs: number
  /** Published by the broker, retained and at QoS 1, when the connection breaks. */
  readonly will: Will | undefined
  /** Gives up connecting; an open connection is not concerned. */
  readonly signal: AbortSignal
  /**
   * Called synchronously for each PUBLISH; its PUBACK leaves after this has returned. It must not throw.
   * The first may come before `open` has resolved.
   */
  onMessage(topic: string, payload: Uint8Array): void
}

export interface PublishOptions {
  readonly qos: 0 | 1
  readonly retain?: boolean
}

export type Subscription = readonly [filter: string, qos: 0 | 1]

/** SUBACK's code for a refused filter (MQTT 3.1.1, 3.9.3). */
export const REFUSED = 128

/**
 * One network connection. Nothing outlives it: after `closed`, what was not acknowledged is the caller's again. (QoS 1
 * across connections is done one level up, by seq_id, where an answer and not a PUBACK is what counts.)
 */
export interface Connection {
  /** The broker kept this client's session. */
  readonly sessionPresent: boolean
  /** Resolves when the connection has ended, with what ended it if anything is known. */
  readonly closed: Promise<Error | undefined>
  /** Resolves with PUBACK at QoS 1, once written at QoS 0. @throws {NotConnectedError} when it ends before */
  publish(topic: string, payload: string, options: PublishOptions): Promise<void>
  /** Resolves with SUBACK's codes in the order asked. @throws {NotConnectedError} */
  subscribe(subscriptions: readonly Subscription[]): Promise<readonly number[]>
  /** @throws {NotConnectedError} */
  unsubscribe(filters: readonly string[]): Promise<void>
  /** Sends DISCONNECT, so that the will is not published, and closes within `withinMs`. */
  end(withinMs: number): Promise<void>
}

/** @throws {NotConnectedError} when there is no CONNACK with code 0; `returnCode` is the broker's if it answered */
export type OpenConnection = (options: TransportOptions) => Promise<Connection>
