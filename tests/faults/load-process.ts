import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { diesWithParent } from '../kit/dies-with-parent.ts'
import { PYTHON } from '../kit/paho.ts'
import type { LoadPlan } from './plan.ts'

/** A running load.ts or load_paho.py. */
export interface LoadProcess extends AsyncDisposable {
  /** Its devices begin to talk. */
  go(): void
  /** Resolves when everything it has asked is answered; it goes on listening. */
  finish(): Promise<{ readonly shed: number }>
  /** Its history is complete. */
  end(): Promise<void>
}

const PROGRAMS = {
  mqttjs: [process.execPath, join(import.meta.dirname, 'load.ts')],
  paho: [PYTHON, join(import.meta.dirname, 'load_paho.py')],
} as const

/** Resolves when all devices of the plan are connected and have their session. */
export const startLoad = async (
  implementation: keyof typeof PROGRAMS,
  plan: LoadPlan,
  planFile: string,
): Promise<LoadProcess> => {
  await writeFile(planFile, JSON.stringify(plan))
  const [program = '', ...args] = [...diesWithParent('KILL'), ...PROGRAMS[implementation], planFile]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-10_000)
  })
  const exited = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const next = await lines.next()
    if (next.done !== true) return next.value
    await exited
    throw new Error(`The load of ${implementation} ended:\n${errors}`)
  }
  const tell = (command: string): void => void child.stdin.write(`${command}\n`)
  const dispose = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  }
  try {
    await line()
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    go: () => tell('go'),
    async finish() {
      tell('finish')
      return JSON.parse(await line()) as { shed: number }
    },
    async end() {
      tell('end')
      await exited
    },
    [Symbol.asyncDispose]: dispose,
  }
}
