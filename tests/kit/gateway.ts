import { createHash } from 'node:crypto'
import { compose, type RunningGateway } from '../../gateway/src/compose.ts'
import { type ConfigOverrides, createConfig } from '../../gateway/src/config.ts'
import type { Database } from '../../gateway/src/db/database.ts'
import { openPostgres } from '../../gateway/src/db/postgres.ts'
import { firstAdminPath, readFirstAdmin } from '../../gateway/src/first-admin.ts'
import { type Log, silentLog } from '../../gateway/src/ops/log.ts'
import { createTopics, type InputOf, type OutputOf, type Topics } from '../../schema/src/index.ts'
import { type DatabaseDump, dumpDatabase } from './database-dump.ts'
import { databases, type TestDatabase } from './databases.ts'
import { Device } from './device.ts'
import type { MosquittoServer } from './mosquitto.ts'
import { type Identity, Person } from './person.ts'
import { tempDirectory } from './temp-directory.ts'
import { createTestClock, type TestClock } from './test-clock.ts'

export interface GatewayOptions {
  /** One that the caller disposes, or the URL of a PostgreSQL database. Default: a PGlite of its own. */
  readonly database?: TestDatabase | string
  readonly config?: ConfigOverrides
  /** Default: the embedded one. */
  readonly broker?: MosquittoServer
  /** Stays. Default: a temporary one. */
  readonly dataDir?: string
  readonly log?: Log
  /** Default: one of its own. */
  readonly clock?: TestClock
}

export type HireOptions = Partial<InputOf<'employee.create'>>

export interface FoundGroupOptions {
  /** Default: somebody hired for it. */
  readonly owner?: Person
  readonly members?: readonly Person[]
  readonly name?: string
}

/**
 * A whole gateway in this process on free loopback ports; rate limits are off unless the configuration says otherwise.
 * One for each test file and fresh people for each test is the usual measure.
 */
export class TestGateway implements AsyncDisposable {
  /** The owner of the organisation. */
  readonly admin: Person
  /** The same database the gateway works on. */
  readonly database: Database
  readonly dataDir: string
  readonly topics: Topics
  readonly clock: TestClock
  readonly #bindsCredentials: boolean
  readonly #compose: Compose
  readonly #stack: AsyncDisposableStack
  readonly #devices = new Set<Device>()
  #running: RunningGateway | undefined
  #ports = { mqttPort: 0, httpPort: 0 }
  #adminDevice: Promise<Device> | undefined

  private constructor(parts: GatewayParts) {
    this.database = parts.database
    this.dataDir = parts.dataDir
    this.topics = parts.topics
    this.clock = parts.clock
    this.#bindsCredentials = parts.bindsCredentials
    this.#compose = parts.compose
    this.#stack = parts.stack
    this.#take(parts.running)
    this.admin = new Person(this, parts.admin, OFFICE)
  }

  static async start(options: GatewayOptions = {}): Promise<TestGateway> {
    await using stack = new AsyncDisposableStack()
    const { clock = createTestClock() } = options
    const dataDir = options.dataDir ?? stack.use(await tempDirectory('mchat-gateway-')).path
    const opened = await openFor(options.database, stack)
    const config = {
      logLevel: 'silent',
      rateLimit: false,
      // Behind a broker of its own nobody has a second device here, unless the test gives them one.
      challengeFallback: 'self',
      ...(options.broker === undefined ? {} : externalBroker(options.broker)),
      ...options.config,
    } as const
    const start: Compose = (overrides, own = clock) =>
      compose(
        createConfig({
          dataDir,
          mqttPort: 0,
          httpPort: 0,
          ...config,
          ...(opened.url === undefined ? {} : { databaseUrl: opened.url }),
          ...overrides,
        }),
        options.log ?? silentLog,
        opened.url === undefined ? { clock: own, database: opened.database } : { clock: own },
      )
    const running = await start({})
    const file = await readFirstAdmin(firstAdminPath(dataDir))
    if (file?.mqtt_connection.mqtt_password === undefined) throw new Error('There is no first-admin.json.')
    const { employee_id: id, name, mqtt_connection: connection } = file
    return new TestGateway({
      database: opened.database,
      dataDir,
      topics: createTopics(config.serviceId),
      clock,
      bindsCredentials: options.broker !== undefined,
      compose: start,
      running,
      admin: { id, name, connection },
      stack: stack.move(),
    })
  }

  get mqttPort(): number {
    return this.#ports.mqttPort
  }

  /** Has every device a credential of its own? */
  get bindsCredentials(): boolean {
    return this.#bindsCredentials
  }

  get httpPort(): number {
    return this.#ports.httpPort
  }

  /** A device of the administrator that stays connected, for arranging things. */
  get office(): Promise<Device> {
    this.#adminDevice ??= this.admin.connect({ device: OFFICE, subscribe: false })
    return this.#adminDevice
  }

