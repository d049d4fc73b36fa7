import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { allOf } from '../../../tests/kit/all-of.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { createTestClock, type TestClock } from '../../../tests/kit/test-clock.ts'
import { type Answer, type Asked, ask, headOf, openLine, presigned, type SigningOptions, signed } from './by-hand.ts'

const KEY = '/mchat-files/mchat/employee/ann/report'
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const clock: TestClock = createTestClock()
let server: ObjectServer
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  server = stack.use(await startObjectServer({ clock }))
})
afterAll(() => stack.disposeAsync())

const put = (body = 'new'): Asked => ({
  method: 'PUT',
  path: KEY,
  headers: { 'content-type': 'image/png', 'content-length': String(body.length) },
  body,
})
const NAMES = ['host', 'content-type', 'content-length']
const get: Asked = { method: 'GET', path: KEY }

const expectUntouched = async (): Promise<void> => {
  const objects = await allOf(server.store.list(''))
  expect(objects.map(({ key }) => key)).toEqual([KEY.slice('/mchat-files/'.length)])
  const time = clock.date()
  expect((await ask(server, signed(server, get, { time }))).body.toString()).toBe('old')
}
const expectRefused = async ({ code, status }: Answer): Promise<void> => {
  expect([400, 403, 404, 431, 501], code).toContain(status)
  await expectUntouched()
}

beforeEach(async () => {
  const time = clock.date()
  expect((await ask(server, presigned(server, put('old'), { time, names: NAMES }))).status).toBe(200)
})

