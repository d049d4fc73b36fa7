import { createHash, randomFillSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, type MChatClient, type Message, memoryStore, type UploadInterruptedError } from '@mchat/sdk'
import { fileFromPath } from '@mchat/sdk/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { type TempDirectory, tempDirectory } from '../kit/temp-directory.ts'

const MIB = 1024 ** 2
const MINUTE = 60_000

let gateway: TestGateway
let folder: TempDirectory
let ann: MChatClient
let bob: MChatClient
const open = new Set<MChatClient>()

const online = async (): Promise<MChatClient> => {
  const credentials = await (await gateway.office).call('employee.create', { name: 'Robin' })
  const client = await connect(credentials, { store: memoryStore() })
  open.add(client)
  return client
}

const nextMessage = (client: MChatClient): Promise<Message> =>
  new Promise((resolve) => {
    const stop = client.on('message', (message) => {
      stop()
      resolve(message)
    })
  })

const digest = async (chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

const failure = (outcome: Promise<unknown>): Promise<unknown> =>
  outcome.then(
    () => undefined,
    (error: unknown) => error,
  )

beforeAll(async () => {
  gateway = await startGateway()
  folder = await tempDirectory()
  ann = await online()
  bob = await online()
})

afterAll(async () => {
  await Promise.all([...open].map((client) => client.close()))
  await folder[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

// 100 MiB take their time where three such tests run at once.
describe('files by the SDK, on a running MChat', () => {
  it('shows a picture to a colleague, and to nobody else', async () => {
    const picture = randomFillSync(new Uint8Array(200_000))
    const heard = nextMessage(bob)
    const file = new File([picture], 'cat.png', { type: 'image/png' })
    await ann.files.send(file, { toEmployeeId: bob.employeeId, width: 640, height: 480, sha256: true })
    const { content } = await heard
    const key = expect.stringMatching(/^mchat\/private\//)
    expect(content).toEqual({ type: 'image', body: { key, width: 640, height: 480, size: 200_000 } })
    const { body } = content as { body: { key: string } }

    const download = await bob.files.download(body.key)
    expect(download).toMatchObject({ size: 200_000, contentType: 'image/png', name: 'cat.png' })
    expect(Buffer.compare(await download.bytes(), picture)).toBe(0)
    const part = await bob.files.download(body.key, { range: { start: 100, end: 300 } })
    expect(Buffer.compare(await part.bytes(), picture.subarray(100, 300))).toBe(0)
    const eve = await online()
    expect(await failure(eve.files.download(body.key))).toMatchObject({ reason: 'forbidden' })
    await ann.files.delete(body.key)
    expect(await failure(bob.files.download(body.key))).toMatchObject({ reason: 'file_not_found' })
  })

  it('takes what it does not know as bytes, and nothing at all', async () => {
    const { contentType, key } = await ann.files.upload(new Uint8Array(0), { contentType: 'application/x-unheard-of' })
    expect(contentType).toBe('application/octet-stream')
    expect(await (await ann.files.download(key)).bytes()).toEqual(new Uint8Array(0))
  })

  it('goes on with a large file of the disk that broke off, though the addresses have expired, and gives it back', async () => {
    const content = Array.from({ length: 103 }, () => randomFillSync(new Uint8Array(MIB)))
    const path = join(folder.path, 'large.bin')
    await writeFile(path, content)
    const { group_id: groupId } = await ann.group.create({ name: 'Films', member_ids: [bob.employeeId] })
    const stop = new AbortController()
    const interrupted = (await failure(
      ann.files.upload(await fileFromPath(path), {
        groupId,
        partsAtOnce: 1,
        signal: stop.signal,
        onProgress: ({ sent }) => {
          if (sent > 40 * MIB) stop.abort()
        },
      }),
    )) as UploadInterruptedError
    expect(interrupted).toMatchObject({ name: 'UploadInterruptedError', cause: { name: 'AbortedError' } })

    const told: number[] = []
    let expired = false
    const file = await ann.files.upload(await fileFromPath(path), {
      resume: interrupted.resume,
      sha256: false,
      onProgress: ({ sent }) => {
        told.push(sent)
        if (expired || sent < 60 * MIB) return
        expired = true
        gateway.clock.advance(20 * MINUTE)
      },
    })
    expect(told[0]).toBeGreaterThan(0)
    expect(file).toMatchObject({ size: 103 * MIB, name: 'large.bin' })
    const { body } = await bob.files.download(file.key)
    expect(await digest(body as unknown as AsyncIterable<Uint8Array>)).toBe(await digest(content))
    expect(await ann.files.upload(await fileFromPath(path), { resume: interrupted.resume })).toEqual(file)

    await ann.group.memberRemove({ group_id: groupId, member_ids: [bob.employeeId] })
    expect(await failure(bob.files.download(file.key))).toMatchObject({ reason: 'forbidden' })
  })

  it('lets the store check every part of a stream', async () => {
    const content = Array.from({ length: 101 }, () => randomFillSync(new Uint8Array(MIB)))
    const { key } = await ann.files.upload(ReadableStream.from(content), { size: 101 * MIB, sha256: true })
    const { body } = await ann.files.download(key)
    expect(await digest(body as unknown as AsyncIterable<Uint8Array>)).toBe(await digest(content))
  })

  it('gives up an upload in parts', async () => {
    const interrupted = (await failure(
      ann.files.upload(ReadableStream.from([new Uint8Array(17 * MIB)]), { size: 101 * MIB }),
    )) as UploadInterruptedError
    expect(interrupted).toMatchObject({ name: 'UploadInterruptedError', cause: { name: 'TypeError' } })
    await ann.files.delete(interrupted.resume)
    const { key: gone, uploadId } = interrupted.resume
    expect(await failure(ann.file.uploadStatus({ key: gone, upload_id: uploadId }))).toMatchObject({ code: 404 })
  })
})
