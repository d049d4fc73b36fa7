import { describe, expect, it } from 'vitest'
import { AbortedError, ClientClosedError, StoreError } from '../src/index.ts'
import { bytes, type FilesWorld, failure, KIB, startFiles } from './kit/files.ts'
import { refuse, SILENCE } from './kit/gateway.ts'
import { record } from './kit/world.ts'

const SIZE = 300 * KIB

interface Stored {
  readonly key: string
  readonly content: Uint8Array
}

const put = async ({ alice, store }: FilesWorld, size = SIZE): Promise<Stored> => {
  const content = bytes(size)
  const { key } = await alice.files.upload(content, { name: 'cat.png', contentType: 'image/png' })
  store.requests.length = 0
  return { key, content }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

describe('a download', () => {
  it('is a stream, a Blob or bytes, with what is known of the file', async () => {
    await using world = await startFiles()
    const { content, key } = await put(world)
    const download = await world.alice.files.download(key)
    expect(download).toMatchObject({ size: SIZE, contentType: 'image/png', name: 'cat.png' })
    const chunks: Uint8Array[] = []
    for await (const chunk of download.body) chunks.push(chunk)
    expect(same(Buffer.concat(chunks), content)).toBe(true)

    expect(same(await (await world.alice.files.download(key)).bytes(), content)).toBe(true)
    const blob = await (await world.alice.files.download(key)).blob()
    expect(blob.type).toBe('image/png')
    expect(same(new Uint8Array(await blob.arrayBuffer()), content)).toBe(true)
  })

  it('can be of nothing, and of a file without a name', async () => {
    await using world = await startFiles()
    world.store.objects.set('empty', Buffer.alloc(0))
    const download = await world.alice.files.download('empty')
    expect(download.name).toBeUndefined()
    expect(await download.bytes()).toEqual(new Uint8Array(0))
  })

  it.each([
    [{ start: 0, end: 1 }, 0, 1],
    [{ start: 1000, end: 70_000 }, 1000, 70_000],
    [{ start: SIZE - 1 }, SIZE - 1, SIZE],
    [{ start: 5, end: SIZE + 1000 }, 5, SIZE],
    [{ start: 5, end: 5 }, 5, 5],
    [{ start: SIZE }, SIZE, SIZE],
  ])('can be of the range %o', async (range, from, to) => {
    await using world = await startFiles()
    const { content, key } = await put(world)
    const download = await world.alice.files.download(key, { range })
    expect(download.size).toBe(SIZE)
    expect(same(await download.bytes(), content.subarray(from, to))).toBe(true)
    expect(world.store.requests.map(({ status }) => status)).toEqual(to > from ? [206] : [])
  })

  it('refuses a range that is none', async () => {
    await using world = await startFiles()
    for (const range of [{ start: -1 }, { start: 0.5 }, { start: 0, end: Number.NaN }]) {
      expect(await failure(world.alice.files.download('k', { range }))).toBeInstanceOf(TypeError)
    }
  })

  it('tells how much has come', async () => {
    await using world = await startFiles()
    const { key } = await put(world)
    const errors = record(world.alice, 'error')
    const told: number[] = []
    const onProgress = ({ received, total }: { received: number; total: number }): void => {
      expect(total).toBe(SIZE)
      told.push(received)
      throw new Error('oops')
    }
    await (await world.alice.files.download(key, { onProgress })).bytes()
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(SIZE)
    expect(await errors.find()).toMatchObject({ name: 'HandlerError', cause: { message: 'oops' } })
  })

  it('goes on where the connection broke, with a new address', async () => {
    await using world = await startFiles()
    const { content, key } = await put(world)
    world.store.failNext({ status: 503 }, { cutAfter: 100 * KIB }, { status: 500 }, { cutAfter: 50 * KIB })
    const download = await world.alice.files.download(key, { range: { start: 10 } })
    expect(same(await download.bytes(), content.subarray(10))).toBe(true)
    const ranges = world.store.requests.map(({ headers }) => headers.range)
    expect(ranges[0]).toBe(`bytes=10-${SIZE - 1}`)
    expect(ranges).toHaveLength(5)
    expect(ranges[3]).not.toBe(ranges[0])
    expect(world.gateway.seen('file.download_url')).toHaveLength(5)
  })

  it('does not go on when the right to see the file was lost meanwhile', async () => {
    await using world = await startFiles()
    const { key } = await put(world)
    world.store.failNext({ cutAfter: 100 * KIB })
    const { body } = await world.alice.files.download(key)
    world.gateway.on('file.download_url', () => refuse(403, 'forbidden'))
    const error = await failure(new Response(body).arrayBuffer())
    expect(error).toMatchObject({ name: 'RequestRejectedError', reason: 'forbidden' })
  })

  it('fails with what the gateway or the store says', async () => {
    await using world = await startFiles()
    const { key } = await put(world)
    expect(await failure(world.alice.files.download('none'))).toMatchObject({ code: 404, reason: 'file_not_found' })
    world.store.fault = () => ({ status: 404, code: 'NoSuchKey' })
    const error = await failure(world.alice.files.download(key))
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ status: 404, reason: 'NoSuchKey' })
    expect((error as Error).stack).toContain('downloads.test.ts')
  })

  it('fails when there is more or less than there should be', async () => {
    await using world = await startFiles()
    const { key } = await put(world)
    const scripted = (size: number) => (): object => ({
      ...{ key, size, content_type: 'a/b', file_name: null, expires_at: '' },
      ...world.store.sign('GET', key),
    })
    world.gateway.on('file.download_url', scripted(SIZE - 1))
    const more = await world.alice.files.download(key)
    expect(await failure(more.bytes())).toMatchObject({
      name: 'StoreError',
      message: expect.stringMatching(/more than/),
    })
    world.gateway.on('file.download_url', scripted(SIZE + 1))
    const less = await world.alice.files.download(key)
    expect(await failure(less.bytes())).toBeInstanceOf(StoreError)
  })

  it('ends with its signal, whether it is being read or not', async () => {
    await using world = await startFiles()
    const { alice, gateway, store } = world
    const { key } = await put(world, 20_000 * KIB)
    const asking = new AbortController()
    gateway.first('file.download_url', () => SILENCE)
    const call = failure(alice.files.download(key, { signal: asking.signal }))
    await gateway.received('file.download_url')
    asking.abort()
    expect(await call).toBeInstanceOf(AbortedError)
    expect(store.requests).toHaveLength(0)

    const opening = new AbortController()
    store.failNext('silence')
    const opened = store.next()
    const open = failure(alice.files.download(key, { signal: opening.signal }))
    await opened
    opening.abort()
    expect(await open).toBeInstanceOf(AbortedError)
    await store.quiet()

    const reading = new AbortController()
    const { body } = await alice.files.download(key, { signal: reading.signal })
    const reader = body.getReader()
    await reader.read()
    reading.abort()
    await store.quiet()
    expect(await failure(reader.read())).toBeInstanceOf(AbortedError)
  })

  it('ends when nobody wants the rest, and with the client', async () => {
    await using world = await startFiles()
    const { alice, store } = world
    const { key } = await put(world, 20_000 * KIB)
    const { body } = await alice.files.download(key)
    const reader = body.getReader()
    await reader.read()
    await reader.cancel()
    await store.quiet()

    const late = await alice.files.download(key)
    await alice.close()
    await store.quiet()
    expect(await failure(late.bytes())).toBeInstanceOf(ClientClosedError)
  })

  it('is made again when nothing comes', async () => {
    await using world = await startFiles()
    const { content, key } = await put(world)
    const alice = await world.join('alice', { timing: { stallMs: 1000 } })
    world.store.failNext('silence')
    expect(same(await (await alice.files.download(key)).bytes(), content)).toBe(true)
  })

  it('can be left to a browser, by its address', async () => {
    await using world = await startFiles()
    const { content, key } = await put(world)
    const response = await fetch(await world.alice.files.downloadUrl(key))
    expect(same(new Uint8Array(await response.arrayBuffer()), content)).toBe(true)
  })
})