/** Of a request that is signed as a URL, afterwards. */
const changes: readonly (readonly [string, (asked: Asked) => Asked])[] = [
  ...Object.entries({
    'another key': `${KEY}2`,
    'a folder': `${KEY}/`,
    'a way up': `${KEY}/../report2`,
    'an encoded way up': `${KEY}/%2e%2e/report2`,
    'a way up out of the bucket': `/mchat-files/../mchat-files/report2`,
    'two slashes': KEY.replace('/ann', '//ann'),
    'two slashes at the beginning': `/${KEY}`,
    'two slashes after the bucket': KEY.replace('files/', 'files//'),
    'an encoded slash after the bucket': KEY.replace('files/', 'files%2F'),
    'an encoded slash at the end': `${KEY}%2F`,
    'a NUL': `${KEY}%00`,
    'a NUL and a key': `${KEY}%00/../../bob/report`,
    'overlong UTF-8': KEY.replace('/ann', '%c0%afann'),
    'a lone surrogate': `${KEY}%ed%a0%80`,
    'a broken escape': `${KEY}%`,
    'an escape that is none': `${KEY}%zz`,
    'a space': `${KEY}%20`,
    'a plus': `${KEY}+`,
    'another case': KEY.replace('ann', 'ANN'),
    'another bucket': KEY.replace('files', 'file'),
    'no bucket': '/',
    'a parameter in the path': `${KEY};versionId=1`,
    'a fragment': `${KEY}#x`,
    'a whole URL': `http://127.0.0.1${KEY}`,
    'an asterisk': '*',
  }).map(([what, path]) => [what, (asked: Asked) => ({ ...asked, path })] as const),
  ...[
    'X-Amz-Expires=604800',
    'x-amz-expires=604800',
    'X-Amz-Date=20200101T000000Z',
    'X-Amz-Signature=0',
    'x-amz-signature=0',
    'X-Amz-SignedHeaders=host',
    'X-Amz-Security-Token=x',
    'x-amz-acl=private',
    'x-amz-meta-owner=bob',
    'acl',
    '=',
    'x-id=PutObject',
    'x-amz-copy-source=mchat-files%2Fmchat%2Femployee%2Fann%2Freport',
    `x=${'x'.repeat(10_000)}`,
    '%zz=',
    'a=%c0%af',
  ].map(
    (more) =>
      [
        `the parameter ${more.slice(0, 40)}`,
        (asked: Asked) => ({ ...asked, query: `${asked.query}&${more}` }),
      ] as const,
  ),
  ...(
    [
      [/X-Amz-Expires=900/, 'X-Amz-Expires=604800'],
      [/X-Amz-Expires=900/, 'x-amz-expires=900'],
      [/X-Amz-Algorithm=AWS4-HMAC-SHA256/, 'X-Amz-Algorithm=AWS4-HMAC-SHA1'],
      [/X-Amz-Algorithm=AWS4-HMAC-SHA256&/, ''],
      [/X-Amz-Credential=MCHAT1/, 'X-Amz-Credential=MCHAT2'],
      [/X-Amz-Credential=MCHAT1/, 'X-Amz-Credential=__proto__'],
      [/aws4_request/, 'aws4_request%2Fx'],
      [/X-Amz-SignedHeaders=[^&]*/, 'X-Amz-SignedHeaders=host'],
      [/X-Amz-SignedHeaders=[^&]*/, 'X-Amz-SignedHeaders='],
      [/X-Amz-SignedHeaders=([^&]*)/, 'X-Amz-SignedHeaders=$1%3Bx-new'],
      [/X-Amz-Signature=(.*)/, 'x-amz-signature=$1'],
      [/X-Amz-Signature=(.*).$/, 'X-Amz-Signature=$1'],
      [/X-Amz-Signature=.*/, 'X-Amz-Signature='],
      [/&X-Amz-Signature=.*/, ''],
      [/X-Amz-Signature=(.*)/, 'X-Amz-Signature=$1%20'],
      [/.*/, ''],
    ] as const
  ).map(
    ([from, to]) =>
      [
        `${from.source} as ${to}`,
        (asked: Asked) => ({ ...asked, query: asked.query?.replace(from, to) ?? '' }),
      ] as const,
  ),
  ...[
    { 'x-amz-acl': 'private' },
    { 'x-amz-meta-owner': 'bob' },
    { 'x-amz-copy-source': '/mchat-files/mchat/employee/ann/report' },
    { 'x-amz-content-sha256': createHash('sha256').update('new').digest('hex') },
    { 'X-AMZ-DATE': '20200101T000000Z' },
    { 'content-type': 'text/html' },
    { 'content-length': '2' },
  ].map(
    (headers) =>
      [
        `the header ${JSON.stringify(headers)}`,
        (asked: Asked) => ({ ...asked, headers: { ...asked.headers, ...headers } as Record<string, string> }),
      ] as const,
  ),
  ...['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'].map(
    (method) => [`the method ${method}`, (asked: Asked) => ({ ...asked, method })] as const,
  ),
]

