import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A Node program in a process of its own, for what one process cannot show: locks, kills, racing starts. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  /** The next line of its output; rejects with its error output when it ends without one. */
  line(): Promise<string>
  kill(signal: NodeJS.Signals): Promise<void>
}

export const startChild = (program: URL, args: readonly string[] = []): Child => {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const exited = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited
  }
  return {
    pid: child.pid ?? 0,
    async line() {
      const next = await lines.next()
      if (next.done !== true) return next.value
      await exited
      throw new Error(`The child ended:\n${errors}`)
    },
    kill,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await kill('SIGKILL')
    },
  }
}
