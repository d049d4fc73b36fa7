import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AbortedError, ClientClosedError, type SliceableBytes, StoreError, type UploadSource } from '../src/index.ts'
import { bytes, failure, KIB, MIB, startFiles, streamOf } from './kit/files.ts'
import { refuse, SILENCE } from './kit/gateway.ts'
import { record } from './kit/world.ts'

describe('an upload', () => {
  it.each<[string, (content: Uint8Array<ArrayBuffer>) => UploadSource]>([
    ['a Blob', (content) => new Blob([content])],
    ['a Uint8Array', (content) => content],
    ['a Buffer that is part of another', (content) => Buffer.concat([Buffer.from('x'), content]).subarray(1)],
    ['an ArrayBuffer', (content) => content.buffer],
    ['a ReadableStream', (content) => streamOf(content)],
    [
      'an async iterable',
      async function* (content) {
        yield content.subarray(0, 7)
        yield content.subarray(7)
      },
    ],
  ])('puts the bytes of %s where the gateway says', async (_name, sourceOf) => {
    await using world = await startFiles()
    const content = bytes(100 * KIB)
    const source = sourceOf(content) as Uint8Array
    const file = await world.alice.files.upload(source, { name: 'a.bin', size: content.byteLength })
    expect(file).toEqual({
      key: expect.stringMatching(/^mchat\/employee\/alice\//),
      size: content.byteLength,
      contentType: 'application/octet-stream',
      name: 'a.bin',
    })
    expect(world.store.objects.get(file.key)?.equals(content)).toBe(true)
    expect(world.store.requests).toHaveLength(1)
  })

  it('sends the length that was signed, also of nothing', async () => {
    await using world = await startFiles()
    await world.alice.files.upload(new Uint8Array(0))
    await world.alice.files.upload(streamOf(bytes(12_345)), { size: 12_345 })
    const lengths = world.store.requests.map(({ headers }) => headers['content-length'])
    expect(lengths).toEqual(['0', '12345'])
    expect(world.store.requests.map(({ status }) => status)).toEqual([200, 200])
  })

  it('has the name and the type of a File, and says for whom it is', async () => {
    await using world = await startFiles()
    const picture = new File([bytes(10)], 'cat.png', { type: 'image/png' })
    const file = await world.alice.files.upload(picture, { groupId: 'grp_1' })
    expect(file).toMatchObject({ contentType: 'image/png', name: 'cat.png' })
    expect(world.gateway.seen('file.upload_url')[0]?.input).toEqual({
      file_name: 'cat.png',
      content_type: 'image/png',
      size: 10,
      group_id: 'grp_1',
    })
  })

  it('calls what the deployment does not take by the type that it always takes, and asks once which it takes', async () => {
    await using world = await startFiles()
    const upload = async (contentType: string): Promise<string> =>
      (await world.alice.files.upload(bytes(1), { contentType })).contentType
    expect(await upload('application/x-strange')).toBe('application/octet-stream')
    expect(await upload('Text/Plain; charset=utf-8')).toBe('text/plain')
    expect(await upload('image/svg+xml')).toBe('application/octet-stream')
    expect(world.gateway.seen('config.storage')).toHaveLength(1)
  })

  it('lets the store check the SHA-256', async () => {
    await using world = await startFiles()
    await world.alice.files.upload(new TextEncoder().encode('abc'), { sha256: true })
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(world.gateway.seen('file.upload_url')[0]?.input.sha256).toBe(sha256)
    expect(world.store.requests[0]?.headers['x-amz-checksum-sha256']).toBe(sha256)
  })

  it('tells how much was sent, up to everything', async () => {
    await using world = await startFiles()
    const told: number[] = []
    await world.alice.files.upload(bytes(200 * KIB), {
      onProgress: ({ sent, total }) => {
        expect(total).toBe(200 * KIB)
        told.push(sent)
      },
    })
    expect(told.length).toBeGreaterThan(2)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(200 * KIB)
  })

  it('goes on when the one who is told of the progress throws', async () => {
    await using world = await startFiles()
    const errors = record(world.alice, 'error')
    const onProgress = (): void => {
      throw new Error('oops')
    }
    await world.alice.files.upload(bytes(10), { onProgress })
    expect(await errors.find()).toMatchObject({ name: 'HandlerError', cause: { message: 'oops' } })
  })

  it.each<[string, () => UploadSource, number | undefined, RegExp]>([
    ['a stream without a size', () => streamOf(bytes(10)), undefined, /size of a stream/],
    ['a stream that ends early', () => streamOf(bytes(10)), 11, /ended after 10 bytes, not after 11/],
    ['a stream that goes on', () => streamOf(bytes(10)), 9, /goes on after 9 bytes/],
    [
      'a stream of text',
      () => new Blob(['abc']).stream().pipeThrough(new TextDecoderStream()) as never,
      3,
      /Uint8Array/,
    ],
    ['bytes of another size', () => bytes(10), 9, /has 10 bytes, not 9/],
    ['a string', () => 'abc' as never, 3, /cannot upload this/],
    ['nothing', () => undefined as never, undefined, /cannot upload this/],
  ])('puts nothing there of %s', async (_name, sourceOf, size, message) => {
    await using world = await startFiles()
    const source = sourceOf() as Uint8Array
    const error = await failure(world.alice.files.upload(source, size === undefined ? {} : { size }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
    expect(world.store.requests).toHaveLength(0)
    expect(world.gateway.seen('file.upload_url')).toHaveLength(0)
  })

  it('passes on what reading the source throws, and lets go of it', async () => {
    await using world = await startFiles()
    let isOver = false
    const source = async function* () {
      try {
        yield bytes(10)
        yield bytes(10)
      } finally {
        isOver = true
      }
    }
    expect(await failure(world.alice.files.upload(source(), { size: 10 }))).toBeInstanceOf(TypeError)
    expect(isOver).toBe(true)
    const broken = new ReadableStream<Uint8Array>({
      pull() {
        throw new RangeError('torn')
      },
    })
    expect(await failure(world.alice.files.upload(broken, { size: 10 }))).toMatchObject({ message: 'torn' })
    const unreadable = {
      size: 10,
      slice: () => unreadable,
      stream: () => broken2(),
      arrayBuffer: async () => new ArrayBuffer(),
    }
    const broken2 = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull(controller) {
          controller.error(new RangeError('worn'))
        },
      })
    expect(await failure(world.alice.files.upload(unreadable))).toMatchObject({ message: 'worn' })
    const short = { ...unreadable, stream: () => streamOf(bytes(9)), slice: () => short }
    expect(await failure(world.alice.files.upload(short))).toMatchObject({
      message: expect.stringMatching(/not the 10 bytes/),
    })
  })

  it('is made again when the store is overloaded or the connection breaks, and with a new address when that has expired', async () => {
    await using world = await startFiles()
    const content = bytes(200 * KIB)
    world.store.failNext(
      { status: 503 },
      { cutAfter: 65 * KIB },
      { status: 500 },
      { status: 400, code: 'RequestTimeout' },
    )
    const file = await world.alice.files.upload(content)
    expect(world.store.requests.map(({ status }) => status)).toEqual([503, 0, 500, 400, 200])
    expect(world.store.objects.get(file.key)?.equals(content)).toBe(true)
    expect(world.gateway.seen('file.upload_url')).toHaveLength(1)

    world.store.fault = (request) => {
      world.store.fault = () => undefined
      world.store.expireAddresses()
      return request.status === 0 ? undefined : { status: 500 }
    }
    await world.alice.files.upload(content)
    expect(world.store.requests.slice(5).map(({ status }) => status)).toEqual([403, 200])
    expect(world.gateway.seen('file.upload_url')).toHaveLength(3)
  })

  it('asks for another address when the old one is not answered at all', async () => {
    await using world = await startFiles()
    world.store.failNext({ cutAfter: 0 }, { cutAfter: 0 })
    await world.alice.files.upload(bytes(10))
    expect(world.gateway.seen('file.upload_url')).toHaveLength(2)
  })

  it('fails with what the store says, at once when it is for good', async () => {
    await using world = await startFiles()
    world.store.fault = () => ({ status: 400, code: 'BadDigest' })
    const error = await failure(world.alice.files.upload(bytes(10)))
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({
      status: 400,
      reason: 'BadDigest',
      message: 'the object store answered 400 BadDigest',
    })
    expect((error as Error).stack).toContain('files.test.ts')
    expect(world.store.requests).toHaveLength(1)

    world.store.fault = () => ({ status: 403, code: 'AccessDenied' })
    expect(await failure(world.alice.files.upload(bytes(10)))).toMatchObject({ status: 403 })
    expect(world.store.requests).toHaveLength(3)

    world.store.fault = () => ({ status: 503 })
    expect(await failure(world.alice.files.upload(bytes(10)))).toMatchObject({ status: 503 })
    expect(world.store.requests).toHaveLength(11)
  })

  it('fails when the store cannot be reached, and does not tell the address', async () => {
    await using world = await startFiles()
    const { url, method, headers } = world.store.sign('PUT', 'x')
    world.gateway.on('file.upload_url', () => ({
      key: 'k',
      url: url.replace(/:\d+/, ':1'),
      method,
      headers,
      expires_at: '',
    }))
    const error = (await failure(world.alice.files.upload(bytes(10)))) as StoreError
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ status: undefined, cause: expect.anything() })
    expect(`${error.message} ${error.cause} ${(error.cause as Error).stack}`).not.toContain('signature')
  })

  it('is made again when nothing moves', async () => {
    await using world = await startFiles()
    world.store.failNext('silence')
    const alice = await world.join('alice', { timing: { stallMs: 1000 } })
    await alice.files.upload(bytes(10))
    expect(world.store.requests.map(({ status }) => status)).toEqual([0, 200])
  })

  it('fails at once where there is no store', async () => {
    await using world = await startFiles()
    world.gateway.on('file.upload_url', () => refuse(503, 'no_storage'))
    expect(await failure(world.alice.files.upload(bytes(10)))).toMatchObject({ reason: 'no_storage' })
    expect(world.gateway.seen('file.upload_url')).toHaveLength(1)
  })

  it('ends with its signal, wherever it is', async () => {
    await using world = await startFiles()
    const { alice, gateway, store } = world
    const stopped = new AbortController()
    stopped.abort(new Error('no more'))
    expect(await failure(alice.files.upload(bytes(10), { signal: stopped.signal }))).toMatchObject({
      name: 'AbortedError',
      cause: { message: 'no more' },
    })
    expect(gateway.seen('file.upload_url')).toHaveLength(0)

    const reading = new AbortController()
    let isCancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull() {
        queueMicrotask(() => reading.abort())
        return new Promise<never>(() => undefined)
      },
      cancel: () => {
        isCancelled = true
      },
    })
    expect(await failure(alice.files.upload(endless, { size: 10, signal: reading.signal }))).toBeInstanceOf(
      AbortedError,
    )
    expect(isCancelled).toBe(true)

    const putting = new AbortController()
    store.failNext('silence')
    const put = store.next()
    const upload = failure(alice.files.upload(bytes(10), { signal: putting.signal }))
    await put
    putting.abort()
    expect(await upload).toBeInstanceOf(AbortedError)
    await store.quiet()

    const completing = new AbortController()
    gateway.first('file.complete', () => SILENCE)
    const late = failure(alice.files.upload(bytes(10), { signal: completing.signal }))
    await gateway.received('file.complete')
    completing.abort()
    expect(await late).toBeInstanceOf(AbortedError)
  })

  it('lets go of what it reads when it ends early', async () => {
    await using world = await startFiles({ putBytes: 8 * MIB })
    const { alice, store } = world
    const size = 4 * MIB
    const seen = { opened: 0, ended: 0, cancelled: 0 }
    const source: SliceableBytes = {
      size,
      slice: () => source,
      stream() {
        seen.opened += 1
        let left = size
        return new ReadableStream(
          {
            async pull(controller) {
              await setImmediate()
              left -= 64 * KIB
              if (left >= 0) return controller.enqueue(new Uint8Array(64 * KIB))
              seen.ended += 1
              controller.close()
            },
            cancel: () => {
              seen.cancelled += 1
            },
          },
          { highWaterMark: 0 },
        )
      },
      arrayBuffer: async () => new ArrayBuffer(),
    }
    store.failNext({ cutAfter: 1 }, { status: 400 })
    expect(await failure(alice.files.upload(source))).toMatchObject({ status: 400 })
    await expect.poll(() => seen).toEqual({ opened: 2, ended: 1, cancelled: 1 })

    // Node's fetch goes on reading what it does not send any more.
    const stop = new AbortController()
    const onProgress = ({ sent }: { sent: number }): void => {
      if (sent > size / 4) stop.abort()
    }
    expect(await failure(alice.files.upload(source, { signal: stop.signal, onProgress }))).toBeInstanceOf(AbortedError)
    await expect.poll(() => seen).toEqual({ opened: 3, ended: 1, cancelled: 2 })
  })

  it('ends with the client', async () => {
    await using world = await startFiles()
    world.store.failNext('silence')
    const put = world.store.next()
    const upload = failure(world.alice.files.upload(bytes(10)))
    await put
    await world.alice.close()
    expect(await upload).toBeInstanceOf(ClientClosedError)
    await world.store.quiet()
    expect(await failure(world.alice.files.upload(bytes(10)))).toBeInstanceOf(ClientClosedError)
  })
})

