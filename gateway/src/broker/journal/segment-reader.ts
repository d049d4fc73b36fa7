import type { KeyObject } from 'node:crypto'
import { recordsOf } from './batch.ts'
import { FRAME_HEAD_BYTES, FRAME_TAG_BYTES, type FrameHead, openFrame, readFrameHead } from './frames.ts'
import { HEADER_BYTES, readHeader } from './segment-header.ts'

export interface SegmentReading {
  /** Parts from which nothing could be read, oldest first. */
  readonly damaged: readonly Range[]
  /** What an interrupted write left at the end, or undefined. It was never acknowledged, unless the power failed. */
  readonly torn: Range | undefined
}

export interface Range {
  readonly from: number
  readonly to: number
}

/** The segment is intact and must not be taken for a damaged one, but cannot be read. */
export class UnreadableSegment extends Error {
  readonly state: 'wrong_key' | 'newer_version'

  constructor(state: 'wrong_key' | 'newer_version') {
    super(state)
    this.state = state
  }
}

/**
 * Calls `replay` with every record that is as it was written. A damaged frame costs that frame and no other: reading
 * goes on at the next frame that verifies, looked for byte by byte when the damage is in a length.
 *
 * @throws UnreadableSegment before the first record
 */
export function readSegment(
  bytes: Buffer,
  key: Uint8Array,
  segment: number,
  replay: (record: Buffer) => void,
): SegmentReading {
  const dataEnd = endOfData(bytes)
  // Shorter than its header, or zeros where a file system had made room for one: the very first write was torn.
  if (dataEnd < HEADER_BYTES) return { damaged: [], torn: bytes.length > 0 ? { from: 0, to: bytes.length } : undefined }

  const header = readHeader(bytes, key, segment)
  if (header.state === 'wrong_key' || header.state === 'newer_version') throw new UnreadableSegment(header.state)
  const damaged: Range[] = header.state === 'damaged' ? [{ from: 0, to: HEADER_BYTES }] : []

  let offset = HEADER_BYTES
  let counter = -1
  while (offset < bytes.length) {
    const frame = frameAt(bytes, offset, header.frameKey, counter) ?? nextFrame(bytes, offset, header.frameKey, counter)
    const frameAtOffset = frame?.start ?? bytes.length
    if (frameAtOffset > offset) {
      const lost = { from: offset, to: frameAtOffset }
      if (frame === undefined && header.state === 'healthy' && isTorn(bytes, offset, dataEnd)) {
        return { damaged, torn: lost }
      }
      damaged.push(lost)
    }
    if (frame === undefined) break
    for (const record of frame.records) replay(record)
    counter = frame.counter
    offset = frame.end
  }
  return { damaged, torn: undefined }
}

/** Which of the keys a segment was written with. Where its header is damaged: the one that opens any of its frames. */
export function keyOf(bytes: Buffer, keys: readonly Uint8Array[], segment: number): Uint8Array | undefined {
  if (keys.length < 2 || endOfData(bytes) < HEADER_BYTES) return keys[0]
  return keys.find((key) => {
    const { frameKey, state } = readHeader(bytes, key, segment)
    if (state !== 'damaged') return state === 'healthy'
    return (frameAt(bytes, HEADER_BYTES, frameKey, -1) ?? nextFrame(bytes, HEADER_BYTES, frameKey, -1)) !== undefined
  })
}

interface ReadableFrame extends FrameHead {
  readonly start: number
  readonly records: readonly Buffer[]
}

/** @param after counter of the frame before it; a frame that repeats an earlier one was not put there by us */
function frameAt(bytes: Buffer, start: number, key: KeyObject, after: number): ReadableFrame | undefined {
  const head = readFrameHead(bytes, start)
  if (head === undefined || head.counter <= after) return undefined
  const plain = openFrame(bytes, start, head, key)
  const records = plain && recordsOf(plain)
  return records && { ...head, start, records }
}

function nextFrame(bytes: Buffer, damagedAt: number, key: KeyObject, after: number): ReadableFrame | undefined {
  const head = readFrameHead(bytes, damagedAt)
  const behind = head && frameAt(bytes, head.end, key, after)
  if (behind !== undefined) return behind
  for (let start = damagedAt + 1; start + FRAME_HEAD_BYTES < bytes.length; start++) {
    // The length alone rules out nearly all offsets, and so saves the CRC.
    if (bytes.readUInt32LE(start) > bytes.length - start) continue
    const frame = frameAt(bytes, start, key, after)
    if (frame !== undefined) return frame
  }
  return undefined
}

/**
 * Was the last frame left unfinished (by a crash), as opposed to changed afterwards? Unfinished means that the file, or
 * what is in it besides zeros (a power failure can leave a file longer than its data), ends before the frame does.
 */
function isTorn(bytes: Buffer, offset: number, dataEnd: number): boolean {
  if (dataEnd < offset + FRAME_HEAD_BYTES) return true
  const head = readFrameHead(bytes, offset)
  if (head === undefined) return false
  return head.end > bytes.length || dataEnd <= head.end - FRAME_TAG_BYTES
}

function endOfData(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end
}
