import { type FileHandle, link, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreFull } from '../object-store.ts'

const WRITE_BYTES = 512 * 1024

export const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException | null)?.code === code

export const ifMissing = (error: unknown): undefined => {
  if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined
  throw error
}

/** What is thrown for what a disk did not let succeed: it may have no room, or none for this account. */
export const diskFailure = (error: unknown): unknown =>
  isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT') ? new StoreFull(error) : error

/**
 * Writes and flushes a new file; one that is there already is never touched. What of it there is when this throws is the
 * caller's to remove.
 * @param offset where the bytes begin
 * @param finish gives what is to stand before them, if anything
 */
export const writeDurably = async (
  path: string,
  offset: number,
  chunks: AsyncIterable<Uint8Array>,
  see: (chunk: Uint8Array) => void,
  finish: () => Uint8Array | undefined,
): Promise<void> => {
  const file = await open(path, 'wx', 0o600)
  try {
    let at = offset
    let waiting: Uint8Array[] = []
    let bytes = 0
    const flush = async (): Promise<void> => {
      if (bytes === 0) return
      const batch = waiting
      const size = bytes
      waiting = []
      bytes = 0
      await writeAll(file, batch, at)
      at += size
    }
    for await (const chunk of chunks) {
      see(chunk)
      waiting.push(chunk)
      bytes += chunk.length
      if (bytes >= WRITE_BYTES) await flush()
    }
    await flush()
    const head = finish()
    if (head !== undefined) await writeAll(file, [head], 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

const writeAll = async (file: FileHandle, chunks: readonly Uint8Array[], at: number): Promise<void> => {
  const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks)
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

/** Moves a file, and makes the folders that lead to its place. @returns false: something is there, and nothing was done */
export const placeFile = async (from: string, to: string, onlyWhereNone: boolean): Promise<boolean> => {
  for (;;) {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    try {
      // The caller removes the other name.
      if (onlyWhereNone) await link(from, to)
      else await rename(from, to)
      return true
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false
      // The folder was tidied away since it was made, being empty.
      if (!isCode(error, 'ENOENT') || (await stat(from).catch(ifMissing)) === undefined) throw error
    }
  }
}

/** A new name in a folder is on the disk when the folder is. */
export const flushFolders = async (from: string, to: string): Promise<void> => {
  for (let folder = from; ; folder = dirname(folder)) {
    await using handle: FileHandle | undefined = await open(folder, 'r').catch(ifMissing)
    await handle?.sync()
    if (folder === to || folder.length <= to.length) return
  }
}
