import type { Topics } from '@mchat/schema'
import type { Access } from '../access/access.ts'
import type { Authenticate } from '../access/credentials.ts'
import type { SessionKeeper } from '../access/sessions.ts'
import type { TokenOf } from '../access/tokens.ts'
import type { ListeningPorts } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Directory } from '../db/directory.ts'
import type { Lease } from '../db/lease.ts'
import type { Link } from '../link/link.ts'
import type { Online } from '../link/online.ts'
import type { Certificate } from '../ops/certificate.ts'
import type { HttpServer } from '../ops/http.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { UpgradeHandler } from '../ops/upgrades.ts'
import type { Clock } from '../platform/clock.ts'
import type { DeploymentSecret } from '../platform/deployment-secret.ts'
import type { Keys } from '../platform/keys.ts'

/** What a gateway has whichever its broker is. */
export interface GatewayParts {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly keys: Keys
  readonly secret: DeploymentSecret
  readonly topics: Topics
  readonly metrics: Metrics
  /** Of every listener; undefined: they speak without TLS. */
  readonly certificate: Certificate | undefined
  readonly database: Database
  readonly directory: Directory
  readonly lease: Lease
  /** Unique among the processes of all time. */
  readonly instance: string
  readonly authenticate: Authenticate
  readonly keeper: SessionKeeper
  readonly tokenOf: TokenOf
  /** For a broker that asks over HTTP: it may open the port before anything else is ready. */
  readonly http: Pick<HttpServer, 'addHook' | 'listen'>
  /** Filled in when they are known. */
  readonly ports: { -readonly [K in keyof ListeningPorts]: ListeningPorts[K] }
}

/** The parts of a gateway that its broker decides about. Disposed after everything that uses them. */
export interface BrokerSide extends AsyncDisposable {
  readonly link: Link
  readonly access: Access
  readonly online: Online
  /** Before changes of an earlier run are finished and requests taken. */
  recover?(): Promise<void>
  /** After that, and before requests are taken. */
  forgetUnknown?(): Promise<void>
  /** Lets clients in, when requests are taken. */
  listen?(): Promise<void>
  /** MQTT over WebSocket on the HTTP port. */
  readonly onUpgrade?: UpgradeHandler
  /** It asks over HTTP, so the port stays open until the broker has been left. */
  readonly asksOverHttp?: true
  /** The lease was lost and is held again. */
  leaseRegained?(): void
  /** Why the broker cannot be relied on, in a sentence. */
  problem(): string | undefined
}
