import { defineConfig } from 'vitest/config'
import { SlowestFirst } from './tests/runner/slowest-first.ts'

export default defineConfig({
  test: {
    include: [
      'schema/test/**/*.test.ts',
      'gateway/test/**/*.test.ts',
      'sdk-ts/test/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    globalSetup: ['tests/kit/global-setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A second, which is the default, is what a busy machine may need for four connections.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    // Many tests wait for processes that they have started: three keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
  },
})
