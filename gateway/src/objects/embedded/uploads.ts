import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createOneAtATime } from '../../platform/one-at-a-time.ts'
import { newHex } from '../../platform/random.ts'
import type { ListedUpload, UploadedPart } from '../object-store.ts'
import type { Expected } from './byte-check.ts'
import { diskFailure, flushFolders, ifMissing } from './durable-file.ts'
import { type ObjectFiles, type ObjectTraitsOnDisk, ownerOf } from './object-files.ts'
import { roomOf } from './object-header.ts'

/** Uploads in parts. An upload is a folder with its parts in it, until it is completed or given up. */
export interface Uploads {
  /** @throws StoreFull, InvalidKey, TraitsTooLong: nothing is taken that could never be completed */
  begin(key: string, traits: ObjectTraitsOnDisk): Promise<string>
  /** @returns the MD5 of the part; undefined: there is no such upload. @throws as ObjectFiles.write */
  writePart(
    key: string,
    uploadId: string,
    partNumber: number,
    chunks: AsyncIterable<Uint8Array>,
    expected: Expected,
  ): Promise<string | undefined>
  parts(key: string, uploadId: string): Promise<readonly UploadedPart[] | undefined>
  /**
   * @returns undefined: there is no such upload; false: a part is not there as it is named; 'exists': there is an object
   * already, and nothing was done
   */
  complete(
    key: string,
    uploadId: string,
    parts: readonly Pick<UploadedPart, 'partNumber' | 'etag'>[],
    onlyWhereNone: boolean,
  ): Promise<{ readonly etag: string } | 'exists' | false | undefined>
  /** @returns whether there was one */
  abort(key: string, uploadId: string): Promise<boolean>
  list(prefix: string): AsyncIterable<ListedUpload>
}

interface Upload {
  readonly key: string
  readonly traits: ObjectTraitsOnDisk
}
interface StoredPart extends UploadedPart {
  readonly name: string
}

const UPLOAD_FILE = 'upload.json'
const UPLOAD_ID = /^[0-9a-f]{32}$/
const PART_FILE = /^(\d{1,5})\.([0-9a-f]{32})$/

