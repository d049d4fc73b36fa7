import type { Backoff } from './backoff.ts'
import type { DeviceStore } from './device-store.ts'
import type { ActionName, AuthChallengeOutput, MqttConnection } from './generated/types.ts'
import type { OpenConnection, TlsOptions } from './transport.ts'

/** What `employee.create`, `device.add` and `first-admin.json` hand out; further fields are ignored. */
export interface Credentials {
  readonly employee_id: string
  readonly mqtt_connection: MqttConnection
}

export interface ClientOptions {
  /**
   * Whose connection it is, when only the `mqtt_connection` was passed and neither its `client_id` nor its
   * `client_id_scheme` tells.
   */
  readonly employeeId?: string
  /** A fixed client_id, where the `mqtt_connection` names none. It must belong to the employee (contract section 1). */
  readonly clientId?: string
  /** Names this kind of device in a client_id made here: letters, digits, `.`, `-`, at most 32. Default `node` or `web`. */
  readonly device?: string
  /** For people who look at the list of their sessions; at most 256 characters. */
  readonly deviceInfo?: string
  /** The credential for `auth.bind`, only where the broker does not vouch for the connection's employee. */
  readonly token?: string
  /** Where the client_id and the counters are kept. Default: localStorage in browsers, else memory. */
  readonly store?: DeviceStore
  /** `tcp` (Node's default) uses host and port, `websocket` (the browser's) uses `ws_url`. */
  readonly transport?: 'tcp' | 'websocket'
  /** Certificates for TLS over TCP. */
  readonly tls?: TlsOptions
  /** Seconds between pings; default 30. The broker notices a dead client after one and a half times that. */
  readonly keepaliveSeconds?: number
  /** false: neither an `online` nor a will is published. Default true. */
  readonly presence?: boolean
  /** false: no `typing` events, nothing of agents before their answer is whole, and half as many subscriptions. Default true. */
  readonly typing?: boolean
  /** Ids remembered to drop duplicates; default 10,000. */
  readonly dedupeSize?: number
  /**
   * Asked when a request needs a second factor: shows the person what is to be confirmed and answers the code, which the
   * authenticator app or another device shows (there it arrives as a `challenge` event). The request is then made again with
   * it. Where the code is refused, this is asked again as long as the challenge takes codes; then the request fails with
   * `challenge_failed`. What it throws, the request fails with; undefined: the person gives up, and the request fails as it
   * was refused. Without this it fails with `challenge_required`.
   */
  readonly confirm?: (challenge: Challenge) => string | undefined | Promise<string | undefined>
  readonly timing?: Partial<Timing>
  /** Another way to reach the broker; for tests. */
  readonly open?: OpenConnection
}

/** What is to be confirmed, and where the code is shown. */
export interface Challenge extends AuthChallengeOutput {
  readonly action: ActionName
  /** The input of the request. */
  readonly input: object
  /** How many codes it still takes. */
  readonly triesLeft: number
  /**
   * Why it is asked again: the last code was refused, because it is wrong or, of an authenticator, was used before; or it came
   * too late, and this is another challenge.
   */
  readonly failed?: 'code_refused' | 'expired'
  /** One for all that is asked about a request; fires when it has ended, whatever came of it, and nothing more is asked. */
  readonly signal: AbortSignal
}

/** Every wait there is. Milliseconds. */
export interface Timing {
  /** A request, its repetitions included, from the call on. Default 30,000. */
  readonly requestMs: number
  /** An unanswered attempt is repeated after this. Default 5,000. */
  readonly attemptMs: number
  /** `ask`: a whole answer of an agent. Default 130,000, above the longest `response_timeout`. */
  readonly askMs: number
  /** `ask`: so long after its last message an agent whose end was not heard has said everything. Default 2,000. */
  readonly quietMs: number
  /** One attempt to connect. Default 10,000. */
  readonly connectMs: number
  /** `connect()` and `open()`: until there is a session. Default 30,000. */
  readonly openMs: number
  /** `close()`: for the last words. Default 1,000. */
  readonly closeMs: number
  /** A connection that lasted this long counts as good, and the next loss starts from the shortest wait. Default 10,000. */
  readonly stableMs: number
  /** `files.upload`: until the gateway has looked at everything that was put there. Default 120,000. */
  readonly completeMs: number
  /** An attempt to move bytes of a file that moves none for so long is given up, and made again. Default 120,000. */
  readonly stallMs: number
  /** After 429, 500 and 503. Default: up to 200, doubling to 5,000. */
  readonly retry: Backoff
  /** Between connections. Default: 1,000 and up to 1,000 more, doubling to 30,000. */
  readonly reconnect: Backoff
  /** After a failure of the object store, seven times. Default: up to 500, doubling to 15,000. */
  readonly storeRetry: Backoff
  /** After a refused SUBSCRIBE. Default: 100 and up to 300 more, doubling to 5,000. */
  readonly resubscribe: Backoff
}

export const DEFAULT_TIMING: Timing = {
  requestMs: 30_000,
  attemptMs: 5_000,
  askMs: 130_000,
  quietMs: 2_000,
  connectMs: 10_000,
  openMs: 30_000,
  closeMs: 1_000,
  stableMs: 10_000,
  completeMs: 120_000,
  stallMs: 120_000,
  retry: { minMs: 0, baseMs: 200, maxMs: 5_000 },
  reconnect: { minMs: 1_000, baseMs: 1_000, maxMs: 30_000 },
  storeRetry: { minMs: 0, baseMs: 500, maxMs: 15_000 },
  resubscribe: { minMs: 100, baseMs: 300, maxMs: 5_000 },
}
