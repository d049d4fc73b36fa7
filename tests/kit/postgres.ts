import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { accessSync, chownSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { diesWithParent } from './dies-with-parent.ts'
import { freePort } from './free-port.ts'
import { type TempDirectory, tempDirectory } from './temp-directory.ts'

/** The server that tests share: set by `global-setup.ts`, or by hand to use one that runs already; empty: do without. */
export const POSTGRES_URL = 'MCHAT_TEST_POSTGRES_URL'

export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** Connects to the database `postgres` as the superuser. */
  readonly url: string
  /**
   * `immediate`, the default: as if the machine lost power. `fast`: in order, though nobody may finish. Connections break,
   * and nothing listens until `start`.
   */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** On the same port, with the same data; nothing happens when it runs. */
  start(): Promise<void>
  /** Every process of it stands still; the connections stay. */
  pause(): void
  resume(): void
}

export interface PostgresStart {
  /** In addition to ours, or in their place. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Where its directory is made. Default: where temporary files are. */
  readonly within?: string
}

/** The programs of the newest PostgreSQL of this machine; undefined when none is installed. */
export const findPostgres = (): string | undefined => {
  const root = '/usr/lib/postgresql'
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join(root, version, 'bin')).find((bin) => exists(join(bin, 'initdb')))
  } catch {
    return undefined
  }
}

/**
 * A PostgreSQL of its own on a free loopback port, without a password and without fsync; stopped and deleted at the end,
 * also when this process is killed (where `setpriv` exists). About a second.
 */
export const startPostgres = async (given: PostgresStart = {}): Promise<PostgresServer> => {
  const bin = findPostgres()
  if (bin === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  const directory = await tempDirectory('mchat-postgres-', given.within)
  try {
    return await startIn(bin, directory, given.settings ?? {})
  } catch (error) {
    await directory[Symbol.asyncDispose]()
    throw error
  }
}

const startIn = async (
  bin: string,
  directory: TempDirectory,
  extra: Readonly<Record<string, string | number>>,
): Promise<PostgresServer> => {
  const account = unprivilegedAccount()
  if (account !== undefined) chownSync(directory.path, account.uid, account.gid)
  const data = join(directory.path, 'data')
  await promisify(execFile)(
    join(bin, 'initdb'),
    ['-D', data, '--username=mchat', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...account, cwd: directory.path },
  )
  const port = await freePort()
  const [program = '', ...args] = [
    ...diesWithParent('QUIT', account),
    join(bin, 'postgres'),
    '-D',
    data,
    ...settings(port, extra),
  ]
  const dropped = program.endsWith('setpriv') ? {} : account

  let running: ChildProcess | undefined
  const start = async (): Promise<void> => {
    if (running !== undefined && running.exitCode === null && running.signalCode === null) return
    running = spawn(program, args, { ...dropped, cwd: directory.path, stdio: ['ignore', 'ignore', 'pipe'] })
    await readyOrExited(running)
  }
  const stop = async (mode: 'fast' | 'immediate' = 'immediate'): Promise<void> => {
    const process = running
    running = undefined
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return
    const exited = new Promise((resolve) => process.once('exit', resolve))
    process.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await exited
  }
  const signalAll = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    const pid = running?.pid
    if (pid === undefined) return
    // The postmaster first, so that there are no new children while they are counted.
    for (const each of [pid, ...childrenOf(pid)]) kill(each, signal)
  }
  await start()
  return {
    port,
    url: `postgres://mchat@127.0.0.1:${port}/postgres`,
    start,
    stop: (mode) => stop(mode),
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await stop()
      await directory[Symbol.asyncDispose]()
    },
  }
}

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      // pid (name) state ppid: a name may contain anything.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return parent === pid ? [Number(entry)] : []
    } catch {
      return []
    }
  })

const kill = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended by itself.
  }
}

const settings = (port: number, extra: Readonly<Record<string, string | number>>): string[] => {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 300,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    shared_buffers: '64MB',
    autovacuum: 'off',
    ...extra,
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

const readyOrExited = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = ''
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000)
      if (output.includes('ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code}:\n${output}`)))
  })

/** PostgreSQL refuses to run as root. undefined: the present account will do. */
const unprivilegedAccount = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account = ['postgres', 'nobody'].map((name) => accounts.find((fields) => fields[0] === name)).find(Boolean)
  if (account === undefined) throw new Error('There is no account to run PostgreSQL with: neither postgres nor nobody.')
  return { uid: Number(account[2]), gid: Number(account[3]) }
}

const exists = (path: string): boolean => {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
