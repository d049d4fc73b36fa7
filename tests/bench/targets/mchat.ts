import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Device } from '../client-connection.ts'
import { Administrator } from './administrator.ts'
import { orStop, ServerProcess } from './server-process.ts'
import type { RunningTarget, StartOptions, Target } from './target.ts'

const MAIN = join(import.meta.dirname, '../../../gateway/src/main.ts')
const READY_TIMEOUT_MS = 60_000
const CREATED_AT_ONCE = 16

/** The product as `npm start` runs it: embedded broker, database and object store in one process. */
export const mchat: Target = {
  name: 'mchat',
  description: 'the product: embedded broker, all checks on, persistent sessions, limits of requests per second off',
  cleanSessions: false,
  start: (options) => RunningMchat.start(options),
}

class RunningMchat implements RunningTarget {
  readonly target = mchat
  readonly #nodeOptions: readonly string[]
  readonly #directory: string
  readonly #people: Device[] = []
  readonly #groups = new Map<number, string>()
  #server: ServerProcess | undefined
  port = 0
  readyMs = 0

  private constructor(nodeOptions: readonly string[], directory: string) {
    this.#nodeOptions = nodeOptions
    this.#directory = directory
  }

  static async start(options: StartOptions): Promise<RunningMchat> {
    const started = new RunningMchat(options.nodeOptions, await mkdtemp(join(tmpdir(), 'mchat-bench-mchat-')))
    await orStop(started, started.#launch())
    return started
  }

  get pid(): number {
    return this.#server?.pid ?? 0
  }

  get #dataDirectory(): string {
    return join(this.#directory, 'data')
  }

  async #launch(): Promise<void> {
    const [httpPort, mqttPort] = await freePorts()
    const startedAt = performance.now()
    const server = ServerProcess.spawn([...this.#nodeOptions, MAIN, 'start'], join(this.#directory, 'gateway.log'), {
      NODE_ENV: 'production',
      MCHAT_DATA_DIR: this.#dataDirectory,
      MCHAT_HTTP_PORT: String(httpPort),
      MCHAT_MQTT_PORT: String(mqttPort),
      MCHAT_RATE_LIMIT: 'off',
    })
    this.#server = server
    this.port = mqttPort
    await server.ready(async () => {
      const response = await fetch(`http://127.0.0.1:${httpPort}/readyz`).catch(() => undefined)
      await response?.arrayBuffer()
      return response?.status === 200
    }, READY_TIMEOUT_MS)
    this.readyMs = performance.now() - startedAt
  }

  async people(count: number): Promise<Device[]> {
    if (this.#people.length < count) {
      const administrator = await this.#administrator()
      while (this.#people.length < count) {
        const some = Math.min(CREATED_AT_ONCE, count - this.#people.length)
        const first = this.#people.length + 1
        const created = Array.from({ length: some }, (_, index) =>
          administrator.request('employee.create', { name: `Bench ${first + index}` }),
        )
        this.#people.push(...(await Promise.all(created)).map((data) => deviceOf(data)))
      }
      await administrator.close()
    }
    return this.#people.slice(0, count)
  }

  async group(members: number): Promise<string> {
    const known = this.#groups.get(members)
    if (known !== undefined) return known
    const people = await this.people(members)
    const administrator = await this.#administrator()
    const data = await administrator.request('group.create', {
      name: `Bench ${members}`,
      member_ids: people.map((person) => person.employeeId),
    })
    await administrator.close()
    const groupId = textOf(data, 'group_id')
    this.#groups.set(members, groupId)
    return groupId
  }

  async restart(): Promise<void> {
    await this.#server?.stop()
    await this.#launch()
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #administrator(): Promise<Administrator> {
    const file = await readFile(join(this.#dataDirectory, 'first-admin.json'), 'utf8')
    return Administrator.connect(this.port, { ...deviceOf(JSON.parse(file)), clientId: 'admin_bench_1' })
  }
}

/** From the data of `employee.create`. */
const deviceOf = (data: Record<string, unknown>): Device => {
  const employeeId = textOf(data, 'employee_id')
  const connection = data.mqtt_connection as Record<string, unknown>
  return {
    employeeId,
    clientId: `${employeeId}_bench_1`,
    username: textOf(connection, 'mqtt_username'),
    password: textOf(connection, 'mqtt_password'),
  }
}

const textOf = (data: Record<string, unknown>, name: string): string => {
  const value = data[name]
  if (typeof value !== 'string') throw new Error(`the answer has no ${name}: ${JSON.stringify(data)}`)
  return value
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
