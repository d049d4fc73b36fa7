import { type FileHandle, mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { SliceableBytes } from './byte-source.ts'
import type { DeviceStore } from './device-store.ts'

/**
 * A device store in one JSON file, for programs on Node: `import { fileStore } from '@mchat/sdk/node'`.
 * The file is replaced atomically and readable by its owner only. One process at a time may use it.
 * @param path of the file; its folder is made when it is missing
 */
export const fileStore = (path: string): DeviceStore => {
  let loaded: Promise<Map<string, string>> | undefined
  let writing = Promise.resolve()

  const load = (): Promise<Map<string, string>> => {
    loaded ??= readValues(path)
    return loaded
  }

  const change = async (apply: (values: Map<string, string>) => void): Promise<void> => {
    apply(await load())
    const write = writing.then(async () => replaceFile(path, JSON.stringify(Object.fromEntries(await load()))))
    writing = write.catch(() => undefined)
    await write
  }

  return {
    get: async (key) => (await load()).get(key),
    set: (key, value) => change((values) => values.set(key, value)),
    delete: (key) => change((values) => values.delete(key)),
  }
}

const readValues = async (path: string): Promise<Map<string, string>> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw error
  }
  return new Map(Object.entries(JSON.parse(text) as Record<string, string>))
}

const replaceFile = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, text, { mode: 0o600 })
  await rename(draft, path)
}

/** So much of a file is read at once. */
const READ_BYTES = 256 * 1024

/**
 * A file to be uploaded: `client.files.upload(await fileFromPath('holiday.mp4'))`. It is read piece by piece as it is sent,
 * and must stay as it is meanwhile. (`fs.openAsBlob` takes a file above 4 GiB for a smaller one.)
 * @throws what `fs.stat` throws, and a {TypeError} for what is no file
 */
export const fileFromPath = async (
  path: string,
  { name = basename(path), type = '' }: { readonly name?: string; readonly type?: string } = {},
): Promise<SliceableBytes & { readonly name: string }> => {
  const found = await stat(path)
  const { mtimeMs, size } = found
  if (!found.isFile()) throw new TypeError(`${path} is no file`)
  return { ...stretchOf({ path, size, mtimeMs }, 0, size), name, type }
}

interface FileVersion {
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
}

const stretchOf = (version: FileVersion, start: number, end: number): SliceableBytes => ({
  size: end - start,
  slice: (from, to) => stretchOf(version, Math.min(start + from, end), Math.min(start + to, end)),
  stream: () => readStretch(version, start, end),
  arrayBuffer: () => new Response(readStretch(version, start, end)).arrayBuffer(),
})

const readStretch = (version: FileVersion, start: number, end: number): ReadableStream<Uint8Array> => {
  let file: FileHandle | undefined
  let at = start
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          file ??= await openUnchanged(version)
          const { bytesRead, buffer } = await file.read({
            buffer: new Uint8Array(Math.min(READ_BYTES, end - at)),
            position: at,
          })
          if (bytesRead === 0 && at < end) throw changed(version)
          at += bytesRead
          if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead))
          if (at < end) return
          await file.close()
          controller.close()
        } catch (error) {
          await file?.close()
          throw error
        }
      },
      cancel: () => file?.close(),
    },
    { highWaterMark: 0 },
  )
}

const changed = ({ path }: FileVersion): Error => new Error(`${path} was changed while it was being sent`)

const openUnchanged = async (version: FileVersion): Promise<FileHandle> => {
  const file = await open(version.path)
  const { mtimeMs, size } = await file.stat()
  if (size === version.size && mtimeMs === version.mtimeMs) return file
  await file.close()
  throw changed(version)
}
