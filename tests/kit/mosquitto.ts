import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { tempDirectory } from './temp-directory.ts'

export interface MosquittoServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Its directory, for what the configuration refers to. */
  readonly directory: string
  /** SIGKILL: what it had not written is gone. */
  kill(): Promise<void>
  /** SIGTERM: it writes what it knows. */
  stop(): Promise<void>
  /** On the same port, with the same data. */
  start(): Promise<void>
}

export interface MosquittoOptions {
  /** Lines of mosquitto.conf after those that every test needs. Default: everybody may do everything. */
  readonly configuration?: (directory: string) => string
  /** Called before the first start. */
  readonly prepare?: (directory: string) => Promise<void>
}

const PROGRAM = '/usr/sbin/mosquitto'

/** Whether Debian's package is installed. */
export const hasMosquitto = (): boolean => {
  try {
    accessSync(PROGRAM, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A Mosquitto of its own on a free loopback port, tuned as broker-config/mosquitto is; stopped and deleted at the end. */
export const startMosquitto = async (options: MosquittoOptions = {}): Promise<MosquittoServer> => {
  const directory = await tempDirectory('mchat-mosquitto-')
  const port = await freePort()
  const file = join(directory.path, 'mosquitto.conf')
  const lines = [
    `listener ${port} 127.0.0.1`,
    'persistence true',
    `persistence_location ${directory.path}/`,
    'autosave_interval 1',
    'max_queued_messages 100000',
    'max_inflight_messages 1000',
    'set_tcp_nodelay true',
    'log_dest stderr',
    // Otherwise it would give up the rights of root and could not read its directory.
    ...(process.getuid?.() === 0 ? [`user ${userInfo().username}`] : []),
    options.configuration?.(directory.path) ?? 'allow_anonymous true',
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  await options.prepare?.(directory.path)
  let running: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const child = running
    running = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  const start = async (): Promise<void> => {
    const child = spawn(PROGRAM, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    running = child
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000)
    })
    await Promise.race([
      listens(port, () => child.exitCode === null),
      once(child, 'exit').then(() => Promise.reject(new Error(`mosquitto did not start: ${output}`))),
    ])
  }
  await start()
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    directory: directory.path,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** Resolves when somebody listens on the port. There is no event for it: Mosquitto says nothing that could be waited for. */
const listens = async (port: number, alive: () => boolean): Promise<void> => {
  while (alive()) {
    const socket = connect({ port, host: '127.0.0.1' })
    const reached = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
    ])
    socket.destroy()
    if (reached) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
