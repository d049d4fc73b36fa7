import type { FileHandle } from 'node:fs/promises'

/** What an object file begins with. One file, so that bytes and traits appear and disappear together. */
export interface ObjectHeader {
  readonly contentType: string
  readonly contentDisposition: string | undefined
  /** User-defined metadata, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
  /** Without quotes. */
  readonly etag: string
  /** Base64, where the bytes came with one. */
  readonly sha256: string | undefined
}

/** Always as long, so that it can be written when the bytes are known, and they begin at the same place in every file. */
export const HEADER_BYTES = 8192
const MAGIC = 'mchat object 1\n'

/** What an object of so many bytes takes of the disk, and of a quota: one without any bytes is not for nothing. */
export const roomOf = (size: number): number => size + HEADER_BYTES

/** @returns undefined: the traits are too long */
export const encodeHeader = (header: ObjectHeader): Buffer | undefined => {
  const text = Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`)
  if (text.length > HEADER_BYTES) return undefined
  const block = Buffer.alloc(HEADER_BYTES, ' ')
  text.copy(block)
  return block
}

/** The file is not one that was written here, or not all of it. */
export class NotAnObject extends Error {}

/** Whatever the bytes turn out to be, and however many parts they come in. */
const LONGEST = { etag: `${'0'.repeat(32)}-10000`, sha256: '0'.repeat(44) } as const

/** Whether traits fit into a header, which must be known before the bytes are there. */
export const hasRoomFor = (traits: Omit<ObjectHeader, 'etag' | 'sha256'>): boolean =>
  encodeHeader({ ...traits, ...LONGEST }) !== undefined

/** @throws NotAnObject */
export const readHeader = async (file: FileHandle): Promise<ObjectHeader> => {
  const block = Buffer.alloc(HEADER_BYTES)
  const { bytesRead } = await file.read(block, 0, HEADER_BYTES, 0)
  const text = block.toString('utf8', 0, bytesRead)
  if (bytesRead < HEADER_BYTES || !text.startsWith(MAGIC)) throw new NotAnObject('not an object file')
  try {
    return JSON.parse(text.slice(MAGIC.length)) as ObjectHeader
  } catch (error) {
    throw new NotAnObject('not an object file', { cause: error })
  }
}
