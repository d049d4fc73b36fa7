export type OutgoingFailure =
  | 'forbidden_address'
  /** No connection, or it was lost before the response began. */
  | 'unreachable'
  | 'timeout'
  | 'too_large'
  /** What came is not a whole response of HTTP. */
  | 'bad_response'
  | 'aborted'

/**
 * Why there is no response, or not all of it. The message names the host and the port at most: the rest of a URL, the
 * headers and the body may hold secrets.
 */
export class OutgoingError extends Error {
  readonly kind: OutgoingFailure
  /** The same request may succeed a moment later. It may have arrived this time. */
  readonly retryable: boolean

  constructor(kind: OutgoingFailure, sentence: string) {
    super(sentence)
    this.name = 'OutgoingError'
    this.kind = kind
    this.retryable = kind === 'unreachable'
  }
}

/**
 * What an error of undici, of a socket or of a decoder comes to.
 * @param where host and port
 * @param begun the headers of the response were there
 * @returns what it is given, where that is nobody's doing but the caller's
 */
export const toOutgoingError = (error: unknown, where: string, begun: boolean): unknown => {
  if (error instanceof OutgoingError) return error
  if (!(error instanceof Error)) return error
  const code = (error as NodeJS.ErrnoException).code ?? error.name
  if (code === 'UND_ERR_INVALID_ARG') return error
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new OutgoingError('too_large', `The response of ${where} has too many headers.`)
  }
  if (begun) return new OutgoingError('bad_response', `The response of ${where} broke off or is damaged (${code}).`)
  // 100 or 101 without having been asked, which undici has no error of its own for; the latter it finds by an assertion.
  const isUnasked = (code === 'UND_ERR_SOCKET' && /^bad /.test(error.message)) || code === 'ERR_ASSERTION'
  const isGarbage = isUnasked || error.name === 'HTTPParserError'
  return isGarbage
    ? new OutgoingError('bad_response', `${where} does not answer as HTTP/1.1 has it (${code}).`)
    : new OutgoingError('unreachable', `${where} cannot be reached (${code}).`)
}
