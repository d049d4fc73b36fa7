import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Device } from '../client-connection.ts'
import { RequestClient } from './request-client.ts'
import { orStop, ServerProcess } from './server-process.ts'
import type { RunningTarget, StartOptions, Target } from './target.ts'

const MAIN = join(import.meta.dirname, '../../../gateway/src/main.ts')
const READY_TIMEOUT_MS = 60_000
const AT_ONCE = 16

/** With a client_id where a credential is good for one only. */
type Person = Omit<Device, 'clientId'> & { readonly clientId: string | undefined }

/** What stands beside the product: a broker and a database of their own. */
export interface Stand {
  /** Of the broker that clients connect to; absent: the product's own. */
  readonly port?: number
  readonly environment: Readonly<Record<string, string>>
  /** That share it. Default: one. */
  readonly gateways?: number
  stop(): Promise<void>
}

const alone = async (): Promise<Stand> => ({ environment: {}, stop: async () => undefined })

export function createMchat(about: Omit<Target, 'start'>, openStand = alone): Target {
  const target: Target = {
    ...about,
    async start(options) {
      const stand = await openStand()
      try {
        return await RunningMchat.start(target, stand, options)
      } catch (error) {
        await stand.stop()
        throw error
      }
    },
  }
  return target
}

/** The product as `npm start` runs it: embedded broker, database and object store in one process. */
export const mchat: Target = createMchat({
  name: 'mchat',
  description: 'the product: embedded broker, all checks on, persistent sessions, limits of requests per second off',
  cleanSessions: false,
})

/** The same with messages to groups copied to the inboxes of the members. */
export const mchatInbox: Target = createMchat(
  {
    name: 'mchat-inbox',
    groupsByInbox: true,
    description: 'the product, messages to groups delivered to the inboxes of the members',
    cleanSessions: false,
  },
  async () => ({ environment: { MCHAT_GROUP_DELIVERY: 'inbox' }, stop: async () => undefined }),
)

class RunningMchat implements RunningTarget {
  readonly target: Target
  readonly #stand: Stand
  readonly #nodeOptions: readonly string[]
  readonly #directory: string
  readonly #people: Person[] = []
  /** Client ids that have a session. */
  readonly #bound = new Set<string>()
  readonly #groups = new Map<number, string>()
  #servers: readonly ServerProcess[] = []
  port = 0
  readyMs = 0

  private constructor(target: Target, stand: Stand, nodeOptions: readonly string[], directory: string) {
    this.target = target
    this.#stand = stand
    this.#nodeOptions = nodeOptions
    this.#directory = directory
  }

  static async start(target: Target, stand: Stand, options: StartOptions): Promise<RunningMchat> {
    const started = new RunningMchat(
      target,
      stand,
      options.nodeOptions,
      await mkdtemp(join(tmpdir(), 'mchat-bench-mchat-')),
    )
    await orStop(started, started.#launch())
    return started
  }

  get pids(): readonly number[] {
    return this.#servers.map(({ pid }) => pid)
  }

  /** Of the first gateway, which has made the first administrator. */
  get #dataDirectory(): string {
    return join(this.#directory, 'data-0')
  }

  async #launch(): Promise<void> {
    const startedAt = performance.now()
    for (let i = 0; i < (this.#stand.gateways ?? 1); i++) await this.#launchOne(i)
    this.readyMs = performance.now() - startedAt
  }

  async #launchOne(number: number): Promise<void> {
    const [httpPort, mqttPort] = await freePorts()
    const logFile = join(this.#directory, `gateway-${number}.log`)
    const server = ServerProcess.spawn([...this.#nodeOptions, MAIN, 'start'], logFile, {
      NODE_ENV: 'production',
      MCHAT_DATA_DIR: join(this.#directory, `data-${number}`),
      MCHAT_HTTP_PORT: String(httpPort),
      MCHAT_MQTT_PORT: String(mqttPort),
      MCHAT_RATE_LIMIT: 'off',
      // All of the bench come from one address.
      MCHAT_LIMIT_CONNECTIONS_PER_ADDRESS: '100000',
      ...this.#stand.environment,
    })
    this.#servers = [...this.#servers, server]
    this.port = this.#stand.port ?? mqttPort
    await server.ready(async () => {
      const response = await fetch(`http://127.0.0.1:${httpPort}/readyz`).catch(() => undefined)
      await response?.arrayBuffer()
      return response?.status === 200
    }, READY_TIMEOUT_MS)
  }

  async #end(): Promise<void> {
    for (const server of this.#servers) await server.stop()
    this.#servers = []
  }

  async devices(count: number, devicesEach: number): Promise<Device[]> {
    await this.#createPeople(count)
    const devices = this.#people.slice(0, count).flatMap((person) =>
      Array.from({ length: devicesEach }, (_, index) => ({
        ...person,
        clientId: person.clientId ?? `${person.employeeId}_bench_${index + 1}`,
      })),
    )
    await inBatches(
      devices.filter((device) => !this.#bound.has(device.clientId)),
      async (device) => {
        const client = await RequestClient.connect(this.port, device)
        await client.close()
        this.#bound.add(device.clientId)
      },
    )
    return devices
  }

  async #createPeople(count: number): Promise<void> {
    const missing = Array.from({ length: count - this.#people.length }, (_, index) => this.#people.length + index + 1)
    if (missing.length === 0) return
    const administrator = await this.#administrator()
    await inBatches(missing, async (number) => {
      this.#people.push(personOf(await administrator.request('employee.create', { name: `Bench ${number}` })))
    })
    await administrator.close()
  }

  async group(members: number): Promise<string> {
    const known = this.#groups.get(members)
    if (known !== undefined) return known
    await this.#createPeople(members)
    const administrator = await this.#administrator()
    const data = await administrator.request('group.create', {
      name: `Bench ${members}`,
      member_ids: this.#people.slice(0, members).map((person) => person.employeeId),
    })
    await administrator.close()
    const groupId = textOf(data, 'group_id')
    this.#groups.set(members, groupId)
    return groupId
  }

  async restart(): Promise<void> {
    await this.#end()
    await this.#launch()
  }

  async stop(): Promise<void> {
    await this.#end()
    await this.#stand.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #administrator(): Promise<RequestClient> {
    const person = personOf(JSON.parse(await readFile(join(this.#dataDirectory, 'first-admin.json'), 'utf8')))
    return RequestClient.connect(this.port, { ...person, clientId: person.clientId ?? `${person.employeeId}_bench_1` })
  }
}

/** From the data of `employee.create`. */
const personOf = (data: Record<string, unknown>): Person => {
  const connection = data.mqtt_connection as Record<string, unknown>
  return {
    employeeId: textOf(data, 'employee_id'),
    username: textOf(connection, 'mqtt_username'),
    password: textOf(connection, 'mqtt_password'),
    clientId: typeof connection.client_id === 'string' ? connection.client_id : undefined,
  }
}

const textOf = (data: Record<string, unknown>, name: string): string => {
  const value = data[name]
  if (typeof value !== 'string') throw new Error(`the answer has no ${name}: ${JSON.stringify(data)}`)
  return value
}

const inBatches = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    await Promise.all(items.slice(start, start + AT_ONCE).map(work))
  }
}

/** Two ports that nobody listens on now, held at the same time so that they differ. */
const freePorts = async (): Promise<[number, number]> => {
  const servers = [createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address === 'object' && address !== null) ports.push(address.port)
  }
  for (const server of servers) server.close()
  const [first, second] = ports
  if (first === undefined || second === undefined) throw new Error('no free port')
  return [first, second]
}
