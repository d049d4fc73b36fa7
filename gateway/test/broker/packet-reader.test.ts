import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { PacketReader, type PacketTaker } from '#src/broker/packet-reader.ts'
import { PINGREQ, packet, publishPacket, subscribePacket, uint16, varint } from '../../../tests/kit/raw-packets.ts'
import { createRandom } from '../random.ts'

const LIMIT = 1000
const PUBACK = 0x40
const SUBSCRIBE = subscribePacket(['a/b'])
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A connection as aedes reads it: when it is told that there is something, and again when it is done with that. */
const openReader = (taker?: PacketTaker) => {
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const passed: Buffer[] = []
  let tooLarge = 0
  const reader = new PacketReader(connection, { maxBytes: LIMIT, onTooLarge: () => tooLarge++ })
  reader.taker = taker
  connection.on('readable', () => {
    for (let chunk: unknown = connection.read(); Buffer.isBuffer(chunk); chunk = connection.read()) passed.push(chunk)
  })
  return {
    connection,
    reader,
    passed: () => Buffer.concat(passed),
    tooLarge: () => tooLarge,
    async bring(...pieces: readonly Buffer[]): Promise<void> {
      for (const piece of pieces) {
        connection.push(piece)
        await turn()
      }
    },
  }
}

const fits = async (...pieces: Buffer[]): Promise<boolean> => {
  const opened = openReader()
  await opened.bring(...pieces)
  expect(opened.tooLarge()).toBe(opened.connection.destroyed ? 1 : 0)
  return !opened.connection.destroyed
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

test('a packet of exactly the limit passes, one more byte does not', async () => {
  expect(await fits(packet(0x30, Buffer.alloc(LIMIT)))).toBe(true)
  expect(await fits(packet(0x30, Buffer.alloc(LIMIT + 1)))).toBe(false)
})

test('a packet that is too large is refused at its length, before any of its body has come', async () => {
  expect(await fits(Buffer.concat([Buffer.from([0x30]), varint(LIMIT + 1)]))).toBe(false)
  const header = packet(0x30, Buffer.alloc(0), 268_435_455)
  for (const bytes of [1, 2]) expect(await fits(header.subarray(0, bytes))).toBe(true)
  expect(await fits(header.subarray(0, 3))).toBe(false)
})

test('a length of five bytes is malformed, whatever it says', async () => {
  expect(await fits(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false)
  expect(await fits(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]))).toBe(false)
})

test('packets without a body are followed too', async () => {
  const pings = Buffer.concat([PINGREQ, PINGREQ])
  expect(await fits(pings, packet(0x30, Buffer.alloc(LIMIT)))).toBe(true)
  expect(await fits(pings, packet(0x30, Buffer.alloc(LIMIT + 1)))).toBe(false)
})

test('a body full of what looks like lengths is not taken for headers', async () => {
  expect(await fits(packet(0x30, Buffer.alloc(LIMIT, 0xff)), packet(0x30, Buffer.alloc(LIMIT, 0xff)))).toBe(true)
})

test('of a packet that is too large nothing is passed on', async () => {
  const opened = openReader()
  await opened.bring(PINGREQ)
  await opened.bring(Buffer.concat([Buffer.from([0x30]), varint(LIMIT + 1)]))
  expect(opened.passed()).toEqual(PINGREQ)
  expect(opened.tooLarge()).toBe(1)
})

/** Takes what it is asked to, and notes it. */
class Noting implements PacketTaker {
  readonly taken: string[] = []
  onTaken: () => void = () => {}

  publish(topic: string, payload: Buffer, packetId: number | undefined): boolean {
    if (!topic.startsWith('mine/')) return false
    return this.#note(`${packetId ?? 'once'} ${topic} ${payload.toString('latin1')}`)
  }

  puback(packetId: number): boolean {
    return this.#note(`ack ${packetId}`)
  }

  pingreq(): boolean {
    return this.#note('ping')
  }

  #note(what: string): boolean {
    this.taken.push(what)
    this.onTaken()
    return true
  }
}

test('however the bytes are cut, each packet goes where it belongs, whole and in order', async () => {
  const random = createRandom(1)
  for (let round = 0; round < 150; round++) {
    const taken: string[] = []
    const passed: Buffer[] = []
    const bytes = Buffer.concat(
      Array.from({ length: random.below(12) + 1 }, (_, i) => {
        const payload = Buffer.alloc(random.below(400), 0x61 + (i % 26))
        const topic = `mine/${'t'.repeat(random.below(200))}`
        const packetId = random.below(65_535) + 1
        const pass = (one: Buffer): Buffer => {
          passed.push(one)
          return one
        }
        switch (random.below(9)) {
          case 0:
            taken.push(`ack ${packetId}`)
            return packet(PUBACK, uint16(packetId))
          case 1:
            return pass(publishPacket({ topic: 'other', payload, qos: 1, packetId }))
          case 2:
            return pass(publishPacket({ topic, payload, qos: 2, packetId }))
          case 3:
            return pass(publishPacket({ topic, payload, qos: 1, retain: true, packetId }))
          case 4:
            return pass(random.pick([SUBSCRIBE, packet(PUBACK, Buffer.alloc(3)), packet(0x32, uint16(900))]))
          case 5:
            taken.push('ping')
            return PINGREQ
          case 6:
            taken.push(`once ${topic} ${payload.toString('latin1')}`)
            return publishPacket({ topic, payload, qos: 0 })
          default:
            taken.push(`${packetId} ${topic} ${payload.toString('latin1')}`)
            return publishPacket({ topic, payload, qos: 1, packetId, dup: random.below(2) === 0 })
        }
      }),
    )
    for (const sizes of [() => bytes.length, () => random.below(300), () => random.below(5)]) {
      const taker = new Noting()
      const opened = openReader(taker)
      await opened.bring(...inPieces(bytes, sizes))
      expect(taker.taken).toEqual(taken)
      expect(opened.passed()).toEqual(Buffer.concat(passed))
      expect(opened.reader.takeHeard()).toBe(true)
    }
  }
})

