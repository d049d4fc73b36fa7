import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** One file of the console, as it is sent. */
export interface ConsoleFile {
  readonly type: string
  readonly bytes: Buffer
  /** The same, compressed when the console was built; undefined: not worth it. */
  readonly gzip: Buffer | undefined
  readonly brotli: Buffer | undefined
}

/** The built console, in memory: what is not in here is not served, whatever the path asked for. */
export interface ConsoleFiles {
  /** With `{{deployment}}` and `{{nonce}}` to be filled in. */
  readonly page: string
  /** By path, e.g. `/assets/index-1a2b3c.js`. */
  readonly files: ReadonlyMap<string, ConsoleFile>
}

/** By extension; nothing else is served. */
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
}

export const CONSOLE_DIRECTORY: string = join(import.meta.dirname, '../../../admin/dist')

/** @returns undefined: the console was not built (`npm run build -w @mchat/admin`) */
export const readConsoleFiles = async (directory: string = CONSOLE_DIRECTORY): Promise<ConsoleFiles | undefined> => {
  const page = await readFile(join(directory, 'index.html'), 'utf8').catch(() => undefined)
  if (page === undefined) return undefined
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = new Map<string, ConsoleFile>()
  for (const entry of entries) {
    const type = TYPES[entry.name.split('.').at(-1) ?? '']
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const [bytes, gzip, brotli] = await Promise.all([
      readFile(path),
      readFile(`${path}.gz`).catch(() => undefined),
      readFile(`${path}.br`).catch(() => undefined),
    ])
    files.set(`/${relative(directory, path).split(sep).join('/')}`, { type, bytes, gzip, brotli })
  }
  return { page, files }
}
