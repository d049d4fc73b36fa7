import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bringUpToDate, differences } from './disk.ts'
import { products } from './products.ts'

/**
 * Writes everything that is made from schema/src. With `--check` nothing is written, and the exit code is 1 when a file
 * is not what would be. `--root` takes another folder for the repository.
 */
const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('../..', import.meta.url)) },
  },
})

const files = products()
if (values.check) {
  const found = await differences(values.root, files)
  for (const { path, problem } of found) console.error(`${path}: ${problem}`)
  if (found.length > 0) {
    console.error('Generated files are not up to date; run `npm run generate` and commit what it writes.')
    process.exitCode = 1
  }
} else {
  const found = await bringUpToDate(values.root, files)
  for (const { path } of found) console.log(path)
  console.log(
    found.length === 0 ? `All ${files.size} files are up to date.` : `${found.length} files brought up to date.`,
  )
}
