import { defineConfig } from 'vitest/config'

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
    pool: 'forks',
    maxWorkers: 2,
  },
})
