import { type FileHandle, link, mkdir, open, readFile, readlink, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const BEAT_MS = 1000
/** How long a holder that cannot be asked must be still to count as dead: a few beats, and a blocked event loop. */
const STILL_MS = 5000
/** A takeover lasts milliseconds; whoever left its mark behind for this long was killed in the middle. */
const TAKEOVER_MS = 3000

export interface DirectoryLock {
  /** Gives the directory free. Does nothing the second time. */
  release(): Promise<void>
}

export interface DirectoryLockOptions {
  /**
   * Called once when another process has taken the lock although this one lives, which takes a stop of more than five
   * seconds (a paused container). Whoever hears it must stop writing at once.
   */
  readonly onLost?: (() => void) | undefined
}

interface Holder {
  readonly pid: number
  /** When the process started, in the machine's own words; '' where that cannot be known. A pid alone is reused. */
  readonly started: string
  /** Where the pid means something: a boot of a machine, and a container on it. */
  readonly machine: string
}

/**
 * Takes a data directory for this process alone; makes it when it is missing. Rejects with one sentence for people when
 * another process holds it.
 *
 * The lock of a process that has died, `kill -9` included, is taken over: at once where the process can be asked for, and
 * after five seconds without a sign of life where it cannot, because it ran in another container or on another machine.
 */
export const acquireDirectoryLock = async (
  directory: string,
  options: DirectoryLockOptions = {},
): Promise<DirectoryLock> => {
  const root = resolve(directory)
  await mkdir(root, { recursive: true, mode: 0o700 })
  const path = join(root, 'mchat.lock')
  const self: Holder = { pid: process.pid, started: await startOf(process.pid), machine: await thisMachine() }

  for (;;) {
    const created = await create(path, self)
    if (created !== undefined) return hold(path, created, self, options)
    const seen = await read(path)
    if (seen === undefined) continue
    if (await isAlive(path, seen, self)) throw inUse(directory, seen)
    const taken = await takeOver(path, seen, self)
    if (taken !== undefined) return hold(path, taken, self, options)
  }
}

const inUse = (directory: string, seen: string): Error =>
  new Error(`The data directory ${directory} is in use by another MChat (pid ${parse(seen)?.pid ?? 'unknown'}).`)

let drafts = 0

/** undefined: somebody has it. The file appears with its content in it, so that nobody reads half a lock. */
const create = async (path: string, self: Holder): Promise<FileHandle | undefined> => {
  drafts += 1
  const draft = `${path}.${self.pid}.${drafts}`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx+', 0o600)
  try {
    await file.write(print(self, 0), 0)
    await link(draft, path)
    return file
  } catch (error) {
    await file.close()
    if (hasCode(error, 'EEXIST')) return undefined
    if (NO_HARD_LINKS.some((code) => hasCode(error, code))) return createInPlace(path, self)
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

const createInPlace = async (path: string, self: Holder): Promise<FileHandle | undefined> => {
  try {
    const file = await open(path, 'wx+', 0o600)
    await file.write(print(self, 0), 0)
    return file
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return undefined
    throw error
  }
}

const isAlive = async (path: string, seen: string, self: Holder): Promise<boolean> => {
  const holder = parse(seen)
  if (holder !== undefined && holder.machine === self.machine) {
    if (!processExists(holder.pid)) return false
    const started = await startOf(holder.pid)
    if (started !== '' && holder.started !== '') return started === holder.started
  }
  for (let waited = 0; waited < STILL_MS; waited += 250) {
    await sleep(250)
    const now = await read(path)
    if (now !== seen) return now !== undefined
  }
  return false
}

/**
 * Replaces the lock that was judged dead. Only whoever holds the mark may remove a lock, and looks again first: of two who
 * judged the same lock, the second must not remove the lock of the first. undefined: look again from the start.
 */
const takeOver = async (path: string, judged: string, self: Holder): Promise<FileHandle | undefined> => {
  const mark = `${path}.takeover`
  if (!(await placeMark(mark, print(self, 0)))) return undefined
  try {
    if ((await read(path)) !== judged) return undefined
    await rm(path, { force: true })
    return await create(path, self)
  } finally {
    await rm(mark, { force: true })
  }
}

const placeMark = async (mark: string, text: string): Promise<boolean> => {
  let previous = ''
  for (let waited = 0; ; waited += 50) {
    try {
      const file = await open(mark, 'wx', 0o600)
      await file.writeFile(text)
      await file.close()
      return true
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
    const present = await read(mark)
    if (waited > 0 && present !== previous) return false
    if (waited >= TAKEOVER_MS) await rm(mark, { force: true })
    previous = present ?? ''
    await sleep(50)
  }
}

const hold = (path: string, first: FileHandle, self: Holder, options: DirectoryLockOptions): DirectoryLock => {
  let file = first
  let held = true
  let beats = 0

  const isOurs = async (): Promise<boolean> => {
    const there = await stat(path).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    })
    if (there !== undefined) return there.ino === (await file.stat()).ino
    const again = await create(path, self) // somebody tidied up
    if (again === undefined) return false
    await file.close()
    file = again
    return true
  }

  const beat = async (): Promise<void> => {
    if (!held) return
    beats += 1
    await file.write(print(self, beats), 0)
    if (await isOurs()) return
    held = false
    clearInterval(timer)
    await file.close()
    options.onLost?.()
  }

  let beating: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    // A beat that fails, on a full disk for example, is made up for by the next one.
    beating = beating.then(beat).catch(() => undefined)
  }, BEAT_MS)
  timer.unref()

  return {
    async release() {
      clearInterval(timer)
      await beating
      if (!held) return
      held = false
      if (await isOurs()) await rm(path, { force: true })
      await file.close()
    },
  }
}

/** Always of the same length for the same holder, so that it can be overwritten in place. */
const print = (holder: Holder, beat: number): string =>
  `${JSON.stringify({ ...holder, beat: String(beat).padStart(10, '0') })}\n`

const parse = (text: string): Holder | undefined => {
  try {
    const { pid, started, machine }: Partial<Holder> = JSON.parse(text)
    return typeof pid === 'number' && typeof started === 'string' && typeof machine === 'string'
      ? { pid, started, machine }
      : undefined
  } catch {
    return undefined
  }
}

const read = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  })

const processExists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

/** Field 22 of `/proc/<pid>/stat`: clock ticks between the boot and the start. The name before it may hold anything. */
const startOf = async (pid: number): Promise<string> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

const thisMachine = async (): Promise<string> => {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname())
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `${boot.trim()} ${namespace}`.trim()
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
