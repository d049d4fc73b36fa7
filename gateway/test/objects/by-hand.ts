import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { ObjectServer } from '../../../tests/kit/object-server.ts'

/** A request as it is sent, and signed, however odd: no SDK signs what is not part of S3. */
export interface Asked {
  readonly method: string
  /** With the bucket, encoded. */
  readonly path: string
  /** Encoded, without `?`. */
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  /** What S3 calls the error. */
  readonly code: string | undefined
}

export interface SigningOptions {
  readonly time?: Date
  /** Of the scope. */
  readonly date?: string
  readonly region?: string
  readonly service?: string
  /** `SignedHeaders`. Default: all of them. */
  readonly names?: readonly string[]
  readonly payload?: string
  readonly seconds?: number
}

type Credentials = ObjectServer['credentials']

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const longDateOf = (time: Date): string => time.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')

type Signing = SigningOptions & { readonly time: Date }

const scopeOf = ({ time, ...options }: Signing) => {
  const longDate = longDateOf(time)
  const { date = longDate.slice(0, 8), region = 'us-east-1', service = 's3' } = options
  return { longDate, date, region, service, scope: `${date}/${region}/${service}/aws4_request` }
}

const sign = (credentials: Credentials, text: string, options: Signing): string => {
  const { date, region, service } = scopeOf(options)
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  ) as Buffer
  return hmac(key, text).toString('hex')
}

const textToSign = (asked: Asked, query: string, names: readonly string[], payload: string, options: Signing) => {
  const { longDate, scope } = scopeOf(options)
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort((a, b) => (a.slice(0, a.indexOf('=')) < b.slice(0, b.indexOf('=')) ? -1 : 1))
  const lines = names.map((name) => `${name}:${asked.headers?.[name] ?? ''}`)
  const request = [asked.method, asked.path, pairs.join('&'), ...lines, '', names.join(';'), payload].join('\n')
  return `AWS4-HMAC-SHA256\n${longDate}\n${scope}\n${sha256(request)}`
}

/** The request with an `Authorization` header. */
export const signed = (server: ObjectServer, asked: Asked, given: SigningOptions = {}): Asked => {
  const options = { time: new Date(), ...given }
  const { longDate, scope } = scopeOf(options)
  const payload = options.payload ?? 'UNSIGNED-PAYLOAD'
  const headers = {
    host: new URL(server.url).host,
    ...asked.headers,
    'x-amz-date': longDate,
    'x-amz-content-sha256': payload,
  }
  const names = [...(options.names ?? Object.keys(headers))].sort()
  const text = textToSign({ ...asked, headers }, asked.query ?? '', names, payload, options)
  const credential = `${server.credentials.accessKeyId}/${scope}`
  const signature = sign(server.credentials, text, options)
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { ...asked, headers: { ...headers, authorization } }
}

/** The request with its signature among its parameters, where only `host` and `names` of its headers are signed. */
export const presigned = (server: ObjectServer, asked: Asked, given: SigningOptions = {}): Asked => {
  const options = { time: new Date(), ...given }
  const { longDate, scope } = scopeOf(options)
  const headers = { host: new URL(server.url).host, ...asked.headers }
  const names = [...(options.names ?? ['host'])].sort()
  const query = [
    ...(asked.query === undefined ? [] : [asked.query]),
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${server.credentials.accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${longDate}`,
    `X-Amz-Expires=${options.seconds ?? 900}`,
    `X-Amz-SignedHeaders=${names.map(encodeURIComponent).join('%3B')}`,
  ].join('&')
  const text = textToSign({ ...asked, headers }, query, names, options.payload ?? 'UNSIGNED-PAYLOAD', options)
  return { ...asked, headers, query: `${query}&X-Amz-Signature=${sign(server.credentials, text, options)}` }
}

/** The fields of a form whose policy is this. */
export const signedForm = (server: ObjectServer, policy: object, given: SigningOptions = {}) => {
  const options = { time: new Date(), ...given }
  const { longDate, scope } = scopeOf(options)
  const fields = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${server.credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': longDate,
  }
  const { conditions = [], ...rest } = policy as { readonly conditions?: readonly unknown[] }
  const named = Object.entries(fields).map(([name, value]) => ({ [name]: value }))
  const text = JSON.stringify({
    expiration: new Date(Date.now() + 60_000).toISOString(),
    ...rest,
    conditions: [...named, { bucket: 'mchat-files' }, ...conditions],
  })
  const Policy = Buffer.from(text).toString('base64')
  return { ...fields, Policy, 'X-Amz-Signature': sign(server.credentials, Policy, options) }
}

const target = ({ path, query }: Asked): string => (query === undefined ? path : `${path}?${query}`)

/** On a connection of its own. */
export const ask = async (server: Pick<ObjectServer, 'url'>, asked: Asked): Promise<Answer> => {
  const { body, headers = {}, method } = asked
  const { hostname, port } = new URL(server.url)
  const outgoing = request({ hostname, port, method, path: target(asked), headers, agent: false, setHost: false })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const bytes = await buffer(response)
  const code = /<Code>(\w+)<\/Code>/.exec(bytes.toString())?.[1]
  return { status: response.statusCode ?? 0, headers: response.headers, body: bytes, code }
}

/** The beginning of a request, as bytes. */
export const headOf = (asked: Asked): string => {
  const lines = Object.entries(asked.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${asked.method} ${target(asked)} HTTP/1.1\r\n${lines.join('')}\r\n`
}

export interface Line extends AsyncDisposable {
  readonly socket: Socket
  /** What has been answered so far. */
  text(): string
  /** Resolves when what was answered matches. */
  says(pattern: RegExp): Promise<void>
  readonly closed: Promise<void>
}

/** A connection to send bytes on as they are. */
export const openLine = async (server: Pick<ObjectServer, 'url'>): Promise<Line> => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return {
    socket,
    text: () => text,
    async says(pattern) {
      while (!pattern.test(text)) {
        if (socket.destroyed) throw new Error(`The connection ended after: ${text}`)
        await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed])
      }
    },
    closed,
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await closed
    },
  }
}
