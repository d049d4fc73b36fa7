import { createHash, randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { systemClock } from '../../src/platform/clock.ts'

const Bucket = 'mchat-files'
let server: ObjectServer
let client: S3Client
const stack = new AsyncDisposableStack()

const clientOf = (options: ConstructorParameters<typeof S3Client>[0] = {}): S3Client =>
  new S3Client({
    region: 'us-east-1',
    endpoint: server.url,
    forcePathStyle: true,
    credentials: server.credentials,
    maxAttempts: 1,
    ...options,
  })

beforeAll(async () => {
  server = stack.use(await startObjectServer({ clock: systemClock() }))
  client = clientOf()
})
afterAll(() => stack.disposeAsync())

let keys = 0
const newKey = (): string => `mchat/employee/ann/${++keys}`
const bytesOf = async (Key: string): Promise<Buffer> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}
const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
const refused = async (work: Promise<unknown>): Promise<number | undefined> => {
  try {
    await work
  } catch (error) {
    return statusOf(error)
  }
  return undefined
}

describe('the embedded object store, asked by the AWS SDK', () => {
  test('keeps what is put, with its type and metadata', async () => {
    const Key = newKey()
    const Body = randomBytes(100_000)
    const put = await client.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentType: 'image/png', Metadata: { owner: 'ann' } }),
    )
    expect(put.ETag).toBe(`"${createHash('md5').update(Body).digest('hex')}"`)
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }))
    expect(head).toMatchObject({ ContentLength: 100_000, ContentType: 'image/png', Metadata: { owner: 'ann' } })
    expect(await bytesOf(Key)).toEqual(Body)
  })

  test('keeps an object without any bytes', async () => {
    const Key = newKey()
    await client.send(new PutObjectCommand({ Bucket, Key, Body: new Uint8Array() }))
    expect(await bytesOf(Key)).toHaveLength(0)
  })

  test.each(['报告 2026.pdf', 'a b+c%25/é', "quo'te(1)*!~", '..', 'a//b', '.hidden/x'])(
    'takes the key %j',
    async (Key) => {
      const Body = randomBytes(10)
      await client.send(new PutObjectCommand({ Bucket, Key, Body }))
      expect(await bytesOf(Key)).toEqual(Body)
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))
      expect(Contents?.map((each) => each.Key)).toEqual([Key])
      await client.send(new DeleteObjectCommand({ Bucket, Key }))
      expect(await refused(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe(404)
    },
  )

  test('checks the checksums that it is given', async () => {
    const Key = newKey()
    const Body = Buffer.from('hello')
    const right = createHash('sha256').update(Body).digest('base64')
    const wrong = createHash('sha256').update('other').digest('base64')
    expect(await refused(client.send(new PutObjectCommand({ Bucket, Key, Body, ChecksumSHA256: wrong })))).toBe(400)
    expect(await refused(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe(404)
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ChecksumSHA256: right }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    expect(got.ChecksumSHA256).toBe(right)
    expect(await got.Body?.transformToString()).toBe('hello')
  })

  test('gives a range', async () => {
    const Key = newKey()
    await client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789' }))
    const part = async (Range: string): Promise<string | undefined> =>
      (await client.send(new GetObjectCommand({ Bucket, Key, Range }))).Body?.transformToString()
    expect(await part('bytes=2-4')).toBe('234')
    expect(await part('bytes=7-')).toBe('789')
    expect(await part('bytes=-3')).toBe('789')
    expect(await part('bytes=8-100')).toBe('89')
    expect(await refused(part('bytes=10-'))).toBe(416)
  })

  test('puts parts together', async () => {
    const Key = newKey()
    const pieces = [randomBytes(5000), randomBytes(5000), randomBytes(77)]
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4', Metadata: { owner: 'ann' } }),
    )
    const Parts = []
    for (const [i, Body] of pieces.entries()) {
      const PartNumber = i + 1
      const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
      Parts.push({ ETag, PartNumber })
    }
    expect(await refused(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe(404)
    const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))
    expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5000],
      [2, 5000],
      [3, 77],
    ])
    const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
    expect(uploads.Uploads?.map((each) => each.UploadId)).toEqual([UploadId])
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
    expect(await bytesOf(Key)).toEqual(Buffer.concat(pieces))
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }))
    expect(head).toMatchObject({ ContentType: 'video/mp4', Metadata: { owner: 'ann' } })
    expect(await refused(client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })))).toBe(404)
  })

  test('copies an object with all that belongs to it', async () => {
    const [from, to] = [newKey(), newKey()]
    await client.send(new PutObjectCommand({ Bucket, Key: from, Body: 'hello', ContentType: 'text/plain' }))
    await client.send(new CopyObjectCommand({ Bucket, Key: to, CopySource: `${Bucket}/${from}` }))
    await client.send(new DeleteObjectCommand({ Bucket, Key: from }))
    expect((await bytesOf(to)).toString()).toBe('hello')
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: to }))).toMatchObject({ ContentType: 'text/plain' })
  })

  test('lists by prefix, by folder, and page by page', async () => {
    const root = `list/${++keys}`
    for (const name of ['a', 'b/1', 'b/2', 'c', 'd']) {
      await client.send(new PutObjectCommand({ Bucket, Key: `${root}/${name}`, Body: name }))
    }
    const all = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${root}/` }))
    expect(all.Contents?.map((each) => each.Key?.slice(root.length))).toEqual(['/a', '/b/1', '/b/2', '/c', '/d'])
    const folder = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${root}/`, Delimiter: '/' }))
    expect(folder.CommonPrefixes).toEqual([{ Prefix: `${root}/b/` }])
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${root}/`, MaxKeys: 2 }))
    expect(page.Contents).toHaveLength(2)
    const ContinuationToken = page.NextContinuationToken
    const rest = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${root}/`, ContinuationToken }))
    expect(rest.Contents?.map((each) => each.Key?.slice(root.length))).toEqual(['/b/2', '/c', '/d'])
  })

  test('takes what a presigned URL says, and nothing else', async () => {
    const Key = newKey()
    const put = new PutObjectCommand({ Bucket, Key, ContentType: 'image/png', ContentLength: 5 })
    const plain = clientOf({ requestChecksumCalculation: 'WHEN_REQUIRED' })
    const headers = new Set(['content-type', 'content-length'])
    const url = await getSignedUrl(plain, put, { expiresIn: 60, signableHeaders: headers })
    const send = async (to: string, body: string, type = 'image/png', method = 'PUT'): Promise<number> =>
      (await fetch(to, { method, ...(method === 'GET' ? {} : { body }), headers: { 'content-type': type } })).status
    expect(await send(url, 'hello', 'text/html')).toBe(403)
    expect(await send(url, 'hello!')).toBe(403)
    expect(await send(url.replace(Key, newKey()), 'hello')).toBe(403)
    expect(await send(url, '', 'image/png', 'GET')).toBe(403)
    expect(await send(`${url}&tagging=`, 'hello')).toBe(403)
    expect(await send(url.split('?')[0] ?? '', 'hello')).toBe(403)
    expect(await refused(client.send(new HeadObjectCommand({ Bucket, Key })))).toBe(404)
    expect(await send(url, 'hello')).toBe(200)
    const get = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 })
    const answer = await fetch(get)
    expect(await answer.text()).toBe('hello')
    expect(answer.headers.get('content-disposition')).toBe('attachment')
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
  })

  test('takes a form by its policy, and nothing else', async () => {
    const prefix = `mchat/incoming/employee/ann/${++keys}/`
    const { fields, url } = await createPresignedPost(client, {
      Bucket,
      Key: `${prefix}\${filename}`,
      Conditions: [
        ['starts-with', '$key', prefix],
        ['content-length-range', 1, 10],
        ['eq', '$Content-Type', 'image/png'],
      ],
      Expires: 60,
    })
    const post = async (more: Record<string, string>, body: string): Promise<number> => {
      const form = new FormData()
      const all = { ...fields, 'Content-Type': 'image/png', key: `${prefix}one`, ...more }
      for (const [name, value] of Object.entries(all)) form.append(name, value)
      form.append('file', new Blob([body]), 'x.png')
      return (await fetch(url, { method: 'POST', body: form })).status
    }
    expect(await post({ key: 'mchat/employee/bob/one' }, 'hello')).toBe(403)
    expect(await post({ 'Content-Type': 'text/html' }, 'hello')).toBe(403)
    expect(await post({ acl: 'public-read' }, 'hello')).toBe(403)
    expect(await post({}, 'hello hello hello')).toBe(400)
    expect(await post({}, '')).toBe(400)
    expect(await post({ Policy: fields.Policy?.replace(/^../, 'ey') ?? '', 'X-Amz-Signature': '00' }, 'hello')).toBe(
      403,
    )
    expect(await refused(client.send(new HeadObjectCommand({ Bucket, Key: `${prefix}one` })))).toBe(404)
    expect(await post({}, 'hello')).toBe(204)
    expect((await bytesOf(`${prefix}one`)).toString()).toBe('hello')
  })

  test('refuses whoever has no key, or a wrong one', async () => {
    const stranger = clientOf({ credentials: { accessKeyId: 'STRANGER', secretAccessKey: 'secret' } })
    const forger = clientOf({ credentials: { ...server.credentials, secretAccessKey: 'secret' } })
    for (const each of [stranger, forger]) {
      expect(await refused(each.send(new HeadBucketCommand({ Bucket })))).toBe(403)
      expect(await refused(each.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' })))).toBe(403)
    }
    expect(await refused(client.send(new HeadBucketCommand({ Bucket: 'another' })))).toBe(404)
  })
})
