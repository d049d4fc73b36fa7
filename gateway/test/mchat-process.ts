import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { COMPILED_ONCE } from '../../tests/kit/wasm-compilation.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface MchatOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Of Node; default: what a test gains time by. What is measured has none. */
  readonly execArgv?: readonly string[]
  /** Run as this user; only root can. */
  readonly uid?: number
}

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** `mchat …` as an operator runs it: a process of its own, with nothing of ours in its environment. */
export class MchatProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly finished: Promise<Finished>
  stdout = ''
  stderr = ''

  constructor(args: readonly string[], options: MchatOptions) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(MCHAT_|VITEST|NODE_)/.test(name))
    this.#child = spawn(process.execPath, [...(options.execArgv ?? COMPILED_ONCE), MAIN, ...args], {
      cwd: options.cwd,
      env: { ...Object.fromEntries(inherited), ...options.env },
      stdio: 'pipe',
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.#child.stdin?.end(options.input ?? '')
    this.finished = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }))
    })
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when standard error has the text. @throws when the process ends without it */
  async says(text: string): Promise<void> {
    await this.#has(text, () => this.stderr)
  }

  /**
   * Resolves when the log has a line with this message, after so many characters of `stdout`.
   * @throws when the process ends without it
   */
  async logs(message: string, from = 0): Promise<void> {
    await this.#has(`"msg":"${message}"`, () => this.stdout.slice(from))
  }

  async #has(text: string, output: () => string): Promise<void> {
    let ended = false
    const end = this.finished.then(() => {
      ended = true
    })
    while (!output().includes(text)) {
      if (ended) throw new Error(`mchat ended without saying "${text}":\n${this.stderr}\n${this.stdout}`)
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 20))])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.finished
  }
}

export const mchat = (args: readonly string[], options: MchatOptions): Promise<Finished> =>
  new MchatProcess(args, options).finished
