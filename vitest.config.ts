import { defineConfig } from 'vitest/config'
import { COMPILED_ONCE } from './tests/kit/wasm-compilation.ts'
import { filesWithOwnProcess } from './tests/runner/own-process.ts'
import { SlowestFirst } from './tests/runner/slowest-first.ts'

const all = ['{schema,gateway,sdk-ts,admin}/test/**/*.test.ts', 'tests/**/*.test.ts']
const alone = filesWithOwnProcess(import.meta.dirname, all)

export default defineConfig({
  test: {
    globalSetup: ['tests/kit/global-setup.ts'],
    // Patience alone, for a busy machine may take ten times as long: no test is about how long it takes.
    testTimeout: 600_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    execArgv: [...COMPILED_ONCE],
    // Many tests wait for processes and pages that they have started: four keep two cores busy.
    maxWorkers: 4,
    sequence: { sequencer: SlowestFirst },
    // To load two thousand modules and to compile a database is most of what a small file costs.
    projects: [
      { extends: true, test: { name: 'alone', include: alone, isolate: true } },
      { extends: true, test: { name: 'together', include: all, exclude: alone, isolate: false } },
    ],
  },
})
