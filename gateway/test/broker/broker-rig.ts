import { once } from 'node:events'
import { createServer } from 'node:net'
import { createTopics, type RightsSubject } from '@mchat/schema'
import type { BrokerHooks, BrokerLimits, RefusedConnection } from '#src/broker/broker-hooks.ts'
import { EmbeddedBroker } from '#src/broker/embedded-broker.ts'
import { silentLog } from '#src/ops/log.ts'
import { RawClient } from '../../../tests/kit/raw-client.ts'
import { openRig, type Rig, type RigOptions } from './sessions/rig.ts'

export const topics = createTopics()

/** A broker over sessions in memory, with hooks that a test can take over while it runs. */
export interface BrokerRig extends AsyncDisposable {
  readonly broker: EmbeddedBroker
  readonly sessions: Rig['sessions']
  readonly rig: Rig
  readonly hooks: { -readonly [K in keyof BrokerHooks]: BrokerHooks[K] }
  readonly statuses: string[]
  readonly refusals: RefusedConnection[]
  readonly ends: string[]
  readonly port: number
  open(): Promise<RawClient>
  /** Connects and answers the return code with it. */
  connect(clientId: string, options?: ConnectOptions): Promise<RawClient>
}

export interface ConnectOptions {
  readonly clean?: boolean
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain?: boolean }
}

export const rightsOf = (clientId: string, employeeId: string): RightsSubject => ({
  clientId,
  employeeId,
  isMember: () => true,
  holds: () => false,
})

export const openBroker = async (limits: Partial<BrokerLimits> = {}, options: RigOptions = {}): Promise<BrokerRig> => {
  const rig = await openRig(options)
  const statuses: string[] = []
  const refusals: RefusedConnection[] = []
  const ends: string[] = []
  const hooks: BrokerRig['hooks'] = {
    login: async ({ username }) => username,
    subject: async (clientId, employeeId) => rightsOf(clientId, employeeId),
    request: async () => {},
    status: async (_employeeId, _clientId, payload) => {
      statuses.push(payload.toString())
    },
    refused(refusal) {
      refusals.push(refusal)
    },
    ended(clientId, reason) {
      ends.push(`${clientId}: ${reason}`)
    },
  }
  const broker = await EmbeddedBroker.start({
    topics,
    store: rig.sessions,
    sessions: rig.sessions,
    log: silentLog,
    hooks,
    limits: {
      packetBytes: 256 * 1024,
      connectTimeoutSeconds: 60,
      subscriptionsPerClient: 100,
      concurrentRequestsPerClient: 10,
      connectionBufferBytes: 64 * 1024,
      ...limits,
    },
  })
  const server = createServer({ noDelay: true }, (socket) => broker.accept(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const open = (): Promise<RawClient> => RawClient.open(port)
  return {
    broker,
    sessions: rig.sessions,
    rig,
    hooks,
    statuses,
    refusals,
    ends,
    port,
    open,
    async connect(clientId, { clean = true, will } = {}) {
      const raw = await open()
      const username = clientId.split('_')[0] ?? ''
      const code = await raw.connect({
        clientId,
        username,
        password: 'x',
        clean,
        ...(will === undefined ? {} : { will }),
      })
      if (code !== 0) throw new Error(`${clientId} was refused with ${code}.`)
      return raw
    },
    async [Symbol.asyncDispose]() {
      await broker.close()
      server.close()
      await rig.sessions.close()
    },
  }
}

/** A promise that a test holds, and knows of when somebody has come to wait for it. */
export class Gate<T> {
  readonly #opened = Promise.withResolvers<T>()
  readonly #reached = Promise.withResolvers<void>()
  readonly reached: Promise<void> = this.#reached.promise

  wait(): Promise<T> {
    this.#reached.resolve()
    return this.#opened.promise
  }

  open(value: T): void {
    this.#opened.resolve(value)
  }
}
