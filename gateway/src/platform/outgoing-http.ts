import { lookup as lookupAll } from 'node:dns/promises'
import { setMaxListeners } from 'node:events'
import { LRUCache } from 'lru-cache'
import type { Dispatcher, Pool } from 'undici'
import { createAddressGuard } from './address-guard.ts'
import { beginExchange, type Exchange } from './exchange.ts'
import { createGuardedConnector, type LookupAll } from './guarded-connector.ts'
import { OutgoingError, toOutgoingError } from './outgoing-error.ts'
import { hostOf, portOf, refuseUrl } from './outgoing-url.ts'
import { ENCODINGS, readBody } from './response-body.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  /** Without `host`, which is the URL's, and `accept-encoding`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Ends the call and its connection. */
  readonly signal?: AbortSignal
  /** Until the last byte has been read, waiting for a connection included. */
  readonly deadlineMs: number
}

/**
 * One of `text`, `chunks` and `discard` is used, once: until then, or until the deadline, the response keeps its
 * connection.
 */
export interface OutgoingResponse {
  /** Any from 200. A redirect is not followed: it could lead anywhere, and no agent has to move by itself. */
  readonly status: number
  /** Several of a name are joined by commas. */
  header(name: string): string | undefined
  /** The body, which must be UTF-8. @throws OutgoingError */
  text(maxBytes: number): Promise<string>
  /** The body as it comes. Leaving the loop ends the connection. @throws OutgoingError, after the chunks that were fine */
  chunks(maxBytes: number): AsyncIterable<Uint8Array>
  /** The body is not wanted. */
  discard(): void
}

/** HTTP to servers that somebody else has named, and that may be hostile. */
export interface OutgoingHttp {
  /** Why this URL can never be called, as the end of a sentence about it; no name is looked up. */
  check(url: string): string | undefined
  /** @throws OutgoingError; anything else is a defect of the caller, e.g. a header with a line break */
  request(request: OutgoingRequest): Promise<OutgoingResponse>
  /** Ends every call (`aborted`) and every connection. */
  close(): Promise<void>
}

export interface OutgoingHttpOptions {
  /** What may be called beside the public Internet (`isAllowEntry`). */
  readonly allow: readonly string[]
  readonly httpsOnly: boolean
  /** @see UrlRules.remedy */
  readonly remedy?: string
  /** Default: the system's, which reads /etc/hosts too. */
  readonly lookup?: LookupAll
  /** Certificates (PEM) to trust instead of those that Node does. */
  readonly ca?: string
  /** At the same time to one origin; further calls wait in line. */
  readonly connectionsPerOrigin?: number
  /** At the same time to all of them. */
  readonly connections?: number
}

/** Together, name by name and with their values. */
const HEADER_BYTES = 16 * 1024
/** 103 and the like; a server has no reason for more. */
const INTERIM_RESPONSES = 8
/** Origins whose connections are kept for the next call; those of the longest unused one are closed for a further one. */
const ORIGINS = 64
const KEEP_ALIVE_MS = 4_000

