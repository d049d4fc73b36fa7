import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { pipeline, Readable, type Writable } from 'node:stream'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'
import type { Responder } from './hostile-http-server.ts'

/** Nothing, ever. */
export const hangs: Responder = () => undefined

/** A byte at a time. */
export const drips =
  (everyMs: number): Responder =>
  (_request, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('.'), everyMs)
    response.on('close', () => clearInterval(timer))
  }

/** The head of the response too. */
export const dripsHeaders =
  (everyMs: number): Responder =>
  (_request, response) => {
    const { socket } = response
    socket?.write('HTTP/1.1 200 OK\r\nx-slow: ')
    const timer = setInterval(() => socket?.write('.'), everyMs)
    response.on('close', () => clearInterval(timer))
  }

/** As fast as it is read, with no end. */
export const streamsForever: Responder = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' })
  void pour(response, Buffer.alloc(64 * 1024, 'x'))
}

/** Says that it is small, and is compressed a thousandfold. */
export const bombs =
  (encoding: 'gzip' | 'br'): Responder =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
    const zeros = function* (): Generator<Buffer> {
      const block = Buffer.alloc(256 * 1024)
      for (let size = 0; size < 10 * 1024 ** 3; size += block.length) yield block
    }
    const encoder =
      encoding === 'gzip' ? createGzip() : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
    pipeline(Readable.from(zeros()), encoder, response, () => undefined)
  }

/** Compressed to something, and decompressed to nothing: empty blocks of deflate. */
export const decodesToNothing: Responder = (_request, response) => {
  response.writeHead(200, { 'content-encoding': 'gzip' })
  response.write(Buffer.from('1f8b08000000000000ff', 'hex'))
  void pour(response, Buffer.from('000000ffff'.repeat(10_000), 'hex'))
}

export const redirects =
  (location: string, status = 302): Responder =>
  (_request, response) =>
    void response.writeHead(status, { location }).end()

export const manyHeaders =
  (count: number, bytes: number): Responder =>
  async (_request, response) => {
    const { socket } = response
    if (socket === null) return
    socket.write('HTTP/1.1 200 OK\r\n')
    for (let i = 0; i < count && !socket.destroyed; i++) {
      if (!socket.write(`x-${i}: ${'h'.repeat(bytes)}\r\n`)) await drained(socket)
    }
    socket.end('\r\n')
  }

/** Chunks of one byte, with no last one. */
export const chunksForever: Responder = (_request, response) => {
  const { socket } = response
  socket?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
  if (socket !== null) void pour(socket, Buffer.from('1\r\nx\r\n'.repeat(1000)))
}

/** A chunk whose extension does not end. */
export const chunkExtensionForever: Responder = (_request, response) => {
  const { socket } = response
  socket?.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=')
  if (socket !== null) void pour(socket, Buffer.alloc(16 * 1024, 'x'))
}

/** 100, or another response that is only the first of several, for ever. */
export const continuesForever =
  (status: 100 | 103): Responder =>
  (_request, response) => {
    const { socket } = response
    if (socket !== null) void pour(socket, Buffer.from(`HTTP/1.1 ${status} X\r\n\r\n`.repeat(100)))
  }

/** Closes in the middle of the body. */
export const breaksOff: Responder = (_request, response) => {
  response.writeHead(200, { 'content-length': 1000 })
  response.write('half')
  response.socket?.end()
}

/** Closes before it has answered anything. */
export const closes: Responder = (_request, response) => void response.socket?.destroy()

export const garbage: Responder = (_request, response) => void response.socket?.end('220 mail.example ESMTP\r\n')

/** Fewer bytes than it has said (`breaksOff` without closing), or more. */
export const liesAboutLength =
  (said: number, body: string): Responder =>
  (_request, response) =>
    void response.socket?.write(`HTTP/1.1 200 OK\r\ncontent-length: ${said}\r\n\r\n${body}`)

const drained = async (stream: Writable): Promise<void> => {
  const over = new AbortController()
  const either = ['drain', 'close'].map((event) => once(stream, event, { signal: over.signal }).catch(() => undefined))
  await Promise.race(either)
  over.abort()
}
/** The same over and over, as fast as it is taken. */
const pour = async (stream: Writable | ServerResponse, block: Buffer): Promise<void> => {
  while (!stream.destroyed) {
    if (!stream.write(block)) await drained(stream)
  }
}
