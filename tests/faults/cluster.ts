import { randomBytes } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../kit/free-port.ts'
import { type MosquittoServer, startMosquitto } from '../kit/mosquitto.ts'
import { type PostgresServer, startPostgres } from '../kit/postgres.ts'
import { createDatabase } from '../kit/postgres-database.ts'
import { startTcpProxy, type TcpProxy } from '../kit/tcp-proxy.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import type { Recorder } from './history.ts'
import { type SmallDisk, smallDisk } from './small-disk.ts'
import { Supervisor } from './supervisor.ts'

/** A gateway and its own ways to the broker and the database. */
export interface Member {
  readonly gateway: Supervisor
  readonly toBroker: TcpProxy
  readonly toDatabase: TcpProxy
}

/** One Mosquitto, one PostgreSQL, three gateways, and a way for the clients of each load process. */
export interface Cluster extends AsyncDisposable {
  readonly broker: MosquittoServer
  readonly postgres: PostgresServer
  /** Connects to the database of the gateways as the superuser. */
  readonly databaseUrl: string
  readonly members: readonly Member[]
  readonly clients: { readonly mqttjs: TcpProxy; readonly paho: TcpProxy }
  /** What broker and database keep is on it; undefined where no file system can be mounted. */
  readonly disk: SmallDisk | undefined
}

export interface ClusterOptions {
  readonly gateways: number
  readonly random: () => number
  readonly record: Recorder
}

/** Resolves when every gateway is ready. */
export const startCluster = async ({ gateways, random, record }: ClusterOptions): Promise<Cluster> => {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await tempDirectory('mchat-faults-'))
  // PostgreSQL has an account of its own, which has to get through to its directory.
  await chmod(directory.path, 0o711)
  const disk = await smallDisk(join(directory.path, 'disk'))
  if (disk !== undefined) stack.use(disk)
  const within = disk === undefined ? {} : { within: disk.path }
  const broker = stack.use(await startMosquitto(within))
  // A commit that was answered is on the disk, as everywhere but in tests; fsync is for power cuts, which nobody injects.
  const settings = { synchronous_commit: 'on', max_connections: 100, max_wal_size: '64MB', min_wal_size: '32MB' }
  const postgres = stack.use(await startPostgres({ settings, ...within }))
  const database = await createDatabase(postgres.url)
  const secret = randomBytes(32).toString('base64')
  const proxyTo = async (port: number): Promise<TcpProxy> => stack.use(await startTcpProxy(port))

  const members: Member[] = []
  for (let i = 1; i <= gateways; i++) {
    const toBroker = await proxyTo(broker.port)
    const toDatabase = await proxyTo(postgres.port)
    const dataDir = join(directory.path, `gw${i}`)
    await mkdir(dataDir)
    const env = {
      MCHAT_BROKER_KIND: 'mosquitto',
      MCHAT_BROKER_URL: `mqtt://127.0.0.1:${toBroker.port}`,
      MCHAT_BROKER_USERNAME: broker.gateway.username,
      MCHAT_BROKER_PASSWORD: broker.gateway.password,
      MCHAT_DATABASE_URL: database.url.replace(`:${postgres.port}/`, `:${toDatabase.port}/`),
      MCHAT_SECRET: secret,
    }
    const gateway = new Supervisor(`gw${i}`, { dataDir, httpPort: await freePort(), env }, record, random)
    stack.defer(() => gateway.stop())
    // One after the other: the first one makes the administrator.
    await gateway.start()
    members.push({ gateway, toBroker, toDatabase })
  }
  const clients = { mqttjs: await proxyTo(broker.port), paho: await proxyTo(broker.port) }
  const opened = stack.move()
  return {
    broker,
    postgres,
    databaseUrl: database.superuserUrl,
    members,
    clients,
    disk,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Every link as it should be. */
export const healLinks = ({ clients, members }: Pick<Cluster, 'clients' | 'members'>): void => {
  for (const link of [...Object.values(clients), ...members.flatMap((one) => [one.toBroker, one.toDatabase])]) {
    link.delay(0)
    link.throttle(Number.POSITIVE_INFINITY)
    link.thaw()
  }
}
