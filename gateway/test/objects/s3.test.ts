import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { drips, hangs } from '../../../tests/kit/hostile-answers.ts'
import {
  type HostileHttpServer,
  type ReceivedRequest,
  type Responder,
  startHostileHttpServer,
} from '../../../tests/kit/hostile-http-server.ts'
import { EVERY_OPERATION, failureOf, pieces, TRAITS } from '../../../tests/kit/object-operations.ts'
import { type ConfigOverrides, createConfig } from '../../src/config.ts'
import { StoreFull, StoreUnavailable } from '../../src/objects/object-store.ts'
import { createS3Store, type S3Store, type S3StoreParts } from '../../src/objects/s3.ts'
import { silentLog } from '../../src/ops/log.ts'
import { systemClock } from '../../src/platform/clock.ts'

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret of the deployment' }
const MiB = 1024 ** 2

interface Bench extends AsyncDisposable {
  readonly server: HostileHttpServer
  readonly store: S3Store
}

const open = async (storage: ConfigOverrides['storage'] = {}, parts: Partial<S3StoreParts> = {}): Promise<Bench> => {
  const server = await startHostileHttpServer()
  const { storage: config } = createConfig({
    storage: { bucket: 'files', endpoint: server.url, pathStyle: true, ...KEYS, ...storage },
  })
  const store = createS3Store({ config, clock: systemClock(), log: silentLog, ...parts })
  return {
    server,
    store,
    async [Symbol.asyncDispose]() {
      store.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const failing =
  (status: number, code: string): Responder =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`)

const COPIED = '<?xml version="1.0"?><CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>'

/** Keys that are there, and how copies end. */
const withObjects =
  (keys: readonly string[], copying: Responder): Responder =>
  (request, response) => {
    if (request.method === 'PUT') copying(request, response)
    else response.writeHead(keys.includes(keyOf(request)) ? 200 : 404).end()
  }

const keyOf = ({ path }: ReceivedRequest): string => decodeURIComponent(path.replace(/^\/files\/|\?.*$/g, ''))

const bytes = (size: number, pieceBytes?: number): AsyncGenerator<Uint8Array> =>
  pieces(Buffer.alloc(size, 'x'), pieceBytes)

describe('clients are told', () => {
  test('the public endpoint, which is what is signed', async () => {
    await using bench = await open({ publicEndpoint: 'https://files.example.org' })
    expect(bench.store.address).toEqual({
      endpoint: 'https://files.example.org',
      bucket: 'files',
      region: 'us-east-1',
      pathStyle: true,
    })
    expect((await bench.store.signGet('mchat/x', 60)).url).toMatch(/^https:\/\/files\.example\.org\/files\/mchat\/x\?/)
    expect(bench.server.requests).toEqual([])
  })

  test.each([
    ['eu-central-1', 'https://s3.eu-central-1.amazonaws.com'],
    ['cn-north-1', 'https://s3.cn-north-1.amazonaws.com.cn'],
  ])('AWS of the region %s where there is no endpoint', async (region, endpoint) => {
    const { storage } = createConfig({ storage: { bucket: 'files', region, ...KEYS } })
    const store = createS3Store({ config: storage, clock: systemClock(), log: silentLog })
    expect(store.address.endpoint).toBe(endpoint)
    expect((await store.signGet('k', 60)).url).toMatch(endpoint.replace('https://', 'https://files.'))
    store.close()
  })
})

describe('a copy', () => {
  test('names what it copies encoded, and wants nothing to be there', async () => {
    await using bench = await open()
    bench.server.respond(withObjects([], (_request, response) => void response.end(COPIED)))
    expect(await bench.store.copy('a b/ü+%', 'to')).toBe(true)
    expect(bench.server.requests.at(-1)).toMatchObject({
      method: 'PUT',
      path: expect.stringMatching(/^\/files\/to(\?|$)/),
      headers: { 'x-amz-copy-source': 'files/a%20b/%C3%BC%2B%25', 'if-none-match': '*' },
    })
  })

  test('is not asked for where something is there', async () => {
    await using bench = await open()
    bench.server.respond(withObjects(['from', 'to'], hangs))
    expect(await bench.store.copy('from', 'to')).toBe(true)
    expect(await bench.store.copy('gone', 'to')).toBe(false)
    expect(bench.server.requests.every(({ method }) => method === 'HEAD')).toBe(true)
  })

  test.each([
    ['from', true],
    ['gone', false],
  ])('that somebody else has made meanwhile is as good: of %s', async (from, expected) => {
    await using bench = await open()
    bench.server.respond(withObjects(['from'], failing(412, 'PreconditionFailed')))
    expect(await bench.store.copy(from, 'to')).toBe(expected)
  })

  test('of what is not there is none', async () => {
    await using bench = await open()
    bench.server.respond(withObjects([], failing(404, 'NoSuchKey')))
    expect(await bench.store.copy('gone', 'to')).toBe(false)
  })

  test('that fails after its status was sent has failed', async () => {
    await using bench = await open()
    bench.server.respond(withObjects(['from'], failing(200, 'InternalError')))
    expect(await failureOf(bench.store.copy('from', 'to'))).toBeInstanceOf(StoreUnavailable)
  })

  test('is made without a condition where the store says that it knows none, once and for all', async () => {
    await using bench = await open()
    bench.server.respond(
      withObjects(['from'], (request, response) =>
        request.headers['if-none-match'] === undefined
          ? void response.end(COPIED)
          : failing(501, 'NotImplemented')(request, response),
      ),
    )
    expect(await bench.store.copy('from', 'to')).toBe(true)
    expect(await bench.store.copy('from', 'other')).toBe(true)
    const copies = bench.server.requests.filter(({ method }) => method === 'PUT')
    expect(copies.map(({ headers }) => headers['if-none-match'])).toEqual(['*', undefined, undefined])
  })
})

describe('what is put', () => {
  /** As a store that takes everything. */
  const takesAll: Responder = ({ method, path }, response) => {
    if (method === 'POST' && path.includes('uploads')) {
      response.end('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>')
    } else if (method === 'POST') {
      response.end('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>')
    } else response.writeHead(method === 'DELETE' ? 204 : 200, { etag: '"e"' }).end()
  }
  const described = (bench: Bench): string[] =>
    bench.server.requests.map(({ body, method, path }) => {
      const query = new URL(path, 'http://h').searchParams
      return `${method} ${query.get('partNumber') ?? query.get('uploadId') ?? ''} ${method === 'PUT' ? body.length : ''}`.trim()
    })

  test.each([0, 1, 8 * MiB])('is one request up to a part, of %i bytes', async (size) => {
    await using bench = await open()
    bench.server.respond(takesAll)
    expect(await bench.store.put('k', TRAITS, bytes(size))).toEqual({ size })
    expect(bench.server.requests).toHaveLength(1)
    const [request] = bench.server.requests
    expect(request?.body.length).toBe(size)
    expect(request?.headers).toMatchObject({
      'content-type': TRAITS.contentType,
      'content-disposition': TRAITS.contentDisposition,
      'x-amz-meta-owner': TRAITS.owner,
      'content-length': String(size),
    })
    // What not every store understands.
    expect(Object.keys(request?.headers ?? {}).filter((name) => /checksum|expect|trailer/.test(name))).toEqual([])
  })

  test('goes in parts above that', async () => {
    await using bench = await open()
    bench.server.respond(takesAll)
    expect(await bench.store.put('k', TRAITS, bytes(17 * MiB, 999_999))).toEqual({ size: 17 * MiB })
    expect(described(bench)).toEqual(['POST', `PUT 1 ${8 * MiB}`, `PUT 2 ${8 * MiB}`, `PUT 3 ${MiB}`, 'POST u1'])
    expect(bench.server.requests[0]?.headers).toMatchObject({ 'x-amz-meta-owner': TRAITS.owner })
  })

  test('is given up where the store takes no more of it', async () => {
    await using bench = await open()
    bench.server.respond((request, response) =>
      request.path.includes('partNumber=2')
        ? failing(403, 'QuotaExceeded')(request, response)
        : takesAll(request, response),
    )
    expect(await failureOf(bench.store.put('k', TRAITS, bytes(30 * MiB)))).toBeInstanceOf(StoreFull)
    expect(described(bench).at(-1)).toBe('DELETE u1')
    expect(described(bench).some((line) => line.startsWith('PUT 3'))).toBe(false)
  })

  test('is given up where there is no more of it, and it says why', async () => {
    await using bench = await open()
    bench.server.respond(takesAll)
    const broken = new Error('the disk is gone')
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield* bytes(20 * MiB)
      throw broken
    }
    expect(await failureOf(bench.store.put('k', TRAITS, breaking()))).toBe(broken)
    expect(described(bench)).toEqual(['POST', `PUT 1 ${8 * MiB}`, `PUT 2 ${8 * MiB}`, 'DELETE u1'])
  })

  test('takes as long as a slow store takes to read it', async () => {
    await using bench = await open({}, { timeouts: { answerMs: 100, silenceMs: 60_000 } })
    bench.server.respond((request, response) => void setTimeout(() => takesAll(request, response), 300))
    expect(await bench.store.put('k', TRAITS, bytes(10))).toEqual({ size: 10 })
  })
})

describe('a store that is away', () => {
  const NO_TIME = { connectMs: 200, answerMs: 300, wholeMs: 300, silenceMs: 300 }
  const unavailable = async (bench: Bench): Promise<void> => {
    const outcomes = Object.entries(EVERY_OPERATION).map(
      async ([name, work]) => [name, await failureOf(work(bench.store))] as const,
    )
    for (const [name, outcome] of await Promise.all(outcomes)) {
      expect(outcome, name).toBeInstanceOf(StoreUnavailable)
      expect((outcome as Error).cause, name).toBeDefined()
    }
  }

  test.each<readonly [string, Responder]>([
    ['hangs', hangs],
    ['drips', drips(50)],
    ['breaks off', (_request, response) => void response.destroy()],
    ['fails', failing(500, 'InternalError')],
    ['is busy', failing(503, 'SlowDown')],
    ['does not let the gateway in', failing(403, 'AccessDenied')],
    ['does not know the key', failing(403, 'InvalidAccessKeyId')],
    ['is elsewhere', failing(301, 'PermanentRedirect')],
    ['has been told nonsense', failing(400, 'InvalidRequest')],
  ])('by each of its operations, as it %s', async (_name, responder) => {
    await using bench = await open({}, { timeouts: NO_TIME })
    bench.server.respond(responder)
    await unavailable(bench)
  })

  test('in the middle of a copy, sooner where there is little to copy', async () => {
    // The time passes while the store is at work, however slow the machine is.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    await using bench = await open({}, { timeouts: { answerMs: 300, wholeMs: 20_000 } })
    let size = 1
    const late: Responder = (_request, response) => {
      vi.advanceTimersByTime(1500)
      response.end(COPIED)
    }
    bench.server.respond((request, response) => {
      if (request.method === 'PUT') late(request, response)
      else if (keyOf(request) === 'from') response.writeHead(200, { 'content-length': size }).end()
      else response.writeHead(404).end()
    })
    expect(await failureOf(bench.store.copy('from', 'to'))).toBeInstanceOf(StoreUnavailable)
    size = 1024 ** 3
    expect(await bench.store.copy('from', 'to')).toBe(true)
    bench.server.respond(() => void vi.advanceTimersByTime(1500))
    const parts = [{ partNumber: 1, size: 1, etag: '"e"' }]
    expect(await failureOf(bench.store.completeUpload('k', 'u', parts))).toBeInstanceOf(StoreUnavailable)
  })

  test('as nobody listens', async () => {
    await using bench = await open({}, { timeouts: NO_TIME })
    await bench.server[Symbol.asyncDispose]()
    await unavailable(bench)
  })

  test('as its bucket is gone, which is not an object that is missing', async () => {
    await using bench = await open()
    bench.server.respond(failing(404, 'NoSuchBucket'))
    for (const name of ['list', 'parts', 'completeUpload', 'copy', 'delete'] as const) {
      expect(await failureOf(EVERY_OPERATION[name]?.(bench.store) ?? Promise.resolve()), name).toBeInstanceOf(
        StoreUnavailable,
      )
    }
  })

  test('as there are no credentials, by signing too', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
    vi.stubEnv('AWS_PROFILE', undefined)
    try {
      await using bench = await open({ accessKeyId: undefined, secretAccessKey: undefined })
      await unavailable(bench)
      expect(await failureOf(bench.store.signGet('k', 60))).toBeInstanceOf(StoreUnavailable)
      expect(bench.server.requests).toEqual([])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('is asked again what a lost connection has swallowed', async () => {
    await using bench = await open()
    let count = 0
    bench.server.respond(
      (_request, response) => void (count++ === 0 ? response.destroy() : response.writeHead(404).end()),
    )
    expect(await bench.store.head('k')).toBeUndefined()
    expect(bench.server.requests).toHaveLength(2)
  })
})

describe('the bucket', () => {
  test('is asked for itself, and nothing is said where it is there', async () => {
    await using bench = await open()
    bench.server.respond((_request, response) => void response.writeHead(200).end())
    await bench.store.requireBucket()
    expect(bench.server.requests).toMatchObject([{ method: 'HEAD', path: expect.stringMatching(/^\/files\/?$/) }])
  })

  test('that is not there is told from an object that is not there', async () => {
    await using bench = await open()
    bench.server.respond((_request, response) => void response.writeHead(404).end())
    expect(await bench.store.head('k')).toBeUndefined()
    const failure = await failureOf(bench.store.requireBucket())
    expect(failure).toBeInstanceOf(StoreUnavailable)
    expect(failure).toMatchObject({ cause: { message: 'there is no such bucket' } })
  })

  test.each([301, 403, 503])('that cannot be looked at is unavailable: %i', async (status) => {
    await using bench = await open()
    bench.server.respond((_request, response) => void response.writeHead(status).end())
    expect(await failureOf(bench.store.requireBucket())).toBeInstanceOf(StoreUnavailable)
  })
})

test.each([
  [403, 'QuotaExceeded'],
  [400, 'XMinioAdminBucketQuotaExceeded'],
  [507, 'XMinioStorageFull'],
])('a store that is full says so: %i %s', async (status, code) => {
  await using bench = await open()
  bench.server.respond(failing(status, code))
  expect(await failureOf(bench.store.put('k', TRAITS, bytes(10)))).toBeInstanceOf(StoreFull)
})

describe('an upload in parts', () => {
  test.each(['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall'])(
    'is not completed where S3 says %s',
    async (code) => {
      await using bench = await open()
      bench.server.respond(failing(code === 'NoSuchUpload' ? 404 : 400, code))
      const parts = [{ partNumber: 1, size: 1, etag: '"e"' }]
      expect(await bench.store.completeUpload('k', 'u', parts)).toBe(false)
    },
  )

  const COMPLETED = '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'
  const PARTS = [{ partNumber: 1, size: 1, etag: '"e"' }]
  const described = (bench: Bench): (string | undefined)[] =>
    bench.server.requests.map(({ headers, method }) => `${method} ${headers['if-none-match'] ?? ''}`.trim())

  test('is completed where nothing is there yet, and given up where something is', async () => {
    await using bench = await open()
    bench.server.respond((request, response) =>
      request.method === 'DELETE'
        ? void response.writeHead(204).end()
        : failing(412, 'PreconditionFailed')(request, response),
    )
    expect(await bench.store.completeUpload('k', 'u', PARTS)).toBe(true)
    expect(described(bench)).toEqual(['POST *', 'DELETE'])
  })

  test('is completed without a condition where the store says that it knows none, once and for all', async () => {
    await using bench = await open()
    bench.server.respond((request, response) =>
      request.headers['if-none-match'] === undefined
        ? void response.end(COMPLETED)
        : failing(501, 'NotImplemented')(request, response),
    )
    for (const key of ['one', 'two']) expect(await bench.store.completeUpload(key, 'u', PARTS)).toBe(true)
    expect(described(bench)).toEqual(['POST *', 'POST', 'POST'])
  })

  test('names its parts to S3 as S3 has named them', async () => {
    await using bench = await open()
    bench.server.respond(
      (_request, response) =>
        void response.end('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'),
    )
    const parts = [
      { partNumber: 1, size: 1, etag: '"e1"' },
      { partNumber: 7, size: 1, etag: '"e7"' },
    ]
    expect(await bench.store.completeUpload('k', 'u', parts)).toBe(true)
    expect(bench.server.requests[0]?.body).toMatch(
      /<Part><ETag>&quot;e1&quot;<\/ETag><PartNumber>1<\/PartNumber><\/Part><Part><ETag>&quot;e7&quot;<\/ETag><PartNumber>7<\/PartNumber><\/Part>/,
    )
  })
})
