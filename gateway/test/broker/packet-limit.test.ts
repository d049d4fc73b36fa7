import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { createFrameWalker, limitPackets } from '#src/broker/packet-limit.ts'
import { packet, varint } from '../../../tests/kit/raw-packets.ts'
import { createRandom } from '../random.ts'

const LIMIT = 1000

const walk = (chunks: readonly Buffer[], limit = LIMIT): boolean => {
  const walker = createFrameWalker(limit)
  return chunks.every((chunk) => walker(chunk))
}

const inPieces = (bytes: Buffer, sizes: () => number): Buffer[] => {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(1, sizes())
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

test('a packet of exactly the limit passes, one more byte does not', () => {
  expect(walk([packet(0x30, Buffer.alloc(LIMIT))])).toBe(true)
  expect(walk([packet(0x30, Buffer.alloc(LIMIT + 1))])).toBe(false)
})

test('is refused at the length, before any of the body has come', () => {
  const walker = createFrameWalker(LIMIT)
  const header = packet(0x30, Buffer.alloc(0), 268_435_455)
  expect([...header].map((byte) => walker(Buffer.from([byte])))).toEqual([true, true, false, false, false])
})

test('a length of five bytes is malformed, whatever it says', () => {
  expect(walk([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])])).toBe(false)
  expect(walk([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80])])).toBe(false)
})

test('packets without a body are followed too', () => {
  const pings = Buffer.concat([packet(0xc0, Buffer.alloc(0)), packet(0xc0, Buffer.alloc(0))])
  expect(walk([pings, packet(0x30, Buffer.alloc(LIMIT))])).toBe(true)
  expect(walk([pings, packet(0x30, Buffer.alloc(LIMIT + 1))])).toBe(false)
})

test('a body full of what looks like lengths is not taken for headers', () => {
  expect(walk([packet(0x30, Buffer.alloc(LIMIT, 0xff)), packet(0x30, Buffer.alloc(LIMIT, 0xff))])).toBe(true)
})

test('however the bytes are cut, the same packets pass', () => {
  const random = createRandom(1)
  for (let round = 0; round < 300; round++) {
    const sizes = Array.from({ length: random.below(8) + 1 }, () => random.below(LIMIT + 40))
    const bytes = Buffer.concat(sizes.map((size) => packet(0x30, Buffer.alloc(size, 0x9f))))
    const fits = sizes.every((size) => size <= LIMIT)
    expect(walk(inPieces(bytes, () => random.below(300)))).toBe(fits)
    expect(walk(inPieces(bytes, () => 1))).toBe(fits)
    expect(walk([bytes])).toBe(fits)
  }
})

test('ends the connection once, and the reader sees nothing of the packet', async () => {
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  let told = 0
  limitPackets(connection, LIMIT, () => told++)
  const ended = new Promise<void>((resolve) => connection.once('close', () => resolve()))
  const small = packet(0x30, Buffer.alloc(10))
  connection.push(small)
  expect(connection.read()).toEqual(small)
  connection.push(Buffer.concat([Buffer.from([0x30]), varint(LIMIT + 1)]))
  expect(connection.read()).toBeNull()
  await ended
  expect(told).toBe(1)
})
