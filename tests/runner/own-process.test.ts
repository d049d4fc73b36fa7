import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesWithOwnProcess, needsOwnProcess } from './own-process.ts'

test.each([
  "vi.useFakeTimers({ toFake: ['setTimeout'] })",
  "const write = vi.spyOn(fs, 'writeSync')",
  "vi.stubEnv('NODE_USE_ENV_PROXY', '1')",
  "vi.stubGlobal('XMLHttpRequest', FakeXhr)",
  "process.on('warning', listener)",
  "process.once('uncaughtException', resolve)",
  'const before = process.memoryUsage().rss',
  'const started = process.cpuUsage()',
  'process.exitCode = 1',
  "process.env.TZ = 'UTC'",
  'globalThis.fetch = fake',
  "import { monitorEventLoopDelay } from 'node:perf_hooks'",
])('a file with `%s` has a process of its own', (line) => {
  expect(needsOwnProcess(`test('a', () => {\n  ${line}\n})\n`)).toBe(true)
})

test.each([
  "const env = { PATH: process.env.PATH, HOME: '/' }",
  "if (process.env.MCHAT_TEST_ALL === '1') return",
  "spawn(process.execPath, ['-e', '0'])",
  "gateway.kill('SIGTERM')",
  'const now = performance.now()',
  "import { mchat } from './mchat-process.ts'",
])('a file with `%s` shares one', (line) => {
  expect(needsOwnProcess(`test('a', () => {\n  ${line}\n})\n`)).toBe(false)
})

test('it is found in the files of a pattern', () => {
  const found = filesWithOwnProcess(join(import.meta.dirname, '../..'), ['gateway/test/limits/*.test.ts'])
  expect(found).toEqual(['gateway/test/limits/budgets.test.ts'])
})
