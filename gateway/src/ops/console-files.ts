import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** One file of the console, as it is sent. */
export interface ConsoleFile {
  readonly type: string
  readonly bytes: Buffer
  /** The same, compressed when the console was built; undefined: not worth it. */
  readonly gzip: Buffer | undefined
  readonly brotli: Buffer | undefined
  /** Weak, since it is the same however the file is compressed. */
  readonly etag: string
}

/** The built console, in memory: what is not in here is not served, whatever the path asked for. */
export interface ConsoleFiles {
  /** With `{{deployment}}` and `{{nonce}}` to be filled in. */
  readonly page: string
  /** By path, e.g. `/assets/index-1a2b3c.js`. */
  readonly files: ReadonlyMap<string, ConsoleFile>
}

/** By extension; nothing else is served. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['svg', 'image/svg+xml'],
  ['png', 'image/png'],
  ['woff2', 'font/woff2'],
])

export const CONSOLE_DIRECTORY: string = join(import.meta.dirname, '../../../admin/dist')

/** @returns undefined: the console was not built (`npm run build -w @mchat/admin`) */
export const readConsoleFiles = async (directory: string = CONSOLE_DIRECTORY): Promise<ConsoleFiles | undefined> => {
  const page = await readFile(join(directory, 'index.html'), 'utf8').catch(() => undefined)
  if (page === undefined) return undefined
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = new Map<string, ConsoleFile>()
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(directory, path).split(sep)
    const type = TYPES.get(entry.name.split('.').at(-1) ?? '')
    // Nothing that begins with a dot was made by the build, and links lead anywhere.
    if (!entry.isFile() || type === undefined || name.some((part) => part.startsWith('.'))) continue
    const [bytes, gzip, brotli] = await Promise.all([
      readFile(path),
      readFile(`${path}.gz`).catch(() => undefined),
      readFile(`${path}.br`).catch(() => undefined),
    ])
    const etag = `W/"${createHash('sha256').update(bytes).digest('base64url')}"`
    files.set(`/${name.join('/')}`, { type, bytes, gzip, brotli, etag })
  }
  return { page, files }
}
