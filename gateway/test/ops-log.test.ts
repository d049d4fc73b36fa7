import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createLog, type LogOptions } from '../src/ops/log.ts'
import { createRequestLog, type RequestLine } from '../src/ops/request-log.ts'

const clock = { timestamp: () => '2026-01-02T03:04:05.678Z' }

const capture = (options: Partial<LogOptions> = {}) => {
  const lines: string[] = []
  const log = createLog({ logLevel: 'info', logFormat: 'json', clock, write: (line) => lines.push(line), ...options })
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

test('a line is one JSON object with level, time and message', () => {
  const { log, lines } = capture()
  log.info({ port: 8080, names: ['a', 'b'], on: true, none: undefined, nothing: null }, 'listening')
  expect(lines).toEqual([
    '{"level":"info","time":"2026-01-02T03:04:05.678Z","port":8080,"names":["a","b"],"on":true,"nothing":null,"msg":"listening"}\n',
  ])
})

test('levels below the chosen one are not written', () => {
  const { log, parsed } = capture({ logLevel: 'warn' })
  log.debug({}, 'a')
  log.info({}, 'b')
  log.warn({}, 'c')
  log.error({}, 'd')
  expect(parsed().map((line) => line.msg)).toEqual(['c', 'd'])
  expect([log.isEnabled('info'), log.isEnabled('warn')]).toEqual([false, true])
})

test.each(['json', 'pretty'] as const)('what clients send cannot break the line (%s)', (logFormat) => {
  const { log, lines } = capture({ logFormat })
  const hostile = 'x\n{"level":"info"}\r\u2028\u2029\u0085\u001b[31mred\u202egnp\u009b1m'
  log.info({ seq_id: hostile, names: [hostile] }, hostile)
  expect(lines).toHaveLength(1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/)
  if (logFormat === 'json')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', seq_id: hostile, msg: hostile })
})

test('secrets, payloads and objects are not written', () => {
  const { log, lines, parsed } = capture()
  log.info(
    {
      mqtt_password: 'p4ss',
      token: 'p4ss',
      payload: 'p4ss',
      content: 'p4ss',
      authorization: 'p4ss',
      request: { content: 'p4ss' },
      list: [{ content: 'p4ss' }],
      buffer: Buffer.from('p4ss'),
    },
    'x',
  )
  expect(lines[0]).not.toContain('p4ss')
  expect(parsed()[0]).toMatchObject({ mqtt_password: '[redacted]', request: '[object]', list: ['[object]'] })
})

test('fields cannot pose as the line’s own', () => {
  const { log, lines } = capture()
  log.info({ level: 'error', time: 'never', msg: 'other' }, 'x')
  expect(lines[0]?.match(/"level":/g)).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', level_: 'error', msg: 'x' })
})

test('errors keep type, code, stack and cause, without passwords in addresses', () => {
  const { log, lines, parsed } = capture()
  const cause = Object.assign(new Error('connect postgres://mchat:hunter2@db:5432/x'), { code: 'ECONNREFUSED' })
  log.error({ err: new TypeError('failed', { cause }) }, 'x')
  expect(lines[0]).not.toContain('hunter2')
  expect(parsed()[0]).toMatchObject({
    error: {
      type: 'TypeError',
      message: 'failed',
      stack: expect.stringContaining('ops-log'),
      cause: { code: 'ECONNREFUSED' },
    },
  })
})

const request = {
  client_id: 'alice',
  seq_id: '1',
  employee_id: 'alice',
  action: 'msg.send_private',
  code: 0,
  ms: 1.23456,
}

test('requests are logged by what came of them', () => {
  const levels = (logLevel: LogOptions['logLevel']) => {
    const { log, parsed } = capture({ logLevel })
    const write = createRequestLog(log, { monotonic: () => 0 })
    write(request)
    write({ ...request, action: 'group.create' })
    write({ ...request, code: 403, reason: 'forbidden' })
    write({ ...request, code: 503, reason: 'database_unavailable' })
    write({ ...request, code: 500, reason: 'internal', error: new Error('boom') })
    return parsed()
  }
  expect(levels('debug').map((line) => line.level)).toEqual(['debug', 'info', 'info', 'warn', 'error'])
  expect(levels('info').map((line) => line.level)).toEqual(['info', 'info', 'warn', 'error'])
  expect(levels('debug')[0]).toEqual({ level: 'debug', time: clock.timestamp(), ...request, ms: 1.235, msg: 'request' })
})

test('a flood of refused requests is counted, not written', () => {
  const { log, parsed } = capture()
  let now = 0
  const write = createRequestLog(log, { monotonic: () => now })
  for (let i = 0; i < 1000; i++) write({ ...request, code: 429, reason: 'rate_limited' })
  expect(parsed()).toHaveLength(200)
  now = 1000
  write({ ...request, code: 429, reason: 'rate_limited' })
  expect(parsed().slice(200)).toMatchObject([{ msg: 'request lines left out', count: 800 }, { msg: 'request' }])
})

test('docs/reference/log.md names every field of a request line', () => {
  const page = readFileSync(new URL('../../docs/reference/log.md', import.meta.url), 'utf8')
  const line: Required<RequestLine> = { ...request, reason: 'internal', error: undefined }
  for (const field of Object.keys(line)) expect(page).toContain(`| \`${field}\` |`)
})

test('what WebAssembly throws is told, though it is no Error', () => {
  const { log, parsed } = capture()
  log.error({ error: { name: 'ErrnoError', errno: 51, message: 'FS error' } }, 'failed')
  expect(parsed()[0]?.error).toEqual({ type: 'ErrnoError', message: 'FS error' })
})
