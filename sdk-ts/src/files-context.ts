import type { SliceableBytes } from './byte-source.ts'
import type { HandlerError } from './errors.ts'
import type { ActionName, InputOf, OutputOf } from './generated/types.ts'
import type { Timing } from './options.ts'
import type { RequestOptions } from './requests.ts'

/** What uploads and downloads need of a client. */
export interface FilesContext {
  readonly timing: Timing
  request<A extends ActionName>(action: A, input: InputOf<A>, options?: RequestOptions): Promise<OutputOf<A>>
  reportError(error: HandlerError): void
}

/** SHA-256 in hex. @throws {TypeError} a browser offers none on a page without HTTPS */
export const digestOf = async (bytes: SliceableBytes): Promise<string> => {
  if (globalThis.crypto?.subtle === undefined) throw new TypeError('sha256 needs a page that was served over HTTPS')
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
