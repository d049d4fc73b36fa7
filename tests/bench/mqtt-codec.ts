/**
 * The part of MQTT 3.1.1 that a chat client and a minimal broker need, over Buffers and without objects per packet:
 * the load generator must cost far less per message than any server that it measures.
 */
export const PacketType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  disconnect: 14,
} as const

export interface ConnectFields {
  readonly clientId: string
  readonly clean: boolean
  readonly keepaliveSeconds: number
  readonly username?: string | undefined
  readonly password?: string | undefined
}

const remainingLengthSize = (length: number): number =>
  length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4

/** Room for a packet of `length` bytes behind the fixed header, and where that length begins. */
const startPacket = (header: number, length: number): { packet: Buffer; at: number } => {
  const packet = Buffer.allocUnsafe(1 + remainingLengthSize(length) + length)
  packet[0] = header
  let at = 1
  let left = length
  do {
    const low = left & 127
    left >>>= 7
    packet[at++] = left > 0 ? low | 128 : low
  } while (left > 0)
  return { packet, at }
}

const writeText = (packet: Buffer, text: string, at: number): number => {
  const length = packet.write(text, at + 2)
  packet.writeUInt16BE(length, at)
  return at + 2 + length
}

export const encodeConnect = (fields: ConnectFields): Buffer => {
  const { username, password } = fields
  const texts = [fields.clientId, ...(username === undefined ? [] : [username])]
  if (username !== undefined && password !== undefined) texts.push(password)
  const length = texts.reduce((sum, text) => sum + 2 + Buffer.byteLength(text), 10)
  const flags = (username === undefined ? 0 : 0x80) | (texts.length === 3 ? 0x40 : 0) | (fields.clean ? 0x02 : 0)
  const { packet, at } = startPacket(PacketType.connect << 4, length)
  let next = writeText(packet, 'MQTT', at)
  packet[next++] = 4
  packet[next++] = flags
  next = packet.writeUInt16BE(fields.keepaliveSeconds, next)
  for (const text of texts) next = writeText(packet, text, next)
  return packet
}

export const encodeConnack = (sessionPresent: boolean, returnCode: number): Buffer =>
  Buffer.from([PacketType.connack << 4, 2, sessionPresent ? 1 : 0, returnCode])

export const encodeSubscribe = (packetId: number, filters: readonly string[], qos: 0 | 1): Buffer => {
  const length = filters.reduce((sum, filter) => sum + 3 + Buffer.byteLength(filter), 2)
  const { packet, at } = startPacket((PacketType.subscribe << 4) | 2, length)
  let next = packet.writeUInt16BE(packetId, at)
  for (const filter of filters) {
    next = writeText(packet, filter, next)
    packet[next++] = qos
  }
  return packet
}

export const encodeSuback = (packetId: number, granted: readonly number[]): Buffer => {
  const { packet, at } = startPacket(PacketType.suback << 4, 2 + granted.length)
  packet.set(granted, packet.writeUInt16BE(packetId, at))
  return packet
}

/** `packetId` is ignored at QoS 0. */
export const encodePublish = (topic: string, payload: Buffer, qos: 0 | 1, packetId: number): Buffer => {
  const length = 2 + Buffer.byteLength(topic) + (qos === 1 ? 2 : 0) + payload.length
  const { packet, at } = startPacket((PacketType.publish << 4) | (qos << 1), length)
  let next = writeText(packet, topic, at)
  if (qos === 1) next = packet.writeUInt16BE(packetId, next)
  payload.copy(packet, next)
  return packet
}

export const encodePuback = (packetId: number): Buffer =>
  Buffer.from([PacketType.puback << 4, 2, packetId >>> 8, packetId & 255])

export const encodeDisconnect = (): Buffer => Buffer.from([PacketType.disconnect << 4, 0])

/** Where the parts of a PUBLISH lie in the buffer that it was read from; one instance is reused for all packets. */
export class PublishView {
  qos = 0
  packetId = 0
  topicStart = 0
  topicEnd = 0
  payloadStart = 0
  payloadEnd = 0

  /** @param start the first byte behind the fixed header */
  read(header: number, buffer: Buffer, start: number, end: number): void {
    this.qos = (header >> 1) & 3
    this.topicStart = start + 2
    this.topicEnd = this.topicStart + readUint16(buffer, start)
    this.payloadStart = this.topicEnd
    if (this.qos > 0) {
      this.packetId = readUint16(buffer, this.topicEnd)
      this.payloadStart += 2
    }
    this.payloadEnd = end
  }
}

export const readUint16 = (buffer: Buffer, at: number): number => ((buffer[at] ?? 0) << 8) | (buffer[at + 1] ?? 0)

/** Called with the fixed header's first byte and the range behind the fixed header; valid only during the call. */
export type PacketListener = (header: number, buffer: Buffer, start: number, end: number) => void

/** Cuts a byte stream into packets. A packet that spans reads is kept until its rest arrives. */
export class PacketReader {
  readonly #listener: PacketListener
  #rest: Buffer | undefined

  constructor(listener: PacketListener) {
    this.#listener = listener
  }

  /** Takes the first `length` bytes of `chunk`, which may be reused afterwards. */
  feed(chunk: Buffer, length: number = chunk.length): void {
    let buffer = chunk
    let end = length
    if (this.#rest !== undefined) {
      buffer = Buffer.concat([this.#rest, chunk.subarray(0, length)])
      end = buffer.length
      this.#rest = undefined
    }
    const consumed = this.#parse(buffer, end)
    if (consumed < end) this.#rest = Buffer.from(buffer.subarray(consumed, end))
  }

  #parse(buffer: Buffer, end: number): number {
    let at = 0
    while (at + 2 <= end) {
      let length = 0
      let shift = 0
      let next = at + 1
      let byte = 128
      while (byte > 127 && next < end) {
        byte = buffer[next++] ?? 0
        length |= (byte & 127) << shift
        shift += 7
        if (shift > 28) throw new Error('a remaining length of more than four bytes: not an MQTT stream')
      }
      if (byte > 127 || next + length > end) return at
      this.#listener(buffer[at] ?? 0, buffer, next, next + length)
      at = next + length
    }
    return at
  }
}
