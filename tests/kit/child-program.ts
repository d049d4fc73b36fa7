import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { diesWithParent } from './dies-with-parent.ts'
import { listens } from './listens.ts'

/** Runs a program until it is disposed of; resolves when it listens on the port. */
export const startChildProgram = async (
  program: string,
  args: readonly string[],
  port: number,
): Promise<AsyncDisposable> => {
  const [command = '', ...rest] = [...diesWithParent('KILL'), program, ...args]
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000)
  })
  await Promise.race([
    listens(port, () => child.exitCode === null),
    once(child, 'exit').then(() => Promise.reject(new Error(`${program} did not start: ${output}`))),
  ])
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
