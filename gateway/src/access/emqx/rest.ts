import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Config } from '../../config.ts'
import { UserError } from '../../platform/user-error.ts'

export interface EmqxRestOptions {
  /** Scheme, host and port. */
  readonly url: string
  readonly apiKey: string
  readonly apiSecret: string
  /** Of one call. Default: 4000. */
  readonly timeoutMs?: number
}

/** A client of EMQX: one that is connected, or whose session waits for it. */
export interface EmqxClient {
  readonly clientId: string
  readonly connected: boolean
}

/** A call that was not answered as it should; `status` is undefined when there was no answer that could be read. */
export class EmqxError extends Error {
  override readonly name = 'EmqxError'
  readonly status: number | undefined

  constructor(call: string, detail: string, status?: number, options?: ErrorOptions) {
    super(`${call}: ${detail}`, options)
    this.status = status
  }
}

const TIMEOUT_MS = 4000
/** Clients in one answer, and bytes: a thousand subscriptions are some 150 kB. */
const PAGE = 100
const MAX_PAGES = 1000
const MAX_BYTES = 8 * 1024 * 1024

const ClientPage = Compile(
  Type.Object({
    data: Type.Array(Type.Object({ clientid: Type.String(), connected: Type.Boolean() })),
    meta: Type.Object({ hasnext: Type.Optional(Type.Boolean()) }),
  }),
)
const Subscriptions = Compile(Type.Array(Type.Object({ topic: Type.String() })))
const Refusal = Compile(Type.Object({ code: Type.String({ maxLength: 100 }) }))
const NoSuchClient = Compile(Type.Object({ code: Type.String({ pattern: '^CLIENT_?ID_NOT_FOUND$' }) }))

interface Answer {
  readonly status: number
  readonly text: string
}

/**
 * The calls of EMQX 5's REST API that the access needs. A client that EMQX does not know is an answer,
 * not an error. Whatever is changed of subscriptions is only handed to the client's process, which does it in its own
 * time: what counts is what `subscriptionsOf` says afterwards.
 */
export class EmqxRest {
  readonly #base: string
  readonly #host: string
  readonly #authorization: string
  readonly #timeoutMs: number
  #problem: string | undefined

  constructor({ apiKey, apiSecret, timeoutMs = TIMEOUT_MS, url }: EmqxRestOptions) {
    const { host, origin } = new URL(url)
    this.#base = `${origin}/api/v5`
    this.#host = host
    this.#authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`
    this.#timeoutMs = timeoutMs
  }

  /** Why the last call failed, in a sentence; undefined when it did not. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Resolves when the API answers to the key. @throws UserError when it does not */
  async answers(): Promise<void> {
    try {
      await this.clientsOf('mchat')
    } catch (cause) {
      const status = cause instanceof EmqxError ? cause.status : undefined
      const why =
        status === 401 || status === 403
          ? 'does not accept MCHAT_BROKER_API_KEY with MCHAT_BROKER_API_SECRET'
          : status === undefined
            ? 'cannot be used: it does not answer as EMQX 5 does; check MCHAT_BROKER_API_URL'
            : `cannot be used: it answers ${status}; check MCHAT_BROKER_API_URL`
      throw new UserError(`The REST API of EMQX at ${this.#host} ${why}.`, { cause })
    }
  }

