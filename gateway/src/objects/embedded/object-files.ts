import { type FileHandle, link, mkdir, open, readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { createOneAtATime } from '../../platform/one-at-a-time.ts'
import { newUuid } from '../../platform/random.ts'
import { createByteCheck, type Expected } from './byte-check.ts'
import { diskFailure, flushFolders, ifMissing, isCode, placeFile, writeDurably } from './durable-file.ts'
import { keyAt, pathOf, pathOfPrefix } from './key-path.ts'
import {
  encodeHeader,
  HEADER_BYTES,
  hasRoomFor,
  NotAnObject,
  type ObjectHeader,
  readHeader,
  roomOf,
} from './object-header.ts'
import { createUsage, type Quotas, type Usage } from './usage.ts'

export type ObjectTraitsOnDisk = Omit<ObjectHeader, 'etag' | 'sha256'>

export interface FileInfo extends ObjectHeader {
  readonly size: number
  readonly modifiedAt: Date
}

/** An object that stays readable, as it is, until the handle is closed, whatever becomes of its key meanwhile. */
export interface OpenFile extends FileInfo {
  readonly handle: FileHandle
}

export class InvalidKey extends Error {}
export class TraitsTooLong extends Error {}

/**
 * Objects in a directory, each in a file of its own. What is written is on the disk itself before anybody can see it, and
 * appears as a whole: it is written elsewhere, flushed, and renamed.
 */
export interface ObjectFiles {
  readonly usage: Usage
  /** Resolves when `usage` knows what was there at the start; reading needs not wait for it, and everything that changes something does. */
  readonly counted: Promise<void>
  /** @throws InvalidKey, TraitsTooLong where such an object could not be written */
  require(key: string, traits: ObjectTraitsOnDisk): void
  /**
   * @param etag instead of the MD5 of the bytes
   * @throws WrongBytes, StoreFull, InvalidKey, TraitsTooLong, and whatever `chunks` throws; then nothing has changed
   */
  write(
    key: string,
    traits: ObjectTraitsOnDisk,
    chunks: AsyncIterable<Uint8Array>,
    expected?: Expected,
    options?: WriteOptions,
  ): Promise<{ readonly size: number; readonly etag: string } | 'exists'>
  /** undefined: there is none. */
  open(key: string): Promise<OpenFile | undefined>
  find(key: string): Promise<FileInfo | undefined>
  /** The same object under another key. @returns what there was to be done about it */
  copy(from: string, to: string, onlyWhereNone: boolean): Promise<'copied' | 'exists' | 'missing'>
  delete(key: string): Promise<void>
  /** Looks at what the prefix names, and at nothing else. */
  walk(prefix: string): AsyncGenerator<FileInfo & { readonly key: string }, void>
  /**
   * Bytes that are no object yet, in a flushed file that is the caller's to rename or remove; they count as the owner's,
   * with the header where there is one.
   * @throws as `write`
   */
  receive(
    owner: string,
    chunks: AsyncIterable<Uint8Array>,
    expected: Expected,
    options?: ReceiveOptions,
  ): Promise<{ readonly path: string; readonly size: number; readonly md5: string }>
}

export interface WriteOptions {
  readonly etag?: string
  readonly onlyWhereNone?: boolean
  /** Whether or not there is room for it; it counts as everything does. */
  readonly evenIfFull?: boolean
}

interface ReceiveOptions extends Pick<WriteOptions, 'evenIfFull'> {
  /** What is to stand before the bytes. */
  readonly headerOf?: (md5: string) => Uint8Array | undefined
}

interface Counted {
  readonly owner: string
  /** With what stands before the bytes. */
  readonly room: number
}

/** @param directory created when missing; nobody else writes there */
export const openObjectFiles = async (directory: string, quotas: Quotas): Promise<ObjectFiles> => {
  const root = join(directory, 'objects')
  const unfinished = join(directory, 'unfinished')
  // Whatever was being written when the process ended.
  await rm(unfinished, { recursive: true, force: true })
  for (const path of [root, unfinished]) await mkdir(path, { recursive: true, mode: 0o700 })
  await flushFolders(root, dirname(directory))
  const usage = createUsage(quotas)
  const note = ({ owner, room }: Counted): void => usage.note(owner, room)
  const forget = ({ owner, room }: Counted): void => usage.remove(owner, room)
  const inTurn = createOneAtATime()

  const fileOf = (key: string): string => {
    const path = pathOf(key)
    if (path === undefined) throw new InvalidKey('the key is empty, too long or too deep')
    return join(root, path)
  }

  const targetOf = (key: string, traits: ObjectTraitsOnDisk): string => {
    if (!hasRoomFor(traits)) throw new TraitsTooLong('the metadata is too long')
    return fileOf(key)
  }

  const look = async (path: string): Promise<OpenFile | undefined> => {
    const handle = await open(path, 'r').catch(ifMissing)
    if (handle === undefined) return undefined
    try {
      const [header, { mtime, size }] = [await readHeader(handle), await handle.stat()]
      return { ...header, size: size - HEADER_BYTES, modifiedAt: mtime, handle }
    } catch (error) {
      await handle.close()
      throw error
    }
  }
  const find = async (path: string): Promise<FileInfo | undefined> => {
    const found = await look(path)
    if (found === undefined) return undefined
    const { handle, ...info } = found
    await handle.close()
    return info
  }

  async function* walk(folder: string, mayMatch = (_name: string) => true): ReturnType<ObjectFiles['walk']> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(ifMissing)
    for (const entry of (entries ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!mayMatch(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) yield* walk(path)
      else if (entry.name.startsWith('=')) {
        const info = await find(path).catch(ifNoObject)
        // Deleted while it was walked past; or torn, which whoever asks for it learns, and nobody else.
        if (info !== undefined) yield { ...info, key: keyAt(relative(root, path)) }
      }
    }
  }

  /** Puts a flushed file that is counted where something may be already: what does not stay is not counted then. */
  const replace = (from: string, to: string, counts: Counted, onlyWhereNone: boolean): Promise<boolean> =>
    inTurn(to, async () => {
      let gone: Counted | undefined = counts
      try {
        // What is torn was never counted.
        const before = await find(to).catch(ifNoObject)
        if (!(await placeFile(from, to, onlyWhereNone))) return false
        gone = before && countsOf(before)
        await flushFolders(dirname(to), root)
        return true
      } catch (error) {
        throw diskFailure(error)
      } finally {
        if (gone !== undefined) forget(gone)
      }
    })

  const tidyFolders = async (path: string): Promise<void> => {
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
      if (
        !(await rmdir(folder).then(
          () => true,
          () => false,
        ))
      )
        return
    }
  }

  const receive: ObjectFiles['receive'] = async (owner, chunks, expected, { evenIfFull = false, headerOf } = {}) => {
    await counted
    const check = createByteCheck(expected)
    const path = join(unfinished, newUuid())
    const offset = headerOf === undefined ? 0 : HEADER_BYTES
    let taken = 0
    const take = (size: number): void => {
      if (evenIfFull) usage.note(owner, size)
      else usage.add(owner, size)
      taken += size
    }
    const see = (chunk: Uint8Array): void => {
      check.update(chunk)
      if (offset + check.size > taken) take(offset + check.size - taken)
    }
    try {
      // All of it at once, so that two for which there is room only one after the other are not both begun.
      take(offset + (expected.size ?? 0))
      let md5 = ''
      await writeDurably(path, offset, chunks, see, () => {
        md5 = check.finish()
        return headerOf?.(md5)
      })
      return { path, size: check.size, md5 }
    } catch (error) {
      usage.remove(owner, taken)
      await rm(path, { force: true })
      throw diskFailure(error)
    }
  }

  const count = async (): Promise<void> => {
    for await (const info of walk(root)) note(countsOf(info))
  }
  const counted = count()
  // Whoever waits for it hears of it.
  counted.catch(() => undefined)

  return {
    usage,
    counted,
    receive,
    require: (key, traits) => void targetOf(key, traits),
    async write(key, traits, chunks, expected = {}, { etag, evenIfFull = false, onlyWhereNone = false } = {}) {
      const target = targetOf(key, traits)
      const headerOf = (md5: string): Buffer | undefined =>
        encodeHeader({ ...traits, etag: etag ?? md5, sha256: expected.sha256 })
      const owner = ownerOf(traits.metadata)
      const { md5, path, size } = await receive(owner, chunks, expected, { evenIfFull, headerOf })
      try {
        const isPlaced = await replace(path, target, { owner, room: roomOf(size) }, onlyWhereNone)
        return isPlaced ? { size, etag: etag ?? md5 } : 'exists'
      } finally {
        await rm(path, { force: true })
      }
    },
    open: async (key) => await look(fileOf(key)),
    find: async (key) => await find(fileOf(key)),
    async copy(from, to, onlyWhereNone) {
      const [source, target] = [fileOf(from), fileOf(to)]
      await counted
      const name = join(unfinished, newUuid())
      try {
        // A file is never changed once it is there, so two names of one are as good as two files.
        await link(source, name)
      } catch (error) {
        if (isCode(error, 'ENOENT')) return 'missing'
        throw diskFailure(error)
      }
      try {
        // Looked at where nobody replaces it any more.
        const info = await find(name)
        if (source === target || info === undefined) return 'exists'
        const counts = countsOf(info)
        // It is counted and takes no room. What is moved like this has been let in before.
        note(counts)
        return (await replace(name, target, counts, onlyWhereNone)) ? 'copied' : 'exists'
      } finally {
        await rm(name, { force: true })
      }
    },
    async delete(key) {
      const path = fileOf(key)
      await counted
      await inTurn(path, async () => {
        const info = await find(path).catch(ifNoObject)
        try {
          await rm(path)
        } catch (error) {
          return ifMissing(error)
        }
        if (info !== undefined) forget(countsOf(info))
        await flushFolders(dirname(path), root)
        await tidyFolders(path)
      })
    },
    async *walk(prefix) {
      const start = pathOfPrefix(prefix)
      if (start !== undefined) yield* walk(join(root, start.folder), start.mayMatch)
    },
  }
}

/** Of a header that was written with one. */
export const ownerOf = (metadata: Readonly<Record<string, string>>): string => metadata.owner ?? ''

const countsOf = ({ metadata, size }: FileInfo): Counted => ({ owner: ownerOf(metadata), room: roomOf(size) })

const ifNoObject = (error: unknown): undefined => {
  if (!(error instanceof NotAnObject)) throw error
}
