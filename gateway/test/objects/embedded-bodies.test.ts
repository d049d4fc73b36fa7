import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { allOf } from '../../../tests/kit/all-of.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { roomOf } from '../../src/objects/embedded/object-header.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Asked, ask, headOf, openLine, signed } from './by-hand.ts'

let server: ObjectServer
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  server = stack.use(await startObjectServer({ clock: systemClock() }))
})
afterAll(() => stack.disposeAsync())
/** Node closes what was forgotten, sooner or later, and says so. */
const forgotten: string[] = []
process.on('warning', ({ message }) => {
  if (/garbage collection/.test(message)) forgotten.push(message)
})

let keys = 0
const newPath = (): string => `/mchat-files/mchat/employee/ann/${++keys}`
const put = (path: string, body: string | Buffer, headers: Asked['headers'] = {}): Asked =>
  signed(server, { method: 'PUT', path, headers: { 'content-length': String(body.length), ...headers }, body })
const get = (path: string, headers: Asked['headers'] = {}, method = 'GET'): Asked =>
  signed(server, { method, path, headers })
const read = async (path: string): Promise<string | undefined> => {
  const { body, status } = await ask(server, get(path))
  return status === 200 ? body.toString() : undefined
}
const expectOk = async (asked: Asked): Promise<void> => {
  expect(await ask(server, asked)).toMatchObject({ status: 200 })
}

const unfinished = (): Promise<readonly string[]> => readdir(join(server.directory, 'unfinished'))
/** Files of the store that this process has open. */
const openFiles = async (): Promise<readonly string[]> => {
  const found = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return found.filter((path) => path.startsWith(server.directory))
}
afterEach(async () => {
  await expect.poll(unfinished).toEqual([])
  await expect.poll(openFiles).toEqual([])
  expect(forgotten).toEqual([])
  const sizes = (await allOf(server.store.list(''))).map(({ size }) => size)
  expect(server.store.usedBytes).toBe(sizes.reduce((sum, size) => sum + roomOf(size), 0))
})

describe('a body', () => {
  test('that breaks off is not kept', async () => {
    const path = newPath()
    await using line = await openLine(server)
    line.socket.write(headOf(put(path, 'x'.repeat(1_000_000))))
    line.socket.write('x'.repeat(600_000))
    await expect.poll(unfinished).toHaveLength(1)
    line.socket.destroy()
    await expect.poll(unfinished).toEqual([])
    expect(await read(path)).toBeUndefined()
  })

  test('that is longer than it was said to be ends where it was said to', async () => {
    const path = newPath()
    await using line = await openLine(server)
    line.socket.write(`${headOf(put(path, 'new'))}newer`)
    await line.closed
    expect(line.text()).toMatch(/HTTP\/1.1 400 /)
    expect([undefined, 'new']).toContain(await read(path))
  })

  test.each(['', 'content-length: 3\r\n'])('in chunks is refused: %j', async (length) => {
    const path = newPath()
    const { headers = {}, ...request } = put(path, 'new')
    const { 'content-length': _length, ...rest } = headers
    await using line = await openLine(server)
    const signedWithout = signed(server, { method: 'PUT', path, headers: {} })
    line.socket.write(
      headOf({ ...request, headers: { ...rest, ...signedWithout.headers } }).replace(
        /\r\n\r\n$/,
        `\r\n${length}transfer-encoding: chunked\r\n\r\n3\r\nnew\r\n0\r\n\r\n`,
      ),
    )
    await line.says(/^HTTP\/1.1 (411|400) /)
    expect(await read(path)).toBeUndefined()
  })

  test('that is refused may be sent to its end before the answer is read', async () => {
    const large = 'x'.repeat(8_000_000)
    for (const asked of [
      put(newPath(), large, { 'x-amz-tagging': 'a=b' }),
      { ...put(newPath(), large), query: 'acl' },
      { ...put('/mchat-files', large, { 'content-type': 'multipart/form-data; boundary=b' }), method: 'POST' },
    ]) {
      await using line = await openLine(server)
      line.socket.pause()
      line.socket.write(headOf(asked))
      await new Promise((resolve) => line.socket.write(large, resolve))
      line.socket.resume()
      await line.says(/^HTTP\/1.1 (400|403|501) .*<\/Error>/s)
    }
  })

  test('is waited for where its sender waits to be asked for it', async () => {
    const path = newPath()
    await using line = await openLine(server)
    line.socket.write(headOf(put(path, 'hello', { expect: '100-continue' })))
    await line.says(/^HTTP\/1.1 100 /)
    line.socket.write('hello')
    await line.says(/HTTP\/1.1 200 /)
    expect(await read(path)).toBe('hello')
  })

  test.each<readonly [string, (body: string) => Readonly<Record<string, string>>]>([
    ['MD5', () => ({ 'content-md5': createHash('md5').update('other').digest('base64') })],
    ['no MD5', () => ({ 'content-md5': 'x' })],
    ['SHA-256', () => ({ 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') })],
    ['SHA-1', () => ({ 'x-amz-checksum-sha1': createHash('sha1').update('other').digest('base64') })],
    ['CRC-32', () => ({ 'x-amz-checksum-crc32': 'AAAAAA==' })],
    [
      'one right and one wrong',
      (body) => ({ 'content-md5': createHash('md5').update(body).digest('base64'), 'x-amz-checksum-crc32': '' }),
    ],
  ])('with another checksum is refused, and the connection goes on: %s', async (_what, headersOf) => {
    const path = newPath()
    await expectOk(put(path, 'old'))
    await using line = await openLine(server)
    line.socket.write(`${headOf(put(path, 'hello', headersOf('hello')))}hello`)
    await line.says(/^HTTP\/1.1 400 /)
    line.socket.write(headOf(get(path)))
    await line.says(/HTTP\/1.1 200 .*old$/s)
    expect(line.text()).toMatch(/<Code>(BadDigest|InvalidDigest)</)
  })

  test('can be told of in words that fit into a header only', async () => {
    const path = newPath()
    for (const [name, value] of [
      ['x-amz-meta-note', 'a%0D%0Aset-cookie%3A%20x'],
      ['x-amz-meta-note', '%E6%8A%A5%E5%91%8A'],
      ['x-amz-meta-note', 'a%00'],
      ['x-amz-meta-a%20b', 'c'],
      ['x-amz-meta-note', 'x'.repeat(9000)],
    ]) {
      const query = `${name}=${value}`
      const asked: Asked = { method: 'PUT', path, query, headers: { 'content-length': '3' }, body: 'new' }
      expect(await ask(server, signed(server, asked)), query).toMatchObject({ status: 400 })
    }
    expect(await read(path)).toBeUndefined()
  })
})

test('metadata comes back as the bytes that were sent and signed', async () => {
  const path = newPath()
  await using line = await openLine(server)
  line.socket.write(`${headOf(put(path, 'new', { 'x-amz-meta-note': '报告 café' }))}new`)
  await line.says(/^HTTP\/1.1 200 /)
  const { headers } = await ask(server, get(path))
  expect(Buffer.from(String(headers['x-amz-meta-note']), 'latin1').toString()).toBe('报告 café')
})

describe('many at once', () => {
  test('to one key leave one of them, whole', async () => {
    const path = newPath()
    const bodies = Array.from({ length: 24 }, (_, i) => Buffer.alloc(1 + i * 7919, i))
    const answers = await Promise.all(bodies.map((body) => ask(server, put(path, body))))
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200))
    const { body } = await ask(server, get(path))
    expect(bodies.some((each) => each.equals(body))).toBe(true)
  })

  test('with deletions among them leave one or none', async () => {
    const folder = newPath()
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const path = `${folder}/${i % 3}/x`
        const { status } = await ask(server, i % 2 === 0 ? put(path, 'x'.repeat(i)) : get(path, {}, 'DELETE'))
        expect(status).toBe(i % 2 === 0 ? 200 : 204)
      }),
    )
  })

  test('of which only one may be the first leave one', async () => {
    const path = newPath()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => ask(server, put(path, `${i}`, { 'if-none-match': '*' }))),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 412)])
    expect(answers[Number(await read(path))]?.status).toBe(200)
  })

  test('that read while it is written over get the one or the other', async () => {
    const path = newPath()
    const [old, young] = [Buffer.alloc(3_000_000, 'o'), Buffer.alloc(2_000_000, 'y')]
    await expectOk(put(path, old))
    const reads = Array.from({ length: 6 }, () => ask(server, get(path)))
    const write = expectOk(put(path, young))
    for (const { body } of await Promise.all(reads)) expect(body.equals(old) || body.equals(young)).toBe(true)
    await write
    await expectOk(get(path, {}, 'HEAD'))
  })
})

