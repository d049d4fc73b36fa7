export interface Part {
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

const FIRST_BYTES = 64 * 1024

/**
 * What comes in pieces of any size in parts of one size, the last of which may be smaller, and is empty where nothing
 * comes. No more than one part is held, whatever the pieces are.
 */
export async function* inParts(chunks: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Part, void> {
  // A list of the pieces would take a hundred times the memory where they are of one byte each.
  let held = Buffer.alloc(0)
  let length = 0
  for await (const chunk of chunks) {
    let rest = chunk
    while (rest.length > 0) {
      if (length === partBytes) {
        yield { bytes: held, isLast: false }
        held = Buffer.allocUnsafe(partBytes)
        length = 0
      }
      const piece = rest.subarray(0, partBytes - length)
      if (held.length < length + piece.length) held = grown(held, length, piece.length, partBytes)
      held.set(piece, length)
      length += piece.length
      rest = rest.subarray(piece.length)
    }
  }
  yield { bytes: held.subarray(0, length), isLast: true }
}

const grown = (held: Buffer, length: number, more: number, most: number): Buffer<ArrayBuffer> => {
  const larger = Buffer.allocUnsafe(Math.min(most, Math.max(FIRST_BYTES, 2 * held.length, length + more)))
  larger.set(held.subarray(0, length))
  return larger
}
