import type { KeyObject } from 'node:crypto'
import { FRAME_HEAD_BYTES, FRAME_TAG_BYTES, sealFrame } from './frames.ts'

const RECORD_HEAD_BYTES = 4
const INITIAL_BYTES = 64 * 1024
/** A larger buffer is given back after use, so that one burst does not hold its memory for ever. */
const KEPT_BYTES = 1024 * 1024

/** The records of the frame to be written next, in one buffer with room around them for what makes them a frame. */
export class Batch {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #end = FRAME_HEAD_BYTES

  get empty(): boolean {
    return this.#end === FRAME_HEAD_BYTES
  }

  get bytes(): number {
    return this.#end - FRAME_HEAD_BYTES
  }

  add(record: Uint8Array): void {
    const recordAt = this.#end + RECORD_HEAD_BYTES
    const end = recordAt + record.length
    if (end + FRAME_TAG_BYTES > this.#buffer.length) this.#grow(end + FRAME_TAG_BYTES)
    this.#buffer.writeUInt32LE(record.length, this.#end)
    this.#buffer.set(record, recordAt)
    this.#end = end
  }

  /** The frame; valid until the next call on this batch, which it leaves without its records. */
  seal(key: KeyObject, counter: number): Buffer {
    const buffer = this.#buffer
    const length = sealFrame(buffer, this.bytes, key, counter)
    this.clear()
    return buffer.subarray(0, length)
  }

  clear(): void {
    this.#end = FRAME_HEAD_BYTES
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

/** The records of an opened frame, in order; undefined when the lengths do not add up. They share its memory. */
export function recordsOf(plain: Buffer): Buffer[] | undefined {
  const records: Buffer[] = []
  let offset = 0
  while (offset < plain.length) {
    if (offset + RECORD_HEAD_BYTES > plain.length) return undefined
    const recordAt = offset + RECORD_HEAD_BYTES
    const end = recordAt + plain.readUInt32LE(offset)
    if (end > plain.length) return undefined
    records.push(plain.subarray(recordAt, end))
    offset = end
  }
  return records
}
