import { expect, test } from 'vitest'
import { allOf } from '../../../tests/kit/all-of.ts'
import { inParts } from '../../src/objects/parts.ts'

const inPieces = async function* (bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}
const numbered = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => i % 251))

test.each([
  [0, 1, [0]],
  [1, 1, [1]],
  [9, 1, [9]],
  [10, 1, [10]],
  [10, 10, [10]],
  [11, 1, [10, 1]],
  [20, 3, [10, 10]],
  [35, 4, [10, 10, 10, 5]],
  [35, 100, [10, 10, 10, 5]],
])('%i bytes in pieces of %i are the parts %j', async (length, pieceBytes, sizes) => {
  const bytes = numbered(length)
  const parts = await allOf(inParts(inPieces(bytes, pieceBytes), 10))
  expect(parts.map((part) => part.bytes.length)).toEqual(sizes)
  expect(Buffer.concat(parts.map((part) => part.bytes))).toEqual(bytes)
  expect(parts.map(({ isLast }) => isLast)).toEqual(sizes.map((_, i) => i === sizes.length - 1))
})

test('a part takes no more memory than its bytes, in however many pieces they come', async () => {
  const MiB = 1024 ** 2
  const many = async function* (): AsyncGenerator<Uint8Array> {
    const one = Buffer.alloc(16)
    for (let i = 0; i < (4 * MiB) / one.length; i++) yield one
  }
  const before = process.memoryUsage()
  let most = 0
  for await (const { bytes } of inParts(many(), MiB)) {
    most = Math.max(most, bytes.buffer.byteLength)
    expect(process.memoryUsage().heapUsed - before.heapUsed).toBeLessThan(64 * MiB)
  }
  expect(most).toBeLessThanOrEqual(MiB)
})

test('what gives the pieces is told when no more are wanted', async () => {
  let isOver = false
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(10)
    } finally {
      isOver = true
    }
  }
  for await (const { bytes } of inParts(endless(), 100)) {
    expect(bytes.length).toBe(100)
    break
  }
  expect(isOver).toBe(true)
})
