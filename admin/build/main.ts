import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
/** What the console is made of; package-lock.json stands for everything in node_modules. */
const SOURCES = [
  'src',
  'public',
  'build',
  'index.html',
  'vite.config.ts',
  '../sdk-ts/src',
  '../schema/src',
  '../schema/generated/action-ids.ts',
  '../package-lock.json',
]
const STAMP = join(DIST, 'sources.sha256')

/**
 * Builds the console into `admin/dist`, and does nothing when it is there already, made of the same sources. Without its
 * build tools (`npm install --omit=dev`) it leaves what is there.
 */
const main = async (): Promise<void> => {
  const digest = await digestOf(SOURCES.map((path) => join(ROOT, path)))
  if ((await readFile(STAMP, 'utf8').catch(() => '')) === digest) return
  if (!existsSync(join(ROOT, '../node_modules/vite')) || !existsSync(join(ROOT, '../node_modules/antd'))) return
  // Whoever calls may have another one, a test for example, and React and antd are twice as large with it.
  process.env.NODE_ENV = 'production'
  const { build } = await import('vite')
  await build({ configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn' })
  await compressAll()
  await writeFile(STAMP, digest)
}

const filesIn = async (path: string): Promise<string[]> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return [path]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

const digestOf = async (paths: readonly string[]): Promise<string> => {
  const hash = createHash('sha256')
  for (const file of (await Promise.all(paths.map(filesIn))).flat()) {
    hash.update(`${relative(ROOT, file)}\0`).update(await readFile(file))
  }
  return hash.digest('hex')
}

/** Once here, so that no gateway does it at every start. */
const compressAll = async (): Promise<void> => {
  const texts = (await filesIn(join(DIST, 'assets'))).filter((file) => /\.(js|css|svg)$/.test(file))
  await Promise.all(
    texts.map(async (file) => {
      const bytes = await readFile(file)
      await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
      await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }))
    }),
  )
}

await main()
