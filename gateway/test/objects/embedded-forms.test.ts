import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Answer, type Asked, ask, headOf, openLine, signed, signedForm } from './by-hand.ts'

const PATH = '/mchat-files'
const PREFIX = 'mchat/incoming/employee/ann/'
let server: ObjectServer
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  server = stack.use(await startObjectServer({ clock: systemClock() }))
})
afterAll(() => stack.disposeAsync())

let keys = 0
const newKey = (): string => `${PREFIX}${++keys}`
const policy = (...more: readonly unknown[]) => ({
  conditions: [
    ['starts-with', '$key', PREFIX],
    { 'x-amz-meta-owner': 'ann' },
    ['content-length-range', 1, 100_000],
    ...more,
  ],
})
const fieldsOf = (key: string, ...conditions: readonly unknown[]) => ({
  key,
  'x-amz-meta-owner': 'ann',
  ...signedForm(server, policy(...conditions)),
})

const field = (name: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const fields = (all: Readonly<Record<string, string>>): string =>
  Object.entries(all)
    .map(([name, value]) => field(name, value))
    .join('')
const file = (bytes: string, name = 'file'): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n${bytes}\r\n`
const END = '--b--\r\n'

const form = (body: string, type = 'multipart/form-data; boundary=b'): Asked => ({
  method: 'POST',
  path: PATH,
  headers: { host: 'x', 'content-type': type, 'content-length': String(Buffer.byteLength(body)) },
  body,
})
const post = (body: string, type?: string): Promise<Answer> => ask(server, form(body, type))
const get = async (key: string): Promise<string | undefined> => {
  const { body, status } = await ask(server, signed(server, { method: 'GET', path: `${PATH}/${key}` }))
  return status === 200 ? body.toString() : undefined
}
const unfinished = (): Promise<readonly string[]> => readdir(join(server.directory, 'unfinished'))

describe('a form, as no browser would send it', () => {
  test.each(['multipart/form-data; boundary=b', 'Multipart/Form-Data;charset=utf-8;boundary="b"'])(
    'is taken as it should be: %s',
    async (type) => {
      const key = newKey()
      expect(await post(`a preamble\r\n${fields(fieldsOf(key))}${file('hello')}${END}an epilogue`, type)).toMatchObject(
        {
          status: 204,
        },
      )
      expect(await get(key)).toBe('hello')
    },
  )

  test('may hold whatever looks like a boundary, and come byte by byte', async () => {
    const key = newKey()
    const bytes = '\r\n--\r\n-\r\n--a\r\n\r\n--c--\r\n--B\r\n'
    const body = `${fields(fieldsOf(key))}${file(bytes)}${END}`
    await using line = await openLine(server)
    line.socket.write(headOf(form(body)))
    for (const byte of body) {
      line.socket.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await line.says(/^HTTP\/1.1 204 /)
    expect(await get(key)).toBe(bytes)
  })

  test('makes no more folders than a key of the gateway’s needs', async () => {
    const key = `${PREFIX}${'a/'.repeat(400)}x`
    const answer = await post(`${fields(fieldsOf(key))}${file('hello')}${END}`)
    expect([answer.status, await unfinished()]).toEqual([400, []])
    expect(answer.body.toString()).toContain('<Code>KeyTooLongError</Code>')
  })

  test('counts by what stands before the file', async () => {
    const [key, other] = [newKey(), newKey()]
    const late = field('key', other) + file('more') + field('x-amz-meta-owner', 'bob')
    expect((await post(`${fields(fieldsOf(key))}${file('hello')}${late}${END}`)).status).toBe(204)
    expect(await get(key)).toBe('hello')
    expect(await get(other)).toBeUndefined()
    expect((await post(`${file('hello')}${fields(fieldsOf(other))}${END}`)).status).toBe(403)
    expect(await get(other)).toBeUndefined()
  })

  const rest = (key: string): string => `${fields(fieldsOf(key))}${file('hello')}`
  const broken: readonly (readonly [string, (key: string) => string, string?])[] = [
    ['no boundary', (key) => rest(key) + END, 'multipart/form-data'],
    ['an empty boundary', (key) => rest(key) + END, 'multipart/form-data; boundary='],
    ['a boundary by another name', (key) => rest(key) + END, 'multipart/form-data; xboundary=b'],
    ['another boundary', (key) => rest(key) + END, 'multipart/form-data; boundary=c'],
    ['a boundary that does not end', (key) => rest(key) + END, 'multipart/form-data; boundary="b'],
    ['a boundary of 71 characters', (key) => rest(key) + END, `multipart/form-data; boundary=${'b'.repeat(71)}`],
    ['no end', (key) => rest(key)],
    ['another end', (key) => `${rest(key)}--c--\r\n`],
    ['an end in the middle of the file', (key) => `${rest(key).slice(0, -5)}`],
    [
      'fields that are too long together',
      (key) => ['a', 'b', 'c'].map((name) => field(`x-ignore-${name}`, 'x'.repeat(12_000))).join('') + rest(key) + END,
    ],
    ['no file', (key) => fields(fieldsOf(key)) + END],
    ['a file by another name', (key) => fields(fieldsOf(key)) + file('hello', 'upload') + END],
    ['a field without a name', (key) => `--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n${rest(key)}${END}`],
    ['a part without headers', (key) => `--b\r\n\r\nx\r\n${rest(key)}${END}`],
    ['headers that are none', (key) => `--b\r\nhello\r\n\r\nx\r\n${rest(key)}${END}`],
    ['headers that do not end', (key) => `--b\r\n${'x: y\r\n'.repeat(5000)}${rest(key)}${END}`],
    ['a preamble that does not end', (key) => `${'x'.repeat(100_000)}\r\n${rest(key)}${END}`],
    ['something after a boundary', (key) => `--bb\r\n${rest(key)}${END}`],
    ['a field twice', (key) => field('KEY', key) + rest(key) + END],
    ['a giant field', (key) => field('x-ignore-it', 'x'.repeat(40_000)) + rest(key) + END],
    [
      'too many fields',
      (key) => Array.from({ length: 50 }, (_, i) => field(`x-ignore-${i}`, '')).join('') + rest(key) + END,
    ],
    ['too small a file', (key) => fields(fieldsOf(key)) + file('') + END],
    ['too large a file', (key) => fields(fieldsOf(key)) + file('x'.repeat(100_001)) + END],
    ['nothing', () => ''],
  ]
  test.each(broken.map(([what, bodyOf, type]) => ({ what, bodyOf, type })))(
    'is refused with $what',
    async ({ bodyOf, type }) => {
      const key = newKey()
      const { code, status } = await post(bodyOf(key), type)
      expect([400, 403], code).toContain(status)
      expect(await get(key)).toBeUndefined()
      expect(await unfinished()).toEqual([])
    },
  )

  test.each<readonly [string, (key: string) => Readonly<Record<string, string>>]>([
    ['no policy', (key) => ({ key })],
    ['the name of the prototype', (key) => ({ ...fieldsOf(key), ['__proto__']: 'x' })],
    ['a field that the policy does not name', (key) => ({ ...fieldsOf(key), 'content-type': 'text/html' })],
    ['another owner', (key) => ({ ...fieldsOf(key), 'x-amz-meta-owner': 'bob' })],
    ['no owner', (key) => ({ ...fieldsOf(key), 'x-amz-meta-owner': '' })],
    ['a security token', (key) => ({ ...fieldsOf(key), 'x-amz-security-token': 'x' })],
    [
      'a policy that has expired',
      (key) => ({ ...fieldsOf(key), ...signedForm(server, { ...policy(), expiration: '2020-01-01T00:00:00Z' }) }),
    ],
    [
      'a policy of another region',
      (key) => ({ ...fieldsOf(key), ...signedForm(server, policy(), { region: 'eu-west-1' }) }),
    ],
    ['a policy of another day', (key) => ({ ...fieldsOf(key), ...signedForm(server, policy(), { date: '20200101' }) })],
    [
      'a policy that never expires',
      (key) => ({ ...fieldsOf(key), ...signedForm(server, { ...policy(), expiration: 'never' }) }),
    ],
    ['a policy that is none', (key) => ({ ...fieldsOf(key), ...signedForm(server, { conditions: [null, 1, []] }) })],
  ])('is refused with %s', async (_what, all) => {
    const key = newKey()
    expect((await post(`${fields(all(key))}${file('hello')}${END}`)).status).toBe(403)
    expect(await get(key)).toBeUndefined()
  })

  test.each([
    ['cache-control', 'no-cache'],
    ['Expires', 'Sun, 22 Nov 2099 00:00:00 GMT'],
    ['content-encoding', 'gzip'],
    ['content-language', 'de'],
    ['acl', 'public-read'],
    ['tagging', '<Tagging/>'],
    ['redirect', 'https://example.org/'],
    ['success_action_redirect', 'https://example.org/'],
    ['x-amz-storage-class', 'GLACIER'],
    ['x-amz-server-side-encryption', 'AES256'],
    ['x-amz-website-redirect-location', '/'],
    ['x-amz-checksum-sha256', 'x'],
    ['x-amz-meta', 'x'],
  ])('is refused where it asks for what is not done, and its policy allows it: %s', async (name, value) => {
    const key = newKey()
    const all = { ...fieldsOf(key, { [name]: value }), [name]: value }
    const { code, status } = await post(`${fields(all)}${file('hello')}${END}`)
    expect([status, code]).toEqual([501, 'NotImplemented'])
    expect(await get(key)).toBeUndefined()
  })

  test('may say what is done anyway, and what is to be passed over', async () => {
    const key = newKey()
    const more = { acl: 'private', 'X-Amz-Storage-Class': 'STANDARD', 'content-type': 'image/png' }
    const all = { ...fieldsOf(key, ...Object.entries(more).map(([name, value]) => ({ [name]: value }))), ...more }
    const passedOver = field('x-ignore-cache-control', 'no-cache')
    expect((await post(`${passedOver}${fields(all)}${file('hello')}${END}`)).status).toBe(204)
    expect(await get(key)).toBe('hello')
  })

  test('leaves nothing behind when it is broken off', async () => {
    const used = server.store.usedBytes
    const key = newKey()
    for (const refused of [false, true]) {
      const begun = `${refused ? field('key', key) : fields(fieldsOf(key))}${file('x'.repeat(70_000))}`
      await using line = await openLine(server)
      line.socket.write(headOf(form(begun + ' '.repeat(1_000_000))))
      line.socket.write(begun)
      if (refused) await line.says(/^HTTP\/1.1 403 /)
      else await expect.poll(unfinished).toHaveLength(1)
      line.socket.destroy()
      await expect.poll(unfinished).toEqual([])
    }
    expect(server.store.usedBytes).toBe(used)
    expect(await get(key)).toBeUndefined()
  })

  test('that is refused is answered, however much of it is still to come', async () => {
    const body = field('key', newKey()) + file('x'.repeat(3_000_000)) + END
    expect((await post(body)).status).toBe(403)
  })
})