  /** A device with credentials that were just handed out. */
  async connect(options: { readonly employeeId: string; readonly clientId: string; readonly secret: string }) {
    const { topics } = this
    const username = this.#bindsCredentials ? options.clientId : options.employeeId
    const device = await Device.connect({ port: this.mqttPort, topics, clean: false, ...options, username })
    this.own(device)
    await device.subscribe(topics.responses(options.clientId), topics.inbox(options.employeeId))
    return device
  }

  async hire(options: HireOptions = {}): Promise<Person> {
    const office = await this.office
    const name = options.name ?? 'Robin'
    const { employee_id, mqtt_connection } = await office.call('employee.create', { ...options, name })
    return new Person(this, { id: employee_id, name, connection: mqtt_connection })
  }

  async foundGroup(options: FoundGroupOptions = {}): Promise<OutputOf<'group.create'> & { readonly owner: Person }> {
    const owner = options.owner ?? (await this.hire())
    await using device = await owner.connect({ device: 'founder', clean: true, subscribe: false })
    const member_ids = (options.members ?? []).map((member) => member.id)
    return { ...(await device.call('group.create', { name: options.name ?? 'Release', member_ids })), owner }
  }

  async foundDepartment(options: Partial<InputOf<'department.create'>> = {}): Promise<OutputOf<'department.create'>> {
    const office = await this.office
    return await office.call('department.create', { name: 'Research', ...options })
  }

  dump(): Promise<DatabaseDump> {
    return dumpDatabase(this.database.kysely)
  }

  /**
   * Stops and starts on the same data directory, database and ports; every connection ends.
   * @param meanwhile what happens while there is no gateway
   */
  async restart(meanwhile?: () => Promise<unknown>): Promise<void> {
    await this.stop()
    await meanwhile?.()
    this.#take(await this.#compose(this.#ports))
  }

  /**
   * Another gateway beside this one, on the same database and broker. It is stopped with this one.
   * @param clock default: the same
   */
  async startAnother(overrides: ConfigOverrides = {}, clock?: TestClock): Promise<RunningGateway & AsyncDisposable> {
    const { path } = this.#stack.use(await tempDirectory('mchat-gateway-'))
    const another = await this.#compose({ mqttPort: 0, httpPort: 0, dataDir: path, ...overrides }, clock)
    let closed: Promise<void> | undefined
    const close = (): Promise<void> => {
      closed ??= another.close()
      return closed
    }
    this.#stack.defer(close)
    return { ...another, close, [Symbol.asyncDispose]: close }
  }

  /** Stops the gateway alone: devices stay connected where the broker is another process. */
  async leave(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.close()
  }

  async stop(): Promise<void> {
    this.#adminDevice = undefined
    await this.leave()
    await Promise.all([...this.#devices].map((device) => device[Symbol.asyncDispose]()))
    this.#devices.clear()
  }

  /** The device is closed with the gateway. */
  own(device: Device): void {
    this.#devices.add(device)
    void device.closed.then(() => this.#devices.delete(device))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.#stack.disposeAsync()
  }

  #take(running: RunningGateway): void {
    this.#running = running
    this.#ports = { mqttPort: running.mqttPort, httpPort: running.httpPort }
  }
}

type Compose = (overrides: ConfigOverrides, clock?: TestClock) => Promise<RunningGateway>

interface GatewayParts {
  readonly database: Database
  readonly dataDir: string
  readonly topics: Topics
  readonly clock: TestClock
  readonly compose: Compose
  readonly bindsCredentials: boolean
  readonly running: RunningGateway
  readonly admin: Identity
  readonly stack: AsyncDisposableStack
}

const OFFICE = 'office'

/** `await using gateway = await startGateway()` */
export const startGateway = (options: GatewayOptions = {}): Promise<TestGateway> => TestGateway.start(options)

/** `url`: the gateway opens the database itself, as it does in production; without one it shares ours. */
const openFor = async (
  given: TestDatabase | string | undefined,
  stack: AsyncDisposableStack,
): Promise<{ readonly database: Database; readonly url: string | undefined }> => {
  if (typeof given === 'string') {
    const database = await openPostgres({ url: given, log: { info() {}, warn() {} } })
    stack.defer(() => database.close())
    return { database, url: given }
  }
  const pglite = databases.find((kind) => kind.name === 'pglite')
  const database = given ?? (pglite === undefined ? undefined : stack.use(await pglite.open()))
  if (database === undefined) throw new Error('There is no PGlite.')
  return { database, url: database.url }
}

export const SHARED_SECRET: string = createHash('sha256')
  .update('the secret of all gateways of a test')
  .digest('base64')

/** What gateways on one broker have in common. */
const externalBroker = ({ gateway, url }: MosquittoServer): ConfigOverrides => ({
  broker: { kind: 'mosquitto', url, ...gateway },
  secret: SHARED_SECRET,
})
