import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * A frame: u32 length of the ciphertext, u32 counter, CRC-32 of these two, ciphertext, tag. AES-256-GCM; the counter is
 * the nonce. The tag vouches for the head without its being additional data: a wrong counter is a wrong nonce, and GCM
 * authenticates the length; the CRC is there to notice a torn head without the key. The counter grows from frame to frame and is written down, because
 * it also grows when a write fails: what failed may be on the disk all the same, and a nonce must never serve twice.
 */
export const FRAME_HEAD_BYTES = 12
export const FRAME_TAG_BYTES = 16
export const FRAME_EXTRA_BYTES = FRAME_HEAD_BYTES + FRAME_TAG_BYTES
export const MAX_FRAME_COUNTER = 0xffff_ffff

const CIPHER = 'aes-256-gcm'
const COUNTER_AT = 4
const CRC_AT = 8
const nonce = Buffer.alloc(12)

export interface FrameHead {
  readonly counter: number
  /** Where the next frame begins; may lie behind the end of a torn file. */
  readonly end: number
}

/**
 * Makes a frame, in place, of the `plainBytes` at FRAME_HEAD_BYTES of `buffer`, which has room for the tag behind them.
 * @returns length of the frame, which begins at 0
 */
export function sealFrame(buffer: Buffer, plainBytes: number, key: KeyObject, counter: number): number {
  buffer.writeUInt32LE(plainBytes, 0)
  buffer.writeUInt32LE(counter, COUNTER_AT)
  buffer.writeUInt32LE(crc32(buffer.subarray(0, CRC_AT)), CRC_AT)
  const plainEnd = FRAME_HEAD_BYTES + plainBytes
  const cipher = createCipheriv(CIPHER, key, nonceOf(counter))
  buffer.set(cipher.update(buffer.subarray(FRAME_HEAD_BYTES, plainEnd)), FRAME_HEAD_BYTES)
  cipher.final()
  buffer.set(cipher.getAuthTag(), plainEnd)
  return plainEnd + FRAME_TAG_BYTES
}

/** Undefined where no undamaged head is. Costs no decryption, so that it can be tried at every offset of a segment. */
export function readFrameHead(bytes: Buffer, offset: number): FrameHead | undefined {
  if (offset + FRAME_HEAD_BYTES > bytes.length) return undefined
  if (bytes.readUInt32LE(offset + CRC_AT) !== crc32(bytes.subarray(offset, offset + CRC_AT))) return undefined
  return {
    counter: bytes.readUInt32LE(offset + COUNTER_AT),
    end: offset + bytes.readUInt32LE(offset) + FRAME_EXTRA_BYTES,
  }
}

/** The plaintext in memory of its own, or undefined when anything about the frame is not as it was written. */
export function openFrame(bytes: Buffer, offset: number, head: FrameHead, key: KeyObject): Buffer | undefined {
  if (head.end > bytes.length) return undefined
  const plainAt = offset + FRAME_HEAD_BYTES
  const tagAt = head.end - FRAME_TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, nonceOf(head.counter), { authTagLength: FRAME_TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(tagAt, head.end))
  const plain = decipher.update(bytes.subarray(plainAt, tagAt))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return plain
}

function nonceOf(counter: number): Buffer {
  nonce.writeUInt32LE(counter, 0)
  return nonce
}
