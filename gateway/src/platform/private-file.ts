import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, type FileHandle, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from './user-error.ts'

/**
 * Creates a file that only this user can read (0600), complete or not at all, also when the machine loses power.
 * @returns false when the file was there already; it is left as it is
 * @throws UserError when the directory cannot be written
 */
export const createPrivateFile = (file: string, content: string): Promise<boolean> =>
  writeThrough(file, content, async (temporary) => {
    try {
      // Unlike a rename, a link never replaces what another process has put there meanwhile.
      await link(temporary, file)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      if (!NO_HARD_LINKS.includes(codeOf(error) ?? '')) throw error
      if (await exists(file)) return false
      await rename(temporary, file)
    }
    return true
  })

/** How file systems without hard links say so (FAT, some network shares). */
const NO_HARD_LINKS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** The same, replacing what was there. */
export const replacePrivateFile = async (file: string, content: string): Promise<void> => {
  await writeThrough(file, content, async (temporary) => {
    await rename(temporary, file)
    return true
  })
}

/** Puts a file in the place of another one of its directory, at once and for good. @throws UserError */
export const movePrivateFile = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to)
    await syncDirectory(dirname(to))
  } catch (error) {
    throw new UserError(`${to} cannot be written: ${explain(error)}.`, { cause: error })
  }
}

/** @throws UserError when it cannot be made or written */
export const makePrivateDirectory = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UserError(`The data directory ${directory} cannot be created: ${explain(error)}.`, { cause: error })
  }
}

const writeThrough = async (
  file: string,
  content: string,
  publish: (temporary: string) => Promise<boolean>,
): Promise<boolean> => {
  const temporary = join(dirname(file), `.${randomUUID()}.tmp`)
  try {
    await using handle: FileHandle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
      0o600,
    )
    await handle.writeFile(content)
    await handle.sync()
    const published = await publish(temporary)
    await syncDirectory(dirname(file))
    return published
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${explain(error)}.`, { cause: error })
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** Makes a name that was just created survive a power cut. Not every file system can, which is then its limit. */
const syncDirectory = async (directory: string): Promise<void> => {
  try {
    await using handle: FileHandle = await open(directory, 'r')
    await handle.sync()
  } catch (error) {
    if (!['EISDIR', 'EINVAL', 'EPERM', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
  }
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'it is a directory',
}

/** Why the operating system refused, in words. */
export const explain = (error: unknown): string => {
  const code = codeOf(error)
  return (code === undefined ? undefined : REASONS[code]) ?? (error instanceof Error ? error.message : String(error))
}
