import { afterAll, beforeAll, describe } from 'vitest'
import type { Database } from '../../gateway/src/db/database.ts'
import { clusterMissing, startCluster } from './cluster.ts'
import type { TestDatabase } from './databases.ts'
import { type GatewayOptions, startGateway, type TestGateway } from './gateway.ts'

export interface BrokerBench {
  readonly broker: 'embedded' | 'mosquitto'
  /** How many gateways take the requests, each in its turn. */
  readonly gateways: number
  readonly current: TestGateway
  /** Of each of them. */
  readonly httpPorts: readonly number[]
  /** The database as somebody has it who may do everything with it. */
  superuser(): Promise<Database>
}

/** Enough for two that are not asked to be wrong in different ways. */
export const GATEWAYS = 3

type Start = (options: BenchOptions) => Promise<Started>
interface Started extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly others: readonly { readonly httpPort: number }[]
  readonly database: Pick<TestDatabase, 'superuser'>
}
type BenchOptions = Pick<GatewayOptions, 'config' | 'log'>

/**
 * Runs a suite on one gateway with the embedded broker and PGlite, and on three that share a Mosquitto and a PostgreSQL;
 * where those are not installed it is reported as skipped. One bench for all the tests of a suite; each brings its own
 * people. What is refused shows differently on the two: judge by effects.
 */
export const onEveryBroker = (name: string, suite: (bench: BrokerBench) => void, options: BenchOptions = {}): void => {
  describe(`${name} on the embedded broker`, () => suite(benchOf('embedded', 1, startAlone, options)))
  describe.skipIf(clusterMissing !== '')(`${name} on Mosquitto${clusterMissing}`, () =>
    suite(benchOf('mosquitto', GATEWAYS, (given) => startCluster(GATEWAYS, given), options)),
  )
}

const startAlone: Start = async (options) => {
  const gateway = await startGateway(options)
  const database = { superuser: async () => gateway.database }
  return { gateway, others: [], database, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() }
}

const benchOf = (broker: BrokerBench['broker'], gateways: number, start: Start, options: BenchOptions): BrokerBench => {
  let started: Started | undefined
  const running = (): Started => {
    if (started === undefined) throw new Error('The gateway runs only while a test does.')
    return started
  }
  beforeAll(async () => {
    started = await start(options)
  })
  afterAll(() => started?.[Symbol.asyncDispose]())
  return {
    broker,
    gateways,
    get current() {
      return running().gateway
    },
    superuser: () => running().database.superuser(),
    get httpPorts() {
      const { gateway, others } = running()
      return [gateway, ...others].map(({ httpPort }) => httpPort)
    },
  }
}
