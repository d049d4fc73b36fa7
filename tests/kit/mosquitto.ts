import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import {
  type DynsecClient,
  type DynsecRole,
  GATEWAY_ROLE,
  gatewayRole,
  renderDynsec,
  renderMosquittoConfiguration,
} from '../../gateway/src/access/mosquitto/configuration.ts'
import { createTopics } from '../../schema/src/index.ts'
import { diesWithParent } from './dies-with-parent.ts'
import { freePort } from './free-port.ts'
import { listens } from './listens.ts'
import { tempDirectory } from './temp-directory.ts'

export interface MosquittoServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** What a gateway is to it: everything is allowed where nobody asks who it is. */
  readonly gateway: { readonly username: string; readonly password: string }
  /** SIGKILL: what it had not written is gone. */
  kill(): Promise<void>
  /** SIGTERM: it writes what it knows. */
  stop(): Promise<void>
  /** On the same port, with the same data. */
  start(): Promise<void>
  /** Before a start: only the gateways are let in, as after the loss of its file. */
  forgetUsers(): Promise<void>
  /** Everything stands still, as on a machine that is out of memory; the connections stay. */
  pause(): void
  resume(): void
}

export interface MosquittoStart {
  /** false: everybody may do everything. Default: as `mchat broker mosquitto init` writes it. */
  readonly strict?: boolean
  /** Who is let in beside the gateways. */
  readonly users?: { readonly clients: readonly DynsecClient[]; readonly roles: readonly DynsecRole[] }
  /** Lines in addition to the generated ones. */
  readonly lines?: readonly string[]
  /** Where its directory is made. Default: where temporary files are. */
  readonly within?: string
}

export const MOSQUITTO_PROGRAM = '/usr/sbin/mosquitto'

/** Whether Debian's package is installed. */
export const hasMosquitto = (): boolean => {
  try {
    accessSync(MOSQUITTO_PROGRAM, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * A Mosquitto of its own on a free loopback port with the configuration that operators get; stopped and deleted at the
 * end, also when this process is killed (where `setpriv` exists).
 */
export const startMosquitto = async ({
  lines = [],
  strict = true,
  users,
  within,
}: MosquittoStart = {}): Promise<MosquittoServer> => {
  const directory = await tempDirectory('mchat-mosquitto-', within)
  const port = await freePort()
  const file = join(directory.path, 'mosquitto.conf')
  const gateway = { username: 'gateway', password: randomBytes(16).toString('hex') }
  // Started as root it would otherwise give up the rights to its directory.
  const written = renderMosquittoConfiguration({
    directory: directory.path,
    address: '127.0.0.1',
    port,
    user: userInfo().username,
  })
  const configuration = strict
    ? written
    : written.replace('allow_anonymous false', 'allow_anonymous true').replaceAll(/^plugin.*\n/gm, '')
  await writeFile(file, [configuration, 'log_dest stderr', ...lines, ''].join('\n'))
  const forgetUsers = (): Promise<void> =>
    writeFile(
      join(directory.path, 'dynsec.json'),
      renderDynsec(
        [{ ...gateway, roles: [GATEWAY_ROLE] }, ...(users?.clients ?? [])],
        [gatewayRole(createTopics()), ...(users?.roles ?? [])],
      ),
    )
  await forgetUsers()
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
    const [program = '', ...args] = [...diesWithParent('KILL'), MOSQUITTO_PROGRAM, '-c', file]
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
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
    gateway,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    forgetUsers,
    pause: () => void running?.kill('SIGSTOP'),
    resume: () => void running?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      await directory[Symbol.asyncDispose]()
    },
  }
}
