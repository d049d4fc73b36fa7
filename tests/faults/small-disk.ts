import { execFile, spawnSync } from 'node:child_process'
import { chmod, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of its own that can be filled up without hurting anybody else. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string
  /** Not a byte is left. The file `ballast` takes what there was. */
  fill(): Promise<void>
  free(): Promise<void>
}

const MEBIBYTES = 512
const CHUNK = Buffer.alloc(1024 * 1024)

/** undefined: this account may not mount anything. */
export const smallDisk = async (path: string, mebibytes: number = MEBIBYTES): Promise<SmallDisk | undefined> => {
  await mkdir(path)
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path])
  } catch {
    return undefined
  }
  // Also when this process is told to end in the middle of it.
  const unmount = (): void => void spawnSync('umount', ['-l', path])
  process.once('exit', unmount)
  await chmod(path, 0o755)
  const ballast = join(path, 'ballast')
  return {
    path,
    async fill() {
      const file = await open(ballast, 'w')
      try {
        for (let size = CHUNK.length; size >= 1; size = Math.floor(size / 2)) {
          await writeUntilFull(file, CHUNK.subarray(0, size))
        }
      } finally {
        await file.close().catch(() => undefined)
      }
    },
    free: () => rm(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', unmount)
      await run('umount', ['-l', path])
    },
  }
}

const writeUntilFull = async (file: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> => {
  for (;;) {
    try {
      const { bytesWritten } = await file.write(chunk)
      if (bytesWritten < chunk.length) return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
      throw error
    }
  }
}
