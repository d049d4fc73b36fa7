import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const STOP_TIMEOUT_MS = 20_000
const TAIL_CHARACTERS = 2000

const running = new Set<ServerProcess>()
process.on('exit', () => {
  for (const server of running) server.kill()
})

/** One server process on this Node, its output in a file so that nobody has to read it while it is measured. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #logFile: string
  #ended = false

  private constructor(child: ChildProcess, logFile: string) {
    this.#child = child
    this.#logFile = logFile
    running.add(this)
    const end = (): void => {
      this.#ended = true
      running.delete(this)
    }
    child.once('exit', end)
    child.once('error', end)
  }

  static spawn(
    args: readonly string[],
    logFile: string,
    environment: Readonly<Record<string, string>> = {},
  ): ServerProcess {
    const log = openSync(logFile, 'a')
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', log, log],
      env: { ...inheritedEnvironment(), ...environment },
    })
    closeSync(log)
    return new ServerProcess(child, logFile)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Calls `probe` every few milliseconds until it is true. Fails when the process ends first or the time is over. */
  async ready(probe: () => Promise<boolean> | boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    while (!(await probe())) {
      if (this.#ended) throw new Error(`the process ended before it was ready:\n${this.logTail()}`)
      if (performance.now() > deadline) throw new Error(`not ready within ${timeoutMs} ms:\n${this.logTail()}`)
      await delay(5)
    }
  }

  /** SIGTERM, and SIGKILL when that is not obeyed. */
  async stop(): Promise<void> {
    if (this.#ended) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.kill(), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(timer)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  logTail(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-TAIL_CHARACTERS)
  }
}

/** Waits for the launch; when it fails, what was begun is stopped and removed. */
export const orStop = async (started: { stop(): Promise<void> }, launch: Promise<void>): Promise<void> => {
  try {
    await launch
  } catch (error) {
    await started.stop()
    throw error
  }
}

/** Without what configures MChat or Node: a developer's settings must not change what is measured. */
const inheritedEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(MCHAT_|NODE_|VITEST)/.test(name) && name !== 'TEST'),
  )
