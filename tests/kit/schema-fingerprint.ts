import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const DB = join(import.meta.dirname, '../../gateway/src/db')

/** Changes with every migration: prepared databases are named after it, so that a stale one is never used. */
export const schemaFingerprint = (): string => {
  const hash = createHash('sha256').update(readFileSync(join(DB, 'pglite.ts')))
  const migrations = join(DB, 'migrations')
  for (const file of readdirSync(migrations).sort()) hash.update(readFileSync(join(migrations, file)))
  return hash.digest('hex').slice(0, 12)
}
