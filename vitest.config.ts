import { defineConfig } from 'vitest/config'
import { filesWithOwnProcess } from './tests/runner/own-process.ts'
import { SlowestFirst } from './tests/runner/slowest-first.ts'

const parts = [
  'schema/test/**/*.test.ts',
  'gateway/test/**/*.test.ts',
  'sdk-ts/test/**/*.test.ts',
  'admin/test/**/*.test.ts',
]
const alone = filesWithOwnProcess(import.meta.dirname, parts)

export default defineConfig({
  test: {
    globalSetup: ['tests/kit/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A second, which is the default, is what a busy machine may need for four connections.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    // Many tests wait for processes that they have started: three keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
    // To load two thousand modules and to compile a database is most of what a small file costs; of what attacks, kills and
    // measures whole gateways it is little.
    projects: [
      { extends: true, test: { name: 'alone', include: ['tests/**/*.test.ts', ...alone], isolate: true } },
      { extends: true, test: { name: 'together', include: parts, exclude: alone, isolate: false } },
    ],
  },
})
