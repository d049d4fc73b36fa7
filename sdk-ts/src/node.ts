import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
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
