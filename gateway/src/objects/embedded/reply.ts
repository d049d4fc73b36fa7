import type { FileHandle } from 'node:fs/promises'

/** What is answered. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A document, complete. */
  readonly xml?: string
  /** A part of a file; the handle is closed when it has been sent, or cannot be. */
  readonly bytes?: { readonly handle: FileHandle; readonly start: number; readonly length: number }
}