describe('a file that is sent', () => {
  it('is uploaded for the conversation, and then a message says where it is', async () => {
    await using world = await startFiles()
    const bob = await world.join('bob')
    const heard = record(bob, 'message')
    const report = new File(['Everything is fine'], 'report.txt', { type: 'text/plain' })
    const message = { quote_msg_id: `msg_${'a'.repeat(29)}`, mentions: ['bob'] }
    const sent = await world.alice.files.send(report, { toEmployeeId: 'bob', message })
    expect(sent).toMatchObject({ msg_id: expect.stringMatching(/^msg_/), to_employee_id: 'bob' })
    expect((await heard.find()).msg_id).toBe(sent.msg_id)
    expect(world.gateway.seen('file.upload_url')[0]?.input.to_employee_id).toBe('bob')
    const [key] = world.store.objects.keys()
    expect(sent.key).toBe(key)
    expect(world.gateway.seen('msg.send_private')[0]?.input).toMatchObject({
      ...message,
      to_employee_id: 'bob',
      content: { type: 'file', body: { key, name: 'report.txt', size: 18, mime: 'text/plain' } },
    })
  })

  it('is a picture where the deployment takes it as one', async () => {
    await using world = await startFiles()
    const { alice, gateway } = world
    const group = { groupId: 'grp_1', width: 640, height: 480 }
    const sent = await alice.files.send(bytes(10), { ...group, contentType: 'image/png' })
    expect(sent).toMatchObject({ group_id: 'grp_1', key: [...world.store.objects.keys()][0] })
    await alice.files.send(bytes(10), { ...group, contentType: 'image/svg+xml', name: 'a.svg' })
    const contents = gateway.seen('msg.send_group').map(({ input }) => input.content)
    const key = expect.stringContaining('mchat/')
    expect(contents).toEqual([
      { type: 'image', body: { key, width: 640, height: 480, size: 10 } },
      { type: 'file', body: { key, name: 'a.svg', size: 10, mime: 'application/octet-stream' } },
    ])
    expect(gateway.seen('file.upload_url')[0]?.input.group_id).toBe('grp_1')
  })

  it.each<[string, object, RegExp]>([
    ['nobody', {}, /^toEmployeeId or groupId is missing/],
    ['two', { toEmployeeId: 'bob', groupId: 'grp_1' }, /^toEmployeeId and groupId are both there/],
    ['a misspelt one', { toEmployee: 'bob' }, /^there is no option toEmployee, only .*toEmployeeId.*message/],
    ['one by the name of the contract', { to_employee_id: 'bob' }, /^there is no option to_employee_id/],
    ['one that was not found', { toEmployeeId: undefined }, /^toEmployeeId must be an id, not undefined/],
    ['an empty one', { groupId: '' }, /^groupId must be an id, not an empty string/],
    ['a whole employee', { toEmployeeId: { employee_id: 'bob' } }, /^toEmployeeId must be an id/],
  ])('is for one conversation, and not for %s', async (_name, options, message) => {
    await using world = await startFiles()
    const { files } = world.alice
    const refused = { message: expect.stringMatching(message) }
    const sending = await failure(files.send(bytes(1), options as { groupId: string }))
    expect(sending).toBeInstanceOf(TypeError)
    expect(sending).toMatchObject(refused)
    if (Object.keys(options).length > 0) {
      const uploading = await failure(files.upload(bytes(1), options))
      expect(uploading).toBeInstanceOf(TypeError)
      expect(uploading).toMatchObject({ message: expect.stringContaining(message.source.slice(1, 20)) })
    }
    expect(world.gateway.seen('file.upload_url')).toHaveLength(0)
  })

  it('can be deleted', async () => {
    await using world = await startFiles()
    const { key } = await world.alice.files.upload(bytes(1))
    await world.alice.files.delete(key)
    expect(world.gateway.seen('file.delete')[0]?.input).toEqual({ key })
    expect(await failure(world.alice.files.delete(key))).toMatchObject({ reason: 'file_not_found' })
  })
})