describe('a URL that was signed', () => {
  test.each(changes)('is good for nothing else: %s', async (_what, change) => {
    const time = clock.date()
    await expectRefused(await ask(server, change(presigned(server, put(), { time, names: NAMES }))))
  })

  test('may be written in another way that means the same', async () => {
    const request = presigned(server, put('old'), { time: clock.date(), names: NAMES })
    const same = [
      { ...request, path: request.path.replace('report', '%72eport') },
      { ...request, path: request.path.replace('/ann', '%2fann') },
      { ...request, query: `&${request.query}&` },
      // As a proxy may ask that does not hand on whom it was asked for.
      { ...request, headers: { ...request.headers, host: 'gateway.internal' } },
    ]
    for (const each of same) expect((await ask(server, each)).status).toBe(200)
    await expectUntouched()
  })

  test('is not read when it has no end', async () => {
    const request = presigned(server, put(), { time: clock.date(), names: NAMES })
    for (const size of [17_000, 1_000_000]) {
      await using line = await openLine(server)
      line.socket.write(headOf({ ...request, query: `${request.query}&x=${'x'.repeat(size)}` }))
      await line.closed
      // What does not fit into a packet may cost its sender the answer.
      expect(line.text()).toMatch(/^(HTTP\/1.1 431 |$)/)
    }
    await expectUntouched()
  })

  const now = (): number => clock.now()
  test.each<readonly [string, () => SigningOptions]>([
    ['expired a second ago', () => ({ time: new Date(now() - 61_000), seconds: 60 })],
    ['made in 16 minutes', () => ({ time: new Date(now() + 16 * MINUTE) })],
    ['good for 8 days', () => ({ seconds: 8 * 86_400 })],
    ['good for no time', () => ({ seconds: 0 })],
    ['good for a negative time', () => ({ seconds: -1 })],
    ['good for half a second', () => ({ seconds: 0.5 })],
    ['good for what is no number', () => ({ seconds: Number.NaN })],
    ['of another region', () => ({ region: 'eu-west-1' })],
    ['of another service', () => ({ service: 'sts' })],
    ['of another day', () => ({ date: '20200101' })],
    ['made on a day that there is not', () => ({ date: '20261399' })],
    ['without the host', () => ({ names: ['content-type', 'content-length'] })],
    ['without any header', () => ({ names: [] })],
    ['of another payload', () => ({ payload: 'x' })],
  ])('is refused when it is %s', async (_what, options) => {
    await expectRefused(await ask(server, presigned(server, put(), { time: clock.date(), names: NAMES, ...options() })))
  })

  test('is good to its last second, and for seven days at most', async () => {
    const request = presigned(server, get, { time: clock.date(), seconds: 7 * 86_400 })
    clock.advance(7 * DAY - 5000)
    expect((await ask(server, request)).status).toBe(200)
    clock.advance(6000)
    expect((await ask(server, request)).status).toBe(403)
  })
})

describe('a request with a signature in its header', () => {
  const now = (): number => clock.now()
  test.each<readonly [string, () => SigningOptions]>([
    ['16 minutes old', () => ({ time: new Date(now() - 16 * MINUTE) })],
    ['16 minutes early', () => ({ time: new Date(now() + 16 * MINUTE) })],
    ['of another region', () => ({ region: 'eu-west-1' })],
    ['of another service', () => ({ service: 'execute-api' })],
    ['of another day', () => ({ date: '20200101' })],
    ['without the host', () => ({ names: ['x-amz-date', 'x-amz-content-sha256'] })],
    ['without its date', () => ({ names: ['host', 'x-amz-content-sha256'] })],
    ['of another body', () => ({ payload: createHash('sha256').update('other').digest('hex') })],
    ['of a body that is no hash', () => ({ payload: 'x'.repeat(64) })],
  ])('is refused when it is %s', async (_what, options) => {
    await expectRefused(await ask(server, signed(server, put(), { time: clock.date(), ...options() })))
  })

  test.each<readonly [string, (text: string) => string | undefined]>([
    ['none', () => undefined],
    ['an empty one', () => ''],
    ['another scheme', (text) => text.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA512')],
    ['a scheme of old', () => 'AWS MCHAT1:c2lnbmF0dXJl'],
    ['a password', () => 'Basic TUNIQVQxOg=='],
    ['another key', (text) => text.replace('MCHAT1', 'MCHAT0')],
    ['no key', (text) => text.replace('MCHAT1', '')],
    ['a short signature', (text) => text.slice(0, -1)],
    ['a signature in capitals', (text) => text.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase())],
    ['fewer headers', (text) => text.replace(/SignedHeaders=[^,]*/, 'SignedHeaders=host')],
    ['two of them', (text) => `${text}, ${text}`],
  ])('is refused with another one: %s', async (_what, change) => {
    const request = signed(server, put(), { time: clock.date() })
    const { authorization = '', ...headers } = request.headers ?? {}
    const changed = change(authorization)
    const all = changed === undefined ? headers : { ...headers, authorization: changed }
    await expectRefused(await ask(server, { ...request, headers: all as Record<string, string> }))
  })
})
