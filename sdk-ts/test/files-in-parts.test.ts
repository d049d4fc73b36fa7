import { describe, expect, it } from 'vitest'
import {
  AbortedError,
  ClientClosedError,
  RequestRejectedError,
  StoreError,
  UploadInterruptedError,
  type UploadResume,
} from '../src/index.ts'
import { bytes, type FilesWorld, failure, KIB, MIB, startFiles, streamOf } from './kit/files.ts'
import { refuse } from './kit/gateway.ts'
import { record } from './kit/world.ts'

const partNumber = (path: string): number => Number(path.split('/').at(-1))
/** The numbers of the parts that were put, in the order in which they came. */
const putParts = ({ store }: FilesWorld, status = 200): number[] =>
  store
    .seen('PUT')
    .filter((request) => request.status === status)
    .map(({ path }) => partNumber(path))
const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

const interrupted = async (upload: Promise<unknown>): Promise<UploadInterruptedError> => {
  const error = await failure(upload)
  expect(error).toBeInstanceOf(UploadInterruptedError)
  return error as UploadInterruptedError
}

describe('an upload in parts', () => {
  it('puts every part once, three at a time, and then says that it is complete', async () => {
    await using world = await startFiles()
    const content = bytes(20 * 64 * KIB + 1)
    world.store.hold = world.store.next(() => world.store.underWay === 3)
    const file = await world.alice.files.upload(new Blob([content]), { name: 'big' })
    expect(ascending(putParts(world))).toEqual(upTo(21))
    expect(world.store.most).toBe(3)
    expect(world.store.objects.get(file.key)?.equals(content)).toBe(true)
    expect(file).toMatchObject({ name: 'big', size: content.byteLength })
    // Addresses are asked for when they are needed.
    const asked = world.gateway.seen('file.part_urls').map(({ input }) => (input.parts as unknown[]).length)
    expect(asked).toEqual([10, 10, 1])
  })

  it('has as many parts on their way as it is told', async () => {
    await using world = await startFiles()
    await world.alice.files.upload(bytes(MIB), { partsAtOnce: 1 })
    expect(world.store.most).toBe(1)
    expect(putParts(world)).toEqual(upTo(16))
    await expect(world.alice.files.upload(bytes(1), { partsAtOnce: 0 })).rejects.toThrow(TypeError)
  })

  it('sends a part again that failed, at a new address, and no other', async () => {
    await using world = await startFiles()
    const content = bytes(10 * 64 * KIB)
    const failed = new Set<number>()
    world.store.fault = ({ path }) => {
      const n = partNumber(path)
      if (![2, 5, 9].includes(n) || failed.has(n)) return undefined
      failed.add(n)
      return n === 5 ? { cutAfter: 1 } : { status: 503 }
    }
    const file = await world.alice.files.upload(content)
    expect(world.store.objects.get(file.key)?.equals(content)).toBe(true)
    expect(world.store.requests).toHaveLength(13)
    expect(ascending(putParts(world))).toEqual(upTo(10))
    expect(world.gateway.seen('file.part_urls')).toHaveLength(4)
  })

  it('asks for new addresses when the old ones have expired', async () => {
    await using world = await startFiles()
    const content = bytes(10 * 64 * KIB)
    let puts = 0
    world.store.fault = () => {
      puts += 1
      if (puts === 4) world.store.expireAddresses()
      return undefined
    }
    const file = await world.alice.files.upload(content, { partsAtOnce: 1 })
    expect(world.store.objects.get(file.key)?.equals(content)).toBe(true)
    expect(putParts(world, 403)).toEqual([4])
    expect(putParts(world)).toEqual(upTo(10))
    const asked = world.gateway.seen('file.part_urls').map(({ input }) => (input.parts as unknown[]).length)
    expect(asked).toEqual([10, 1, 6])
  })

  it('lets the store check each part', async () => {
    await using world = await startFiles()
    await world.alice.files.upload(bytes(5 * 64 * KIB), { sha256: true })
    const checksums = world.store.requests.map(({ headers }) => headers['x-amz-checksum-sha256'])
    expect(new Set(checksums).size).toBe(5)
    expect(checksums.every((checksum) => /^[0-9a-f]{64}$/.test(String(checksum)))).toBe(true)
  })

  it('tells how much was sent, never less than before, also when parts are sent again', async () => {
    await using world = await startFiles()
    const told: number[] = []
    world.store.failNext({ cutAfter: 50 * KIB }, { status: 500 })
    await world.alice.files.upload(bytes(MIB), { onProgress: ({ sent }) => told.push(sent) })
    expect(told).toEqual(ascending(told))
    expect(told.at(-1)).toBe(MIB)
    expect(told.length).toBeGreaterThan(16)
  })

  it('goes on where it broke off, with what it was told', async () => {
    await using world = await startFiles()
    const { alice, store } = world
    const content = bytes(10 * 64 * KIB + 5)
    store.fault = ({ path }) => (partNumber(path) > 6 ? { status: 500 } : undefined)
    const begun: UploadResume[] = []
    const onBegun = (resume: UploadResume) => begun.push(resume)
    const error = await interrupted(alice.files.upload(content, { partsAtOnce: 1, onBegun }))
    expect(error).toMatchObject({ message: 'the upload broke off: the object store answered 500 Refused' })
    expect(error.cause).toBeInstanceOf(StoreError)
    expect(error.resume).toEqual(begun[0])
    expect(error.stack).toContain('files-in-parts.test.ts')

    store.fault = () => undefined
    const before = store.requests.length
    const told: number[] = []
    const resume = JSON.parse(JSON.stringify(error.resume)) as UploadResume
    const file = await alice.files.upload(content, { resume, onProgress: ({ sent }) => told.push(sent) })
    expect(ascending(store.requests.slice(before).map(({ path }) => partNumber(path)))).toEqual([7, 8, 9, 10, 11])
    expect(store.objects.get(file.key)?.equals(content)).toBe(true)
    expect(told[0]).toBe(6 * 64 * KIB)
    expect(told.at(-1)).toBe(content.byteLength)
  })

  it('goes on with a stream from its beginning, and skips what is there', async () => {
    await using world = await startFiles()
    const { alice, store } = world
    const content = bytes(10 * 64 * KIB + 5)
    const size = content.byteLength
    store.fault = ({ path }) => ([3, 7, 11].includes(partNumber(path)) ? { status: 501 } : undefined)
    const { resume } = await interrupted(alice.files.upload(streamOf(content), { size, partsAtOnce: 4 }))
    store.fault = () => undefined
    const file = await alice.files.upload(streamOf(content), { size, resume })
    expect(store.objects.get(file.key)?.equals(content)).toBe(true)
  })

  it('is stopped by its signal, with nothing left on its way, and can be gone on with', async () => {
    await using world = await startFiles()
    const { alice, store } = world
    const content = bytes(10 * 64 * KIB)
    const stop = new AbortController()
    store.fault = ({ path }) => (partNumber(path) > 4 ? 'silence' : undefined)
    const sixth = store.next(({ path }) => partNumber(path) === 6)
    const upload = interrupted(alice.files.upload(content, { signal: stop.signal, partsAtOnce: 2 }))
    await sixth
    stop.abort(new Error('the train enters a tunnel'))
    const { cause, resume } = await upload
    expect(cause).toBeInstanceOf(AbortedError)
    expect(cause).toMatchObject({ cause: { message: 'the train enters a tunnel' } })
    await store.quiet()
    const seen = store.requests.length
    store.fault = () => undefined
    const file = await alice.files.upload(content, { resume })
    expect(store.requests.length - seen).toBe(6)
    expect(store.objects.get(file.key)?.equals(content)).toBe(true)
  })

  it('breaks off with the client', async () => {
    await using world = await startFiles()
    world.store.fault = () => 'silence'
    const put = world.store.next()
    const upload = interrupted(world.alice.files.upload(bytes(MIB)))
    await put
    await world.alice.close()
    expect((await upload).cause).toBeInstanceOf(ClientClosedError)
    await world.store.quiet()
  })

  it('breaks off when the gateway cannot look at it now, and is complete when that is made up for', async () => {
    await using world = await startFiles()
    const { alice, gateway, store } = world
    const content = bytes(MIB)
    gateway.first('file.complete', () => refuse(413, 'quota_exceeded'))
    const { cause, resume } = await interrupted(alice.files.upload(content))
    expect(cause).toMatchObject({ reason: 'quota_exceeded' })
    const file = await alice.files.upload(content, { resume })
    expect(store.seen('PUT')).toHaveLength(16)
    // And asked for once more: the answer may have been lost.
    expect(await alice.files.upload(content, { resume })).toEqual(file)
    expect(store.seen('PUT')).toHaveLength(16)
  })

  it('cannot be gone on with when it was refused, or is gone, and not with another file', async () => {
    await using world = await startFiles()
    const { alice, gateway, store } = world
    const content = bytes(MIB)
    gateway.first('file.complete', () => refuse(403, 'file_refused'))
    const refused = await failure(alice.files.upload(content))
    expect(refused).toBeInstanceOf(RequestRejectedError)
    expect(refused).toMatchObject({ reason: 'file_refused' })

    const gone = { key: 'mchat/employee/alice/none', uploadId: 'none' }
    expect(await failure(alice.files.upload(content, { resume: gone }))).toMatchObject({ reason: 'file_not_found' })

    store.fault = () => ({ status: 501 })
    const { resume } = await interrupted(alice.files.upload(content))
    const error = await failure(alice.files.upload(content.subarray(1), { resume }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: expect.stringMatching(/1048576 bytes, and the source has 1048575/) })
  })

  it('can be given up', async () => {
    await using world = await startFiles()
    world.store.fault = () => ({ status: 501 })
    const { resume } = await interrupted(world.alice.files.upload(bytes(MIB)))
    await world.alice.files.delete(resume)
    expect(world.gateway.seen('file.delete')[0]?.input).toEqual({ key: resume.key, upload_id: resume.uploadId })
  })

  it('goes on when the one who is told that it has begun throws', async () => {
    await using world = await startFiles()
    const errors = record(world.alice, 'error')
    const onBegun = (): void => {
      throw new Error('oops')
    }
    await world.alice.files.upload(bytes(MIB), { onBegun })
    expect(await errors.find()).toMatchObject({ name: 'HandlerError', cause: { message: 'oops' } })
  })
})

