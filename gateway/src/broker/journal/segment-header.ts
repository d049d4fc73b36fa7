import { createSecretKey, hkdfSync, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** The first bytes of a segment: magic, format version, salt, proof of the key, CRC-32 of all before it. */
export const HEADER_BYTES = 48

const MAGIC = Buffer.from('MChatJnl')
const VERSION = 1
const SALT_AT = 12
const PROOF_AT = 28
const CRC_AT = 44
const SALT_BYTES = 16
const PROOF_BYTES = 16
const KEY_BYTES = 32

export interface SegmentHeader {
  /**
   * The CRC, which needs no key, tells damage from a wrong key: a header that is intact and whose proof does not match
   * was written with another key (or as another segment: the number is part of the derivation, so that segments cannot
   * be exchanged unnoticed).
   */
  readonly state: 'healthy' | 'damaged' | 'wrong_key' | 'newer_version'
  /** Right also for a damaged header, as long as the salt is not what was damaged. */
  readonly frameKey: KeyObject
}

export function createHeader(key: Uint8Array, segment: number): { bytes: Buffer; frameKey: KeyObject } {
  const bytes = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(bytes)
  bytes.writeUInt32LE(VERSION, MAGIC.length)
  const salt = randomBytes(SALT_BYTES)
  salt.copy(bytes, SALT_AT)
  const { frameKey, proof } = derive(key, salt, segment)
  proof.copy(bytes, PROOF_AT)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT)
  return { bytes, frameKey }
}

/** @param bytes at least HEADER_BYTES of the start of the segment */
export function readHeader(bytes: Buffer, key: Uint8Array, segment: number): SegmentHeader {
  const { frameKey, proof } = derive(key, bytes.subarray(SALT_AT, PROOF_AT), segment)
  const intact =
    bytes.subarray(0, MAGIC.length).equals(MAGIC) && bytes.readUInt32LE(CRC_AT) === crc32(bytes.subarray(0, CRC_AT))
  if (!intact) return { state: 'damaged', frameKey }
  if (bytes.readUInt32LE(MAGIC.length) !== VERSION) return { state: 'newer_version', frameKey }
  const proven = timingSafeEqual(bytes.subarray(PROOF_AT, CRC_AT), proof)
  return { state: proven ? 'healthy' : 'wrong_key', frameKey }
}

function derive(key: Uint8Array, salt: Uint8Array, segment: number): { frameKey: KeyObject; proof: Buffer } {
  const info = `mchat journal ${VERSION} segment ${segment}`
  const derived = Buffer.from(hkdfSync('sha256', key, salt, info, KEY_BYTES + PROOF_BYTES))
  // A KeyObject and not its bytes: with bytes, every createCipheriv takes three times as long.
  return { frameKey: createSecretKey(derived.subarray(0, KEY_BYTES)), proof: derived.subarray(KEY_BYTES) }
}
