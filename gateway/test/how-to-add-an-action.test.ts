import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WORKSPACES = { schema: 'schema', gateway: 'gateway', sdk: 'sdk-ts' }

/** A copy of the repository whose workspaces find each other and not the originals. */
const copyRepository = (to: string): void => {
  const isSource = (path: string): boolean => !/\/(node_modules|data|dist)$/.test(path)
  for (const name of [...Object.values(WORKSPACES), 'tests', 'docs']) {
    cpSync(join(ROOT, name), join(to, name), { recursive: true, filter: isSource })
  }
  for (const name of ['package.json', 'tsconfig.json', 'vitest.config.ts']) cpSync(join(ROOT, name), join(to, name))
  mkdirSync(join(to, 'node_modules/@mchat'), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@mchat') symlinkSync(join(ROOT, 'node_modules', name), join(to, 'node_modules', name))
  }
  for (const [name, folder] of Object.entries(WORKSPACES)) {
    symlinkSync(join(to, folder), join(to, 'node_modules/@mchat', name))
  }
}

/** Makes the changes that the page describes. */
const follow = (page: string, root: string): number => {
  const blocks = [...page.matchAll(/^```ts (file|in)=(\S+)(?: after="(.*)")?\n([\s\S]*?)^```$/gm)]
  for (const [, how, path = '', anchor = '', code = ''] of blocks) {
    const file = join(root, path)
    if (how === 'file') {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, code)
      continue
    }
    const lines = readFileSync(file, 'utf8').split('\n')
    const found = lines.flatMap((line, i) => (line.includes(anchor) ? [i] : []))
    expect(found, `"${anchor}" must be in ${path} once`).toHaveLength(1)
    lines.splice((found[0] ?? 0) + 1, 0, code.trimEnd())
    writeFileSync(file, lines.join('\n'))
  }
  return blocks.length
}

test('what docs/how-to-add-an-action.md says makes an action that compiles and passes its tests', async () => {
  await using directory = await tempDirectory()
  const root = directory.path
  copyRepository(root)
  expect(follow(readFileSync(join(ROOT, 'docs/how-to-add-an-action.md'), 'utf8'), root)).toBe(9)
  const run = (...args: string[]): string => {
    try {
      return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string }
      throw new Error(`node ${args.join(' ')} failed:\n${stdout}\n${stderr}`)
    }
  }
  run('schema/generate/main.ts', '--root', root)
  run('sdk-ts/generate/main.ts')
  expect(readFileSync(join(root, 'docs/reference/actions.md'), 'utf8')).toMatch(/^#+ .?group\.rename/m)
  const include = ['schema/src', 'schema/test', 'gateway/src', 'gateway/test/handlers', 'tests/contract']
  writeFileSync(join(root, 'tsconfig.example.json'), JSON.stringify({ extends: './tsconfig.json', include }))
  run('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.example.json')
  const own = ['gateway/test/handlers/group-rename.test.ts', 'schema/test/actions.test.ts']
  run('node_modules/vitest/vitest.mjs', 'run', ...own, ...SUITES_OF_ALL_ACTIONS, '-t', OF_THE_ACTION)
})

const SUITES_OF_ALL_ACTIONS = ['tests/contract/ladder.test.ts', 'tests/contract/hostile/hostile.test.ts']
/** Its own tests, and what those of all actions say of it; the other suites of the contract hold for it as for any. */
const OF_THE_ACTION = 'renaming a group|group.rename|every action'