describe('a stream above 100 MiB', () => {
  const PART = 16 * MIB
  const SIZE = 6 * PART + 5 * MIB
  const sized = { partSize: PART, putBytes: 100 * MIB }

  /** Counts what is read. Its bytes are the number of their MiB. */
  const largeStream = (onRead: (bytes: number) => void, size = SIZE): ReadableStream<Uint8Array> => {
    let at = 0
    return new ReadableStream(
      {
        pull(controller) {
          if (at >= size) return controller.close()
          controller.enqueue(new Uint8Array(Math.min(MIB, size - at)).fill(at / MIB))
          at += MIB
          onRead(Math.min(at, size))
        },
      },
      { highWaterMark: 0 },
    )
  }

  it('is read no further than the parts that are on their way', async () => {
    await using world = await startFiles(sized)
    let ahead = 0
    const stored = (): number => putParts(world).length * PART
    const source = largeStream((read) => {
      ahead = Math.max(ahead, read - stored())
    })
    const file = await world.alice.files.upload(source, { size: SIZE, partsAtOnce: 2 })
    expect(ahead).toBeLessThanOrEqual(2 * PART)
    const content = world.store.objects.get(file.key)
    expect(content?.byteLength).toBe(SIZE)
    expect(upTo(101).every((n) => content?.[n * MIB - 1] === n - 1 && content[(n - 1) * MIB] === n - 1)).toBe(true)
  })

  it.each([
    ['early', SIZE - 1, /ended after/],
    ['late', SIZE + 1, /goes on after/],
  ])('is not completed when it ends too %s', async (_when, size, message) => {
    await using world = await startFiles(sized)
    const source = largeStream(() => undefined, size)
    const { cause } = await interrupted(world.alice.files.upload(source, { size: SIZE }))
    expect(cause).toBeInstanceOf(TypeError)
    expect(cause).toMatchObject({ message: expect.stringMatching(message) })
    expect(world.gateway.seen('file.complete')).toHaveLength(0)
  })
})
