import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { generateSources } from './sources.ts'

// Usage: node sdk-ts/generate/main.ts [--check]
// Without an argument the files in src/generated/ are written; with --check they are compared, and the exit code is 1
// when the schema has moved on without them.

const folder = new URL('../src/generated/', import.meta.url)
const check = process.argv.includes('--check')
const stale: string[] = []

for (const [name, source] of generateSources()) {
  const file = new URL(name, folder)
  if (existsSync(file) && readFileSync(file, 'utf8') === source) continue
  stale.push(name)
  if (!check) writeFileSync(file, source)
}

if (check && stale.length > 0) {
  console.error(`sdk-ts/src/generated is out of date: ${stale.join(', ')}. Run: npm run generate -w @mchat/sdk`)
  process.exitCode = 1
} else {
  console.log(stale.length === 0 ? 'sdk-ts/src/generated is up to date' : `written: ${stale.join(', ')}`)
}
