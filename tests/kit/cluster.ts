import type { RunningGateway } from '../../gateway/src/compose.ts'
import { MchatProcess } from '../../gateway/test/mchat-process.ts'
import { databases, type TestDatabase } from './databases.ts'
import { type GatewayOptions, SHARED_SECRET, startGateway, type TestGateway } from './gateway.ts'
import { hasMosquitto, type MosquittoServer, type MosquittoStart, startMosquitto } from './mosquitto.ts'
import { startObjectServer } from './object-server.ts'
import { tempDirectory } from './temp-directory.ts'
import { createTestClock } from './test-clock.ts'

export interface Cluster extends AsyncDisposable {
  readonly broker: MosquittoServer
  readonly database: TestDatabase
  /** The one that has made the first administrator. */
  readonly gateway: TestGateway
  readonly others: readonly RunningGateway[]
  /** The settings of a gateway in a process of its own, but for its data directory and ports. */
  readonly environment: Readonly<Record<string, string>>
  /** One more, in a process of its own; resolves when it is ready. @param settings in addition */
  startProcess(settings?: Readonly<Record<string, string>>): Promise<MchatProcess>
}

const postgres = databases.find(({ name }) => name === 'postgres')

/** Why no cluster can be started here, for the name of a suite; empty when it can. */
export const clusterMissing: string =
  postgres?.missing !== undefined
    ? ` (skipped: ${postgres.missing})`
    : hasMosquitto()
      ? ''
      : ' (skipped: Mosquitto is not installed)'

/** Several gateways of this process on one Mosquitto and one PostgreSQL; requests go to them in turn. */
export const startCluster = async (
  gateways: number,
  options: Pick<GatewayOptions, 'config' | 'log'> = {},
  mosquitto: MosquittoStart = {},
): Promise<Cluster> => {
  await using stack = new AsyncDisposableStack()
  const broker = stack.use(await startMosquitto(mosquitto))
  const database = stack.use(await (postgres as NonNullable<typeof postgres>).open())
  const clock = createTestClock()
  const objects = stack.use(await startObjectServer({ clock }))
  const config = { ...options.config, storage: { ...objects.settings, ...options.config?.storage } }
  const gateway = stack.use(await startGateway({ ...options, config, broker, database, clock }))
  const others: RunningGateway[] = []
  while (others.length < gateways - 1) others.push(await gateway.startAnother())
  const directory = stack.use(await tempDirectory('mchat-process-'))
  const environment = {
    MCHAT_DATABASE_URL: database.url ?? '',
    MCHAT_BROKER_KIND: 'mosquitto',
    MCHAT_BROKER_URL: broker.url,
    MCHAT_BROKER_USERNAME: broker.gateway.username,
    MCHAT_BROKER_PASSWORD: broker.gateway.password,
    MCHAT_SECRET: SHARED_SECRET,
    MCHAT_RATE_LIMIT: 'off',
    ...objects.environment,
  }
  const started = stack.move()
  let processes = 0
  return {
    broker,
    database,
    gateway,
    others,
    environment,
    async startProcess(settings = {}) {
      const name = `gateway-${++processes}`
      const env = { ...environment, MCHAT_DATA_DIR: name, MCHAT_HTTP_PORT: '0', ...settings }
      const started = new MchatProcess(['start'], { cwd: directory.path, env })
      await started.says('is ready')
      return started
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