export const openUploads = async (directory: string, files: ObjectFiles): Promise<Uploads> => {
  const root = join(directory, 'uploads')
  await mkdir(root, { recursive: true, mode: 0o700 })
  await flushFolders(root, directory)
  const inTurn = createOneAtATime()

  const find = async (key: string | undefined, uploadId: string): Promise<Upload | undefined> => {
    // It becomes a path.
    if (!UPLOAD_ID.test(uploadId)) return undefined
    const text = await readFile(join(root, uploadId, UPLOAD_FILE), 'utf8').catch(ifMissing)
    const upload = text === undefined ? undefined : parseUpload(text)
    return key === undefined || upload?.key === key ? upload : undefined
  }

  /** Where the same was sent twice and the process ended before the earlier one was removed, the later one. */
  const storedParts = async (uploadId: string): Promise<StoredPart[]> => {
    const found = new Map<number, StoredPart & { readonly at: number }>()
    for (const name of (await readdir(join(root, uploadId)).catch(ifMissing)) ?? []) {
      const [, number, etag = ''] = PART_FILE.exec(name) ?? []
      if (number === undefined) continue
      const info = await stat(join(root, uploadId, name)).catch(ifMissing)
      const partNumber = Number(number)
      if (info === undefined || (found.get(partNumber)?.at ?? 0) > info.mtimeMs) continue
      found.set(partNumber, { partNumber, etag, size: info.size, name, at: info.mtimeMs })
    }
    return [...found.values()].sort((a, b) => a.partNumber - b.partNumber)
  }

  async function* bytesOf(uploadId: string, parts: readonly StoredPart[]): AsyncGenerator<Uint8Array> {
    for (const { name } of parts) yield* createReadStream(join(root, uploadId, name), { highWaterMark: READ_BYTES })
  }

  const remove = async (uploadId: string): Promise<void> => {
    // First what says that it is an upload: what is left when the process ends here belongs to none.
    await rm(join(root, uploadId, UPLOAD_FILE), { force: true })
    await rm(join(root, uploadId), { recursive: true, force: true })
  }

  /** What the process was doing when it ended is done, or undone. */
  const tidy = async (uploadId: string): Promise<void> => {
    const upload = await find(undefined, uploadId)
    if (upload === undefined) return await rm(join(root, uploadId), { recursive: true, force: true })
    const parts = await storedParts(uploadId)
    const kept = new Set([UPLOAD_FILE, ...parts.map(({ name }) => name)])
    for (const name of await readdir(join(root, uploadId))) {
      if (!kept.has(name)) await rm(join(root, uploadId, name), { recursive: true, force: true })
    }
    files.usage.note(ownerOf(upload.traits.metadata), roomOf(sizeOf(parts)))
  }
  for (const uploadId of await readdir(root)) await tidy(uploadId)

  const make = async (uploadId: string, upload: Upload): Promise<void> => {
    const folder = join(root, uploadId)
    const path = join(folder, UPLOAD_FILE)
    await mkdir(folder, { mode: 0o700 })
    await writeFile(`${path}.new`, JSON.stringify(upload), { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
    await flushFolders(folder, root)
  }

  return {
    async begin(key, traits) {
      files.require(key, traits)
      const uploadId = newHex(16)
      const owner = ownerOf(traits.metadata)
      await files.counted
      // As much as the header of what comes of it: its folder is not for nothing, either.
      files.usage.add(owner, roomOf(0))
      try {
        await make(uploadId, { key, traits })
      } catch (error) {
        files.usage.remove(owner, roomOf(0))
        await rm(join(root, uploadId), { recursive: true, force: true })
        throw diskFailure(error)
      }
      return uploadId
    },
    async writePart(key, uploadId, partNumber, chunks, expected) {
      const upload = await find(key, uploadId)
      if (upload === undefined) return undefined
      const owner = ownerOf(upload.traits.metadata)
      const { md5, path, size } = await files.receive(owner, chunks, expected)
      return await inTurn(uploadId, async () => {
        let before: readonly StoredPart[]
        try {
          before = (await storedParts(uploadId)).filter((part) => part.partNumber === partNumber)
          await rename(path, join(root, uploadId, `${partNumber}.${md5}`))
        } catch (error) {
          // Given up, or completed, meanwhile.
          files.usage.remove(owner, size)
          await rm(path, { force: true })
          return ifMissing(diskFailure(error))
        }
        for (const part of before) {
          files.usage.remove(owner, part.size)
          if (part.etag !== md5) await rm(join(root, uploadId, part.name), { force: true })
        }
        await flushFolders(join(root, uploadId), join(root, uploadId))
        return md5
      })
    },
    async parts(key, uploadId) {
      return (await find(key, uploadId)) === undefined ? undefined : await storedParts(uploadId)
    },
    complete: (key, uploadId, named, onlyWhereNone) =>
      inTurn(uploadId, async () => {
        const upload = await find(key, uploadId)
        if (upload === undefined) return undefined
        const stored = new Map((await storedParts(uploadId)).map((part) => [part.partNumber, part]))
        const parts = named.flatMap(({ etag, partNumber }) => {
          const part = stored.get(partNumber)
          return part?.etag === etag ? [part] : []
        })
        const inOrder = named.every(({ partNumber }, i) => i === 0 || partNumber > (named[i - 1]?.partNumber ?? 0))
        if (parts.length !== named.length || parts.length === 0 || !inOrder) return false
        // All of it would be copied first, to find that out.
        if (onlyWhereNone && (await files.find(key)) !== undefined) return 'exists'
        const etag = etagOf(parts)
        const owner = ownerOf(upload.traits.metadata)
        const size = roomOf(sizeOf([...stored.values()]))
        // It takes the place of its parts.
        files.usage.remove(owner, size)
        try {
          const bytes = bytesOf(uploadId, parts)
          const written = await files.write(key, upload.traits, bytes, { size: sizeOf(parts) }, { etag, onlyWhereNone })
          if (written === 'exists') {
            files.usage.note(owner, size)
            return written
          }
        } catch (error) {
          files.usage.note(owner, size)
          throw error
        }
        await remove(uploadId)
        return { etag }
      }),
    abort: (key, uploadId) =>
      inTurn(uploadId, async () => {
        const upload = await find(key, uploadId)
        if (upload === undefined) return false
        const parts = await storedParts(uploadId)
        await remove(uploadId)
        files.usage.remove(ownerOf(upload.traits.metadata), roomOf(sizeOf(parts)))
        return true
      }),
    async *list(prefix) {
      for (const uploadId of await readdir(root)) {
        const upload = await find(undefined, uploadId)
        const info = await stat(join(root, uploadId, UPLOAD_FILE)).catch(ifMissing)
        if (upload?.key.startsWith(prefix) && info !== undefined) {
          yield { key: upload.key, uploadId, startedAt: info.mtime }
        }
      }
    },
  }
}

/** undefined: it cannot be read, and so belongs to none. */
const parseUpload = (text: string): Upload | undefined => {
  try {
    return JSON.parse(text) as Upload
  } catch {
    return undefined
  }
}

const sizeOf = (parts: readonly UploadedPart[]): number => parts.reduce((sum, { size }) => sum + size, 0)

const READ_BYTES = 512 * 1024

/** As S3 makes it: of what the parts' MD5 are. */
const etagOf = (parts: readonly UploadedPart[]): string => {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(etag, 'hex')
  return `${md5.digest('hex')}-${parts.length}`
}