describe('a range', () => {
  const ranged = async (path: string, headers: Readonly<Record<string, string>>, method = 'GET') => {
    const answer = await ask(server, get(path, { range: 'bytes=2-4', ...headers }, method))
    return { status: answer.status, body: answer.body.toString(), range: answer.headers['content-range'] }
  }

  test('is given where what somebody has of it is still what is there, and else all of it', async () => {
    const path = newPath()
    await expectOk(put(path, '0123456789'))
    const { headers } = await ask(server, get(path, {}, 'HEAD'))
    const [etag, date] = [String(headers.etag), String(headers['last-modified'])]
    const [part, all] = [
      { status: 206, body: '234', range: 'bytes 2-4/10' },
      { status: 200, body: '0123456789', range: undefined },
    ]
    for (const same of [etag, date]) expect(await ranged(path, { 'if-range': same }), same).toEqual(part)
    const others = [`W/${etag}`, '"x"', '*', 'Sun, 22 Nov 2015 00:00:00 GMT', 'Sun, 22 Nov 2099 00:00:00 GMT', 'x']
    for (const other of others) expect(await ranged(path, { 'if-range': other }), other).toEqual(all)
    // What is not there in what was there is no reason to refuse what is there.
    expect(await ranged(path, { range: 'bytes=10-', 'if-range': '"x"' })).toEqual(all)
  })

  test.each(['GET', 'HEAD'])('that is not there is answered with how much there is: %s', async (method) => {
    const path = newPath()
    await expectOk(put(path, '0123456789'))
    expect(await ranged(path, { range: 'bytes=10-' }, method)).toMatchObject({ status: 416, range: 'bytes */10' })
    expect(await ranged(path, { range: 'bytes=-0' }, method)).toMatchObject({ status: 416, range: 'bytes */10' })
  })
})

test('whoever does not read to the end leaves no file open', async () => {
  const path = newPath()
  await expectOk(put(path, randomBytes(4_000_000)))
  for (let pieces = 0; pieces < 10; pieces++) {
    await using line = await openLine(server)
    line.socket.write(headOf(get(path)))
    for (let i = 0; i < pieces % 3; i++) await once(line.socket, 'data')
    line.socket.destroy()
  }
  for (const headers of [
    { range: 'bytes=9999999-' },
    { 'if-match': '"x"' },
    { 'if-none-match': '*' },
    { range: 'bytes=0-0' },
  ]) {
    await ask(server, get(path, headers))
    await ask(server, get(path, headers, 'HEAD'))
  }
})
