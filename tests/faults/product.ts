import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { diesWithParent } from '../kit/dies-with-parent.ts'
import { COMPILED_ONCE } from '../kit/wasm-compilation.ts'

const MAIN = fileURLToPath(new URL('../../gateway/src/main.ts', import.meta.url))

export interface ProductOptions {
  readonly dataDir: string
  readonly httpPort: number
  /** Of the embedded broker. */
  readonly mqttPort?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The running product as a process of its own, to be killed and started again on the same data directory. */
export class Product {
  readonly #options: ProductOptions
  #process: ChildProcess | undefined
  #output = ''

  constructor(options: ProductOptions) {
    this.#options = options
  }

  /** Resolves when /readyz says so; rejects with the output when the process ends before. */
  async start(): Promise<void> {
    const { dataDir, env, httpPort, mqttPort } = this.#options
    this.#output = ''
    const [program = '', ...args] = [...diesWithParent('KILL'), process.execPath, ...COMPILED_ONCE, MAIN, 'start']
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        MCHAT_DATA_DIR: dataDir,
        MCHAT_HTTP_PORT: String(httpPort),
        ...(mqttPort === undefined ? {} : { MCHAT_MQTT_PORT: String(mqttPort) }),
        MCHAT_RATE_LIMIT: 'off',
        MCHAT_LOG_LEVEL: 'warn',
        ...env,
      },
    })
    this.#process = child
    const collect = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const ended = once(child, 'exit').then(() => {
      throw new Error(`MChat ended before it was ready:\n${this.#output}`)
    })
    ended.catch(() => undefined)
    await Promise.race([ended, this.#ready(child)])
  }

  async #ready(child: ChildProcess): Promise<void> {
    while (child.exitCode === null && child.signalCode === null) {
      const answer = await fetch(`http://127.0.0.1:${this.#options.httpPort}/readyz`).catch(() => undefined)
      if (answer?.status === 200) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  get output(): string {
    return this.#output
  }

  /** Resolves when the process that runs now ends, whyever. */
  async ended(): Promise<void> {
    const child = this.#process
    if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  /** SIGSTOP and SIGCONT; a process that has ended meanwhile is left alone. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal)
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async firstAdmin(): Promise<{ username: string; password: string }> {
    const text = await readFile(join(this.#options.dataDir, 'first-admin.json'), 'utf8')
    const { mqtt_connection: connection } = JSON.parse(text) as {
      mqtt_connection: { mqtt_username: string; mqtt_password: string }
    }
    return { username: connection.mqtt_username, password: connection.mqtt_password }
  }
}