test('a packet that comes in a thousand pieces is put together once', async () => {
  const taker = new Noting()
  const opened = openReader(taker)
  const bytes = publishPacket({ topic: 'mine/1', payload: Buffer.alloc(900, 'x'), qos: 1 })
  await opened.bring(...inPieces(bytes.subarray(0, -1), () => 1))
  expect(taker.taken).toEqual([])
  expect(opened.reader.takeHeard()).toBe(false)
  await opened.bring(bytes.subarray(-1))
  expect(taker.taken).toEqual([`1 mine/1 ${'x'.repeat(900)}`])
})

test('on hold nothing more is read, within a piece too; afterwards nothing is missing', async () => {
  const taker = new Noting()
  const opened = openReader(taker)
  const acks = [1, 2, 3, 4].map((id) => packet(PUBACK, uint16(id)))
  taker.onTaken = () => opened.reader.hold()
  await opened.bring(Buffer.concat([...acks.slice(0, 3), SUBSCRIBE]), acks[3] as Buffer)
  expect(taker.taken).toEqual(['ack 1'])
  expect(opened.passed()).toHaveLength(0)
  opened.reader.release()
  await turn()
  expect(taker.taken).toEqual(['ack 1', 'ack 2'])
  taker.onTaken = () => {}
  opened.reader.release()
  await turn()
  expect(taker.taken).toEqual(['ack 1', 'ack 2', 'ack 3', 'ack 4'])
  expect(opened.passed()).toEqual(SUBSCRIBE)
})

test('what waits while reading is on hold again and again does not grow with what is sent', async () => {
  const taker = new Noting()
  const opened = openReader(taker)
  const piece = Buffer.concat(Array.from({ length: 1000 }, (_, i) => packet(PUBACK, uint16(i + 1))))
  taker.onTaken = () => opened.reader.hold()
  for (let i = 0; i < 200; i++) {
    opened.connection.push(piece)
    opened.reader.release()
    await turn()
    expect(opened.reader.waitingBytes).toBeLessThan(piece.length * 2)
  }
  taker.onTaken = () => {}
  opened.reader.release()
  await expect.poll(() => taker.taken).toHaveLength(200_000)
})

test('packets that came with a hold are not lost to the reads that Node makes for itself', async () => {
  const taker = new Noting()
  const opened = openReader(taker)
  taker.onTaken = () => opened.reader.hold()
  await opened.bring(Buffer.concat([packet(PUBACK, uint16(1)), SUBSCRIBE]))
  taker.onTaken = () => {}
  opened.reader.release()
  for (let i = 0; i < 3; i++) expect(opened.connection.read(0)).toBeNull()
  await turn()
  expect(opened.passed()).toEqual(SUBSCRIBE)
})

test('a packet that comes byte by byte takes no more memory than it has bytes, a few times over', async () => {
  const limit = 256 * 1024
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  const reader = new PacketReader(connection, { maxBytes: limit, onTooLarge: () => {} })
  const bytes = packet(0x30, Buffer.alloc(100_000))
  const before = process.memoryUsage().arrayBuffers
  for (const byte of bytes.subarray(0, -1)) {
    connection.push(Buffer.from([byte]))
    connection.read()
  }
  expect(reader.waitingBytes).toBe(bytes.length - 1)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1024 * 1024)
  connection.push(bytes.subarray(-1))
  expect(connection.read()).toEqual(bytes)
})

test('nothing counts that comes behind a DISCONNECT or a packet that no client may send', async () => {
  const reserved = [0x00, 0x10, 0x20, 0x36, 0x90, 0xb0, 0xd0, 0xe0, 0xf0]
  for (const type of reserved) {
    const taker = new Noting()
    const opened = openReader(taker)
    const ack = packet(PUBACK, uint16(1))
    const last = packet(type, Buffer.alloc(0))
    await opened.bring(Buffer.concat([ack, last, ack, PINGREQ]), ack)
    expect(taker.taken).toEqual(['ack 1'])
    expect(opened.passed()).toEqual(last)
  }
})

test('behind a packet that is too large nothing is taken, however often it is read', async () => {
  const taker = new Noting()
  const opened = openReader(taker)
  const ack = packet(PUBACK, uint16(1))
  opened.connection.push(Buffer.concat([ack, Buffer.from([0x30]), varint(LIMIT + 1), ack]))
  for (let i = 0; i < 3; i++) expect(opened.connection.read()).toBeNull()
  expect(taker.taken).toEqual(['ack 1'])
  expect(opened.tooLarge()).toBe(1)
})