  /** Those that logged in as this user, connected or with a session that waits. */
  async clientsOf(username: string): Promise<EmqxClient[]> {
    const found: EmqxClient[] = []
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = new URLSearchParams({ username, limit: String(PAGE), page: String(page) })
      const call = 'GET /clients'
      const answer = await this.#call(call, `/clients?${query}`, [200])
      const { data, meta } = this.#read(call, answer, ClientPage)
      found.push(...data.map(({ clientid, connected }) => ({ clientId: clientid, connected })))
      if (!(meta.hasnext ?? data.length === PAGE)) return found
    }
    throw this.#failed('GET /clients', 'the list does not end')
  }

  /** The filters of a client, `$share/…` included; undefined: there is no such client. */
  async subscriptionsOf(clientId: string): Promise<string[] | undefined> {
    const call = 'GET /clients/{id}/subscriptions'
    const answer = await this.#call(call, `${clientPath(clientId)}/subscriptions`, [200, 404])
    if (answer.status === 404) return undefined
    return this.#read(call, answer, Subscriptions).map(({ topic }) => topic)
  }

  /**
   * EMQX asks anew what this client may do. Resolves when the client's process has done it, and so behind whatever that
   * process was being told it may do. @returns false: there is no such process
   */
  async forgetAuthorisations(clientId: string): Promise<boolean> {
    const path = `${clientPath(clientId)}/authorization/cache`
    return this.#found(await this.#call('DELETE /clients/{id}/authorization/cache', path, [204, 404], 'DELETE'))
  }

  /** @returns false: there is no such client, or none whose process could be told */
  async subscribe(clientId: string, topic: string): Promise<boolean> {
    const body = { topic, qos: 1, nl: 0, rap: 0, rh: 0 }
    const path = `${clientPath(clientId)}/subscribe`
    return this.#found(await this.#call('POST /clients/{id}/subscribe', path, [200, 404], 'POST', body))
  }

  /** @returns false: there is no such client; true says nothing of one whose session has no process */
  async unsubscribe(clientId: string, topics: readonly string[]): Promise<boolean> {
    const body = topics.map((topic) => ({ topic }))
    const path = `${clientPath(clientId)}/unsubscribe/bulk`
    return this.#found(await this.#call('POST /clients/{id}/unsubscribe/bulk', path, [204, 404], 'POST', body))
  }

  /** Ends the connection and the session, with everything queued. @returns false: there was none */
  async kick(clientId: string): Promise<boolean> {
    return this.#found(await this.#call('DELETE /clients/{id}', clientPath(clientId), [204, 404], 'DELETE'))
  }

  #found({ status }: Answer): boolean {
    return status !== 404
  }

  /** @param call how it is named in errors: no ids, so that it can be logged */
  async #call(
    call: string,
    path: string,
    expected: readonly number[],
    method: 'GET' | 'POST' | 'DELETE' = 'GET',
    body?: unknown,
  ): Promise<Answer> {
    const answer = await this.#fetch(call, path, method, body)
    if (!expected.includes(answer.status)) {
      const refusal = parseJson(answer.text)
      const code = Refusal.Check(refusal) ? ` ${refusal.code}` : ''
      throw this.#failed(call, `answered ${answer.status}${code}`, answer.status)
    }
    // Any other 404 (a proxy, a path that EMQX does not have) must not pass for "no such client".
    if (answer.status === 404 && !NoSuchClient.Check(parseJson(answer.text))) {
      throw this.#failed(call, 'answered 404, but not for the client', 404)
    }
    this.#problem = undefined
    return answer
  }

  async #fetch(call: string, path: string, method: string, body: unknown): Promise<Answer> {
    try {
      const response = await fetch(this.#base + path, {
        method,
        headers: {
          authorization: this.#authorization,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // The key is for this host alone.
        redirect: 'error',
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
      return { status: response.status, text: await readText(response) }
    } catch (cause) {
      const isLate = cause instanceof Error && cause.name === 'TimeoutError'
      throw this.#failed(call, isLate ? 'no answer in time' : 'no answer', undefined, cause)
    }
  }

  #read<T>(call: string, answer: Answer, shape: Shape<T>): T {
    const value = parseJson(answer.text)
    if (shape.Check(value)) return value
    throw this.#failed(call, 'answered something else than EMQX does')
  }

  #failed(call: string, detail: string, status?: number, cause?: unknown): EmqxError {
    this.#problem = `The REST API of EMQX cannot be used: ${call}: ${detail}.`
    return new EmqxError(call, detail, status, cause === undefined ? undefined : { cause })
  }
}

/** As the configuration says where it is and who the gateway is to it. */
export const openEmqxRest = ({ apiKey = '', apiSecret = '', apiUrl = '' }: Config['broker']): EmqxRest =>
  new EmqxRest({ url: apiUrl, apiKey, apiSecret })

interface Shape<T> {
  Check(value: unknown): value is T
}

const clientPath = (clientId: string): string => `/clients/${encodeURIComponent(clientId)}`

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const readText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
