import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { renderConfigurationReference } from '../src/config/reference.ts'

/**
 * Writes docs/reference/configuration.md from the table of settings. With `--check` nothing is written, and the exit code
 * is 1 when the page is not what would be.
 */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const path = fileURLToPath(new URL('../../docs/reference/configuration.md', import.meta.url))
const page = renderConfigurationReference()
const onDisk = await readFile(path, 'utf8').catch(() => undefined)

if (onDisk === page) {
  console.log('docs/reference/configuration.md is up to date.')
} else if (values.check) {
  console.error('docs/reference/configuration.md is not up to date; run `npm run generate` and commit what it writes.')
  process.exitCode = 1
} else {
  await writeFile(path, page)
  console.log('docs/reference/configuration.md')
}
