import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Device } from '../client-connection.ts'
import { orStop, ServerProcess } from './server-process.ts'
import type { RunningTarget, StartOptions, Target } from './target.ts'

const READY_TIMEOUT_MS = 20_000
const PORT_LINE = /^port (\d+)$/m

/** A ceiling: a server that relays like MChat and checks nothing. It prints `port <n>` when it listens. */
export const nullTarget = (about: Omit<Target, 'start'>, script: string, openStand = noStand): Target => {
  const target: Target = {
    ...about,
    async start(options) {
      const stand = await openStand()
      try {
        return await RunningNullTarget.start(target, join(import.meta.dirname, script), options, stand)
      } catch (error) {
        await stand.stop()
        throw error
      }
    },
  }
  return target
}

/** What stands beside the server, such as a broker. */
export interface NullStand {
  readonly args: readonly string[]
  /** Where not everybody is let in: the one device of a person. */
  readonly device?: (number: number) => Device
  stop(): Promise<void>
}

const noStand = async (): Promise<NullStand> => ({ args: [], stop: async () => undefined })

class RunningNullTarget implements RunningTarget {
  readonly target: Target
  readonly #args: readonly string[]
  readonly #directory: string
  #server: ServerProcess | undefined
  #starts = 0
  port = 0
  readyMs = 0

  readonly #stand: NullStand

  private constructor(target: Target, args: readonly string[], directory: string, stand: NullStand) {
    this.target = target
    this.#stand = stand
    this.#args = args
    this.#directory = directory
  }

  static async start(
    target: Target,
    script: string,
    options: StartOptions,
    stand: NullStand,
  ): Promise<RunningNullTarget> {
    const directory = await mkdtemp(join(tmpdir(), `mchat-bench-${target.name}-`))
    const started = new RunningNullTarget(target, [...options.nodeOptions, script, ...stand.args], directory, stand)
    await orStop(started, started.#launch())
    return started
  }

  get pids(): readonly number[] {
    return this.#server === undefined ? [] : [this.#server.pid]
  }

  async #launch(): Promise<void> {
    const logFile = join(this.#directory, `output-${++this.#starts}.log`)
    const startedAt = performance.now()
    const server = ServerProcess.spawn(this.#args, logFile)
    this.#server = server
    let port: string | undefined
    await server.ready(async () => {
      port = PORT_LINE.exec(await readFile(logFile, 'utf8'))?.[1]
      return port !== undefined
    }, READY_TIMEOUT_MS)
    this.readyMs = performance.now() - startedAt
    this.port = Number(port)
  }

  async devices(count: number, devicesEach: number): Promise<Device[]> {
    const { device } = this.#stand
    if (device !== undefined) return Array.from({ length: count }, (_, number) => device(number))
    return Array.from({ length: count * devicesEach }, (_, index) => {
      const employeeId = `emp_${String(Math.floor(index / devicesEach)).padStart(5, '0')}`
      return { employeeId, clientId: `${employeeId}_bench_${(index % devicesEach) + 1}` }
    })
  }

  async group(): Promise<string> {
    return 'grp_bench'
  }

  async restart(): Promise<void> {
    await this.#server?.stop()
    await this.#launch()
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    await this.#stand.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }
}
