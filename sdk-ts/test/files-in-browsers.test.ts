import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AbortedError } from '../src/index.ts'
import { bytes, failure, KIB, MIB, startFiles, streamOf } from './kit/files.ts'
import { FakeXhr } from './kit/xhr.ts'

beforeEach(() => {
  FakeXhr.made = []
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('where there is XMLHttpRequest, an upload', () => {
  beforeEach(() => {
    vi.stubGlobal('XMLHttpRequest', FakeXhr)
  })

  it('uses it, since it tells the progress', async () => {
    await using world = await startFiles()
    const content = bytes(100 * KIB)
    const told: number[] = []
    const onProgress = ({ sent }: { sent: number }): unknown => told.push(sent)
    const file = await world.alice.files.upload(new Blob([content]), { contentType: 'text/plain', onProgress })
    expect(world.store.objects.get(file.key)?.equals(content)).toBe(true)
    expect(world.store.requests[0]?.headers['content-type']).toBe('text/plain')
    expect(told).toEqual([50 * KIB, 100 * KIB])
    expect(FakeXhr.made).toHaveLength(1)
  })

  it('goes in parts, of bytes and of streams', async () => {
    await using world = await startFiles()
    const content = bytes(MIB)
    for (const source of [content, streamOf(content)] as Uint8Array[]) {
      const { key } = await world.alice.files.upload(source, { size: MIB })
      expect(world.store.objects.get(key)?.equals(content)).toBe(true)
    }
    expect(FakeXhr.made).toHaveLength(32)
  })

  it('is made again, and fails with what the store says', async () => {
    await using world = await startFiles()
    world.store.failNext({ cutAfter: 1 }, { status: 503 })
    await world.alice.files.upload(bytes(10))
    expect(world.store.requests.map(({ status }) => status)).toEqual([0, 503, 200])
    world.store.fault = () => ({ status: 400, code: 'BadDigest' })
    expect(await failure(world.alice.files.upload(bytes(10)))).toMatchObject({ status: 400, reason: 'BadDigest' })
  })

  it('ends with its signal', async () => {
    await using world = await startFiles()
    const stop = new AbortController()
    world.store.failNext('silence')
    const put = world.store.next()
    const upload = failure(world.alice.files.upload(bytes(10), { signal: stop.signal }))
    await put
    stop.abort()
    expect(await upload).toBeInstanceOf(AbortedError)
    expect(FakeXhr.made.map(({ aborted }) => aborted)).toEqual([true])
    await world.store.quiet()
  })
})

describe('where fetch sends no length with a stream, an upload', () => {
  it('is sent as a Blob, which has one', async () => {
    await using world = await startFiles()
    const isNode = { get: (node: object, name: string) => (name === 'versions' ? {} : Reflect.get(node, name)) }
    vi.stubGlobal('process', new Proxy(process, isNode as ProxyHandler<NodeJS.Process>))
    const content = bytes(10)
    const told: number[] = []
    const onProgress = ({ sent }: { sent: number }): unknown => told.push(sent)
    const { key } = await world.alice.files.upload(streamOf(content), { size: 10, onProgress })
    expect(world.store.objects.get(key)?.equals(content)).toBe(true)
    expect(told).toEqual([10])
  })
})
