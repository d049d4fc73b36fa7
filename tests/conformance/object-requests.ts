import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { SignedForm, SignedRequest } from '../../gateway/src/objects/object-store.ts'

/** What a client sends, which need not be what was signed. */
export interface ClientRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
}

export interface ClientAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** As it is signed, with a body and its length. */
export const asSigned = ({ headers, method, url }: SignedRequest, body?: Uint8Array): ClientRequest => ({
  method,
  url,
  headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
  body,
})

/** Over a connection of its own. `fetch` would not send every header that a hostile client does. */
export const send = async ({ body, headers, method, url }: ClientRequest): Promise<ClientAnswer> => {
  const request = httpRequest(url, { method, headers: { ...headers }, agent: false })
  const answered = once(request, 'response')
  // Whoever is refused may find the connection closed while it still sends.
  request.on('error', () => undefined)
  request.end(body)
  const [response] = await answered
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

/** Sends the head and no more than so much of the body, and waits until the other side has closed the connection, too. */
export const breakOff = async ({ body, headers, method, url }: ClientRequest, sentBytes: number): Promise<void> => {
  const { host, hostname, pathname, port, search } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined).resume()
  const lines = [`${method} ${pathname}${search} HTTP/1.1`, `host: ${host}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  socket.write(body?.subarray(0, sentBytes) ?? '')
  const closed = once(socket, 'close')
  socket.end()
  await closed
}

export interface FormContent {
  readonly key: string
  readonly file: Uint8Array
  /** Instead of those that were given, or beside them. */
  readonly fields?: Readonly<Record<string, string>>
}

const BOUNDARY = 'the-boundary-of-a-form'

/** As a browser sends a form: the file is the last of it. */
export const asForm = (form: SignedForm, { fields = {}, file, key }: FormContent): ClientRequest => {
  const texts = Object.entries({ ...form.fields, key, ...fields }).map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const body = Buffer.concat([
    Buffer.from(texts.join('')),
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="../a.png"\r\nContent-Type: text/html\r\n\r\n`,
    ),
    file,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ])
  return {
    method: 'POST',
    url: form.url,
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': String(body.length) },
    body,
  }
}
