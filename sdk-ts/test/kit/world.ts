import { afterEach } from 'vitest'
import {
  type ClientEvents,
  type ClientOptions,
  connect,
  createClient,
  type EventName,
  type MChatClient,
  type Timing,
} from '../../src/index.ts'
import { TestBroker } from './broker.ts'
import { FakeGateway } from './gateway.ts'

/** Waits short enough for tests, and patience long enough for a busy machine; the shapes are those of the defaults. */
export const FAST: Partial<Timing> = {
  requestMs: 30_000,
  attemptMs: 15_000,
  openMs: 30_000,
  connectMs: 15_000,
  closeMs: 200,
  quietMs: 1_000,
  stableMs: 0,
  completeMs: 30_000,
  stallMs: 15_000,
  retry: { minMs: 0, baseMs: 5, maxMs: 20 },
  reconnect: { minMs: 10, baseMs: 10, maxMs: 50 },
  storeRetry: { minMs: 0, baseMs: 5, maxMs: 20 },
  resubscribe: { minMs: 2, baseMs: 2, maxMs: 10 },
}

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export interface World {
  readonly broker: TestBroker
  readonly gateway: FakeGateway
  /** A connected client; closed after the test. */
  join(employeeId: string, options?: ClientOptions): Promise<MChatClient>
  /** One that is not open yet. */
  create(employeeId: string, options?: ClientOptions): MChatClient
}

export const startWorld = async (serviceId?: string): Promise<World> => {
  const broker = await TestBroker.start()
  cleanups.push(() => broker.stop())
  const gateway = new FakeGateway(broker, serviceId)
  const service = serviceId === undefined ? {} : { service_id: serviceId }
  const credentials = (employeeId: string) => ({
    employee_id: employeeId,
    mqtt_connection: broker.connectionOf(employeeId, service),
  })
  const fast = (options: ClientOptions): ClientOptions => ({ ...options, timing: { ...FAST, ...options.timing } })
  return {
    broker,
    gateway,
    async join(employeeId, options = {}) {
      const client = await connect(credentials(employeeId), fast(options))
      cleanups.push(() => client.close())
      return client
    },
    create(employeeId, options = {}) {
      const client = createClient(credentials(employeeId), fast(options))
      cleanups.push(() => client.close())
      return client
    },
  }
}

/** Everything of one event from now on, and a promise for the first that fits. */
export class Recorder<N extends EventName> {
  readonly all: ClientEvents[N][] = []
  readonly #waiting: { fits: (event: ClientEvents[N]) => boolean; resolve: (event: ClientEvents[N]) => void }[] = []

  constructor(client: MChatClient, name: N) {
    client.on(name, (event) => {
      this.all.push(event)
      for (const waiter of [...this.#waiting]) {
        if (!waiter.fits(event)) continue
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        waiter.resolve(event)
      }
    })
  }

  /** The first that fits, of those that came and those that will. */
  find(fits: (event: ClientEvents[N]) => boolean = () => true): Promise<ClientEvents[N]> {
    const already = this.all.find(fits)
    return already === undefined ? this.next(fits) : Promise.resolve(already)
  }

  /** The first that fits, of those that will come. */
  next(fits: (event: ClientEvents[N]) => boolean = () => true): Promise<ClientEvents[N]> {
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }))
  }
}

export const record = <N extends EventName>(client: MChatClient, name: N): Recorder<N> => new Recorder(client, name)