export const createOutgoingHttp = (options: OutgoingHttpOptions): OutgoingHttp => {
  const { allow, ca, connections = 128, connectionsPerOrigin = 8, httpsOnly, remedy } = options
  const lookup = once(options.lookup ?? ((hostname) => lookupAll(hostname, { all: true })))
  const guard = createAddressGuard(allow)
  const closing = new AbortController()
  // Of every call and every connection that is being made.
  setMaxListeners(0, closing.signal)
  const total = createTurnstile(connections)
  const turnstiles = new Map<string, Turnstile>()
  // A pool that is used goes on until it is not.
  const pools = new LRUCache<string, Pool>({
    max: ORIGINS,
    dispose: (pool) => void pool.close().catch(() => undefined),
  })

  const poolOf = ({ Pool }: typeof import('undici'), url: URL): Pool => {
    const { origin, protocol } = url
    const existing = pools.get(origin)
    if (existing !== undefined) return existing
    const pool = new Pool(origin, {
      connect: createGuardedConnector({
        guard,
        lookup,
        ca,
        signal: closing.signal,
        secure: protocol === 'https:',
        host: hostOf(url),
        port: portOf(url),
      }),
      connections: connectionsPerOrigin,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // The exchange has one timer for all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    pools.set(origin, pool)
    return pool
  }

  /** Its origin's first, so that a slow server holds up no calls of others while its own wait. */
  const waitInLine = async (origin: string, exchange: Exchange): Promise<void> => {
    const own = turnstiles.get(origin) ?? createTurnstile(connectionsPerOrigin)
    turnstiles.set(origin, own)
    exchange.afterwards(() =>
      queueMicrotask(() => own.idle && turnstiles.get(origin) === own && turnstiles.delete(origin)),
    )
    exchange.afterwards(await own.enter(exchange.signal))
    exchange.afterwards(await total.enter(exchange.signal))
  }

  const send = async (
    undici: typeof import('undici'),
    request: OutgoingRequest,
    url: URL,
    exchange: Exchange,
  ): Promise<Dispatcher.ResponseData> => {
    await waitInLine(url.origin, exchange)
    exchange.signal.throwIfAborted()
    let interim = 0
    const reply = poolOf(undici, url).request({
      method: request.method,
      path: `${url.pathname}${url.search}`,
      headers: { ...request.headers, 'accept-encoding': ENCODINGS },
      body: request.body ?? null,
      signal: exchange.signal,
      onInfo: () => {
        if (++interim > INTERIM_RESPONSES) {
          exchange.fail(new OutgoingError('bad_response', `${url.host} does not come to its response.`))
        }
      },
    })
    // undici looks at the signal once it is connected.
    return await Promise.race([reply, failure(exchange.signal)])
  }

  return {
    check: (url) => refuseUrl(url, { guard, httpsOnly, remedy }),
    async request(request) {
      const refused = refuseUrl(request.url, { guard, httpsOnly })
      if (refused !== undefined) throw new OutgoingError('forbidden_address', `The URL ${refused}.`)
      const headers = withoutCase(request.headers)
      const url = new URL(request.url)
      // Many modules, for what not every deployment does; the first call does not pay for them with its time.
      const undici = await import('undici')
      const exchange = beginExchange(url.host, request.deadlineMs, [request.signal, closing.signal])
      try {
        return toResponse(await send(undici, { ...request, headers }, url, exchange), url.host, exchange)
      } catch (error) {
        const reason = exchange.signal.aborted ? exchange.signal.reason : toOutgoingError(error, url.host, false)
        exchange.end()
        throw reason
      }
    },
    async close() {
      closing.abort()
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

/** One question for each name at a time: those to a server that does not answer would hold up all others. */
const once = (lookup: LookupAll): LookupAll => {
  const underWay = new Map<string, ReturnType<LookupAll>>()
  return (hostname) => {
    const asked = underWay.get(hostname) ?? lookup(hostname).finally(() => underWay.delete(hostname))
    underWay.set(hostname, asked)
    return asked
  }
}

const failure = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

const withoutCase = (headers: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  if ('host' in lower) throw new Error('The header host is that of the URL.')
  return lower
}

const toResponse = (response: Dispatcher.ResponseData, where: string, exchange: Exchange): OutgoingResponse => {
  const { body, headers, statusCode: status } = response
  const header = (name: string): string | undefined => {
    const value = headers[name.toLowerCase()]
    return Array.isArray(value) ? value.join(', ') : value
  }
  // Whoever reads is told by the iteration, and nobody reads while it waits for its reader.
  body.on('error', () => undefined)
  let isUsed = false
  const use = (): void => {
    if (isUsed) throw new Error('The response was used before.')
    isUsed = true
  }

  const chunks = async function* (maxBytes: number): AsyncGenerator<Uint8Array, void> {
    try {
      const encoding = status === 204 || status === 304 ? undefined : header('content-encoding')
      yield* readBody(body, { where, encoding, signal: exchange.signal, maxBytes })
    } catch (error) {
      throw exchange.signal.aborted ? exchange.signal.reason : toOutgoingError(error, where, true)
    } finally {
      body.destroy()
      exchange.end()
    }
  }

  return {
    status,
    header,
    chunks(maxBytes) {
      use()
      return chunks(maxBytes)
    },
    async text(maxBytes) {
      use()
      const parts: Uint8Array[] = []
      for await (const chunk of chunks(maxBytes)) parts.push(chunk)
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
      } catch {
        throw new OutgoingError('bad_response', `The response of ${where} is not UTF-8.`)
      }
    },
    discard() {
      use()
      body.destroy()
      exchange.end()
    },
  }
}
