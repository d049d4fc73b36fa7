import { cpSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { migrate } from '../../gateway/src/db/migrations/migrate.ts'
import { openPGlite } from '../../gateway/src/db/pglite.ts'
import { schemaFingerprint } from './schema-fingerprint.ts'

/**
 * Puts a migrated, empty database into a data directory, for a process of its own that is tested for something else than
 * its first start: making one takes five seconds of a processor, copying one a fraction of a second.
 */
export const prepareDatabase = async (dataDir: string): Promise<void> => {
  const to = join(dataDir, 'database')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const kept = await keptDatabase()
  if (kept === undefined) await makeDatabase(dataDir)
  // Without waiting: a thousand small files that are each waited for cost five times as much.
  else cpSync(kept, to, { recursive: true, errorOnExist: true, force: false })
}

const makeDatabase = async (directory: string): Promise<void> => {
  const database = await openPGlite({ directory })
  await migrate(database).finally(() => database.close())
}

/** Made once per schema; undefined where nothing can be kept. */
const keptDatabase = async (): Promise<string | undefined> => {
  const cache = join(import.meta.dirname, '../../node_modules/.cache/mchat')
  const path = join(cache, `pglite-directory-${schemaFingerprint()}`)
  if (await exists(path)) return path
  const draft = await mkdir(cache, { recursive: true })
    .then(() => mkdtemp(`${path}.`))
    .catch(() => undefined)
  if (draft === undefined) return undefined
  try {
    await makeDatabase(draft)
    await rename(join(draft, 'database'), path).catch(async (error: unknown) => {
      // Another process was faster.
      if (!(await exists(path))) throw error
    })
    return path
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
