import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type FakeGateway, refuse } from './gateway.ts'

/** What goes wrong with one request: an answer, a connection that breaks after so many bytes, or no answer ever. */
export type Fault = { status: number; code?: string } | { cutAfter: number } | 'silence'

export interface SeenAtStore {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** 0: the connection broke before an answer. */
  status: number
}

interface Signed {
  readonly method: 'PUT' | 'GET'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  isExpired: boolean
}

/** An object store as strict as S3: only what was signed, with the headers and the length that were signed. */
export class FakeStore {
  readonly objects = new Map<string, Buffer>()
  readonly requests: SeenAtStore[] = []
  /** Asked for each request, before anything else. */
  fault: (request: SeenAtStore) => Fault | undefined = () => undefined
  /** What each request waits for before it is read. */
  hold: Promise<unknown> | undefined
  /** PUTs that are being read now, and the most there ever were. */
  underWay = 0
  most = 0
  readonly #signed = new Map<string, Signed>()
  readonly #server: Server
  readonly #waiting: { fits: (request: SeenAtStore) => boolean; resolve: (request: SeenAtStore) => void }[] = []
  readonly #ended = new Set<() => void>()
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (request, response) => void this.#serve(request, response))
  }

  static async start(): Promise<FakeStore> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeStore(server)
  }

  sign(method: 'PUT' | 'GET', path: string, headers: Readonly<Record<string, string>> = {}) {
    const token = String(this.#signed.size + 1)
    this.#signed.set(token, { method, path, headers, isExpired: false })
    const { port } = this.#server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}/${path}?signature=${token}`, method, headers }
  }

  /** All that were given out so far. */
  expireAddresses(): void {
    for (const signed of this.#signed.values()) signed.isExpired = true
  }

  /** These faults for the next requests, one each. */
  failNext(...faults: Fault[]): void {
    this.fault = () => faults.shift()
  }

  seen(method: 'PUT' | 'GET'): SeenAtStore[] {
    return this.requests.filter((request) => request.method === method)
  }

  /** The next request that fits, as it comes in. */
  next(fits: (request: SeenAtStore) => boolean = () => true): Promise<SeenAtStore> {
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }))
  }

  /** Resolves when no request is under way. */
  async quiet(): Promise<void> {
    while (this.underWay > 0) await new Promise<void>((resolve) => this.#ended.add(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    // `closeAllConnections` leaves those on which no request has come yet.
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://store')
    const seen = { method: request.method ?? '', path: pathname.slice(1), headers: request.headers, status: 0 }
    this.requests.push(seen)
    this.underWay += 1
    this.most = Math.max(this.most, this.underWay)
    response.on('close', () => {
      this.underWay -= 1
      for (const ended of this.#ended) ended()
      this.#ended.clear()
    })
    for (const waiter of this.#waiting.filter(({ fits }) => fits(seen))) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      waiter.resolve(seen)
    }
    const answer = (status: number, code = 'Refused'): void => {
      seen.status = status
      response.writeHead(status, { 'content-type': 'application/xml' })
      response.end(status < 300 ? '' : `<Error><Code>${code}</Code></Error>`)
    }
    await this.hold
    const fault = this.fault(seen)
    const body = await bodyOf(request, fault)
    if (body === undefined || fault === 'silence') return
    if (fault !== undefined && 'status' in fault) return answer(fault.status, fault.code)
    const signed = this.#signed.get(searchParams.get('signature') ?? '')
    if (signed === undefined || signed.isExpired || signed.method !== seen.method || signed.path !== seen.path) {
      return answer(403, 'AccessDenied')
    }
    const wrong = Object.entries(signed.headers).find(([name, value]) => request.headers[name] !== value)
    if (wrong !== undefined) return answer(403, 'SignatureDoesNotMatch')
    if (request.method === 'PUT') {
      if (request.headers['transfer-encoding'] !== undefined) return answer(411, 'MissingContentLength')
      this.objects.set(seen.path, body)
      return answer(200)
    }
    const object = this.objects.get(seen.path)
    if (object === undefined) return answer(404, 'NoSuchKey')
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const part = range === null ? object : object.subarray(Number(range[1]), Number(range[2]) + 1)
    seen.status = range === null ? 200 : 206
    response.writeHead(seen.status, { 'content-length': part.byteLength })
    if (fault === undefined) response.end(part)
    else response.write(part.subarray(0, fault.cutAfter), () => response.destroy())
  }
}

/** undefined: it did not come whole. */
const bodyOf = async (request: IncomingMessage, fault: Fault | undefined): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let read = 0
  try {
    for await (const chunk of request) {
      chunks.push(chunk)
      read += chunk.byteLength
      const isCut = typeof fault === 'object' && 'cutAfter' in fault && read >= fault.cutAfter
      if (isCut) return void request.destroy()
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}

/** What a deployment's gateway does about files, with sizes that suit a test. */
export const serveFiles = (
  gateway: FakeGateway,
  store: FakeStore,
  { partSize = 64 * 1024, putBytes = 256 * 1024 }: { partSize?: number; putBytes?: number } = {},
) => {
  interface Begun {
    readonly name: unknown
    readonly type: unknown
    readonly size: number
    readonly uploadId: string | undefined
  }
  const begun = new Map<string, Begun>()
  const partPath = (key: string, n: number): string => `parts/${key}/${n}`
  const partsOf = (size: number): number => Math.ceil(size / partSize)
  const sizeOf = (size: number, n: number): number => Math.min(partSize, size - (n - 1) * partSize)
  const expires_at = new Date(0).toISOString()
  const arrived = (key: string, size: number): number[] =>
    Array.from({ length: partsOf(size) }, (_, i) => i + 1).filter((n) => store.objects.has(partPath(key, n)))

  gateway.on('config.storage', () => ({ content_types: ['image/png', 'text/plain', 'application/octet-stream'] }))
  gateway.on('file.upload_url', ({ clientId, input }) => {
    const key = `mchat/employee/${clientId.split('_')[0]}/00000000-0000-4000-8000-${String(begun.size).padStart(12, '0')}`
    const size = Number(input.size)
    const uploadId = size > putBytes ? `upload-${begun.size}` : undefined
    begun.set(key, { name: input.file_name, type: input.content_type, size, uploadId })
    if (uploadId !== undefined) {
      return { key, upload_id: uploadId, part_size: partSize, part_count: partsOf(size), expires_at }
    }
    const checksum = typeof input.sha256 === 'string' ? { 'x-amz-checksum-sha256': input.sha256 } : {}
    const headers = { 'content-type': String(input.content_type), 'content-length': String(size), ...checksum }
    return { key, ...store.sign('PUT', key, headers), expires_at }
  })
  gateway.on('file.part_urls', ({ input }) => {
    const { key, parts } = input as { key: string; parts: { part_number: number; sha256?: string }[] }
    const { size } = begun.get(key) as Begun
    const signed = parts.map(({ part_number, sha256 }) => {
      const checksum = sha256 === undefined ? {} : { 'x-amz-checksum-sha256': sha256 }
      const headers = { 'content-length': String(sizeOf(size, part_number)), ...checksum }
      return { part_number, size: sizeOf(size, part_number), ...store.sign('PUT', partPath(key, part_number), headers) }
    })
    return { parts: signed, expires_at }
  })
  gateway.on('file.upload_status', ({ input }) => {
    const upload = begun.get(String(input.key))
    if (upload === undefined || store.objects.has(String(input.key))) return refuse(404, 'file_not_found')
    const { size } = upload
    const uploaded_parts = arrived(String(input.key), size)
    return { size, part_size: partSize, part_count: partsOf(size), uploaded_parts }
  })
  gateway.on('file.complete', ({ input }) => {
    const key = String(input.key)
    const upload = begun.get(key)
    if (upload === undefined) return refuse(404, 'file_not_found')
    const { name, size, type, uploadId } = upload
    if (uploadId !== undefined && !store.objects.has(key)) {
      const parts = arrived(key, size)
      if (parts.length < partsOf(size)) return refuse(409, 'file_incomplete')
      store.objects.set(key, Buffer.concat(parts.map((n) => store.objects.get(partPath(key, n)) as Buffer)))
      for (const n of parts) store.objects.delete(partPath(key, n))
    }
    if (store.objects.get(key)?.byteLength !== size) return refuse(409, 'file_incomplete')
    return { key, size, content_type: type, file_name: name }
  })
  gateway.on('file.download_url', ({ input }) => {
    const key = String(input.key)
    const object = store.objects.get(key)
    const upload = begun.get(key)
    if (object === undefined) return refuse(404, 'file_not_found')
    const about = {
      key,
      size: object.byteLength,
      content_type: upload?.type ?? 'text/plain',
      file_name: upload?.name ?? null,
    }
    return { ...about, ...store.sign('GET', key), expires_at }
  })
  gateway.on('file.delete', ({ input }) => {
    const key = String(input.key)
    return begun.delete(key) ? { key } : refuse(404, 'file_not_found')
  })
}
