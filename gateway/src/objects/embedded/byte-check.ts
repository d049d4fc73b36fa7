import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What a client says of the bytes it sends; each in base64, but for `payload` in hex. */
export interface Expected {
  readonly size?: number | undefined
  readonly md5?: string | undefined
  readonly sha256?: string | undefined
  readonly sha1?: string | undefined
  readonly crc32?: string | undefined
  /** `x-amz-content-sha256` of a signed body. */
  readonly payload?: string | undefined
}

/** The bytes are not those that were announced: S3's code for it. */
export class WrongBytes extends Error {
  readonly code: 'IncompleteBody' | 'BadDigest' | 'XAmzContentSHA256Mismatch' | 'EntityTooLarge'
  constructor(code: WrongBytes['code']) {
    super(code)
    this.name = 'WrongBytes'
    this.code = code
  }
}

/** Looks at bytes as they pass. */
export interface ByteCheck {
  readonly size: number
  /** @throws WrongBytes as soon as there are more than announced */
  update(chunk: Uint8Array): void
  /** @returns the MD5 in hex. @throws WrongBytes */
  finish(): string
}

export const createByteCheck = (expected: Expected): ByteCheck => {
  const md5 = createHash('md5')
  const sha256 = expected.sha256 === undefined && expected.payload === undefined ? undefined : createHash('sha256')
  const sha1 = expected.sha1 === undefined ? undefined : createHash('sha1')
  let crc = 0
  let size = 0
  const crcText = (): string => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(crc)
    return bytes.toString('base64')
  }
  return {
    get size() {
      return size
    },
    update(chunk) {
      size += chunk.length
      if (expected.size !== undefined && size > expected.size) throw new WrongBytes('EntityTooLarge')
      md5.update(chunk)
      sha256?.update(chunk)
      sha1?.update(chunk)
      if (expected.crc32 !== undefined) crc = crc32(chunk, crc)
    },
    finish() {
      if (expected.size !== undefined && size !== expected.size) throw new WrongBytes('IncompleteBody')
      const found = { md5: md5.digest(), sha256: sha256?.digest(), sha1: sha1?.digest() }
      if (expected.payload !== undefined && found.sha256?.toString('hex') !== expected.payload) {
        throw new WrongBytes('XAmzContentSHA256Mismatch')
      }
      const isRight =
        (expected.md5 === undefined || found.md5.toString('base64') === expected.md5) &&
        (expected.sha256 === undefined || found.sha256?.toString('base64') === expected.sha256) &&
        (expected.sha1 === undefined || found.sha1?.toString('base64') === expected.sha1) &&
        (expected.crc32 === undefined || crcText() === expected.crc32)
      if (!isRight) throw new WrongBytes('BadDigest')
      return found.md5.toString('hex')
    },
  }
}
