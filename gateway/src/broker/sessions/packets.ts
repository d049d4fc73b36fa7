/** Encoding of MQTT 3.1.1 PUBLISH packets: once per message, after which a member's copy differs in two bytes. */

const PUBLISH = 0x30
const DUP = 0x08
const RETAIN = 0x01
const MAX_REMAINING = 268_435_455
const MAX_TOPIC = 65_535

export interface DecodedPublish {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
  readonly retain: boolean
}

/**
 * A PUBLISH packet; at QoS 1 with packet id 0, to be set by {@link setPacketId}.
 * @param lasting the packet may be kept for long: a slice of the shared buffer pool would then keep all of the pool
 * @throws RangeError when topic or message are larger than MQTT can carry
 */
export const encodePublish = (
  topic: string,
  payload: Uint8Array,
  qos: 0 | 1,
  retain: boolean,
  lasting = false,
): Buffer => {
  const topicLength = Buffer.byteLength(topic)
  const remaining = 2 + topicLength + (qos === 0 ? 0 : 2) + payload.length
  if (topicLength > MAX_TOPIC || remaining > MAX_REMAINING) throw new RangeError('message too large for MQTT')
  const size = 1 + lengthOfLength(remaining) + remaining
  const packet = lasting ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size)
  packet[0] = PUBLISH | (qos << 1) | (retain ? RETAIN : 0)
  let at = 1
  let rest = remaining
  do {
    packet[at++] = rest < 0x80 ? rest : (rest & 0x7f) | 0x80
    rest >>>= 7
  } while (rest > 0)
  packet[at++] = topicLength >>> 8
  packet[at++] = topicLength & 0xff
  if (topicLength === topic.length) packet.write(topic, at, 'latin1')
  else packet.write(topic, at, 'utf8')
  at += topicLength
  if (qos !== 0) {
    packet[at++] = 0
    packet[at++] = 0
  }
  packet.set(payload, at)
  return packet
}

/** Where the packet id of a QoS 1 PUBLISH is: behind the topic. */
export const packetIdOffset = (packet: Buffer): number => {
  const topicAt = topicOffset(packet)
  return topicAt + packet.readUInt16BE(topicAt - 2)
}

export const setPacketId = (packet: Buffer, offset: number, packetId: number): void => {
  packet[offset] = packetId >>> 8
  packet[offset + 1] = packetId & 0xff
}

/** A copy of an encoded QoS 1 PUBLISH for one receiver. */
export const copyPublish = (packet: Buffer, idOffset: number, packetId: number, dup: boolean): Buffer => {
  const copy = Buffer.allocUnsafe(packet.length)
  copy.set(packet)
  setPacketId(copy, idOffset, packetId)
  if (dup) copy[0] = (copy[0] ?? 0) | DUP
  return copy
}

/** The parts of an encoded PUBLISH; the payload is a view into it. */
export const decodePublish = (packet: Buffer): DecodedPublish => {
  const header = packet[0] ?? 0
  const topicAt = topicOffset(packet)
  const topicEnd = topicAt + packet.readUInt16BE(topicAt - 2)
  const qos = (header & 0x06) === 0 ? 0 : 1
  return {
    topic: packet.toString('utf8', topicAt, topicEnd),
    payload: packet.subarray(topicEnd + (qos === 0 ? 0 : 2)),
    qos,
    retain: (header & RETAIN) !== 0,
  }
}

const topicOffset = (packet: Buffer): number => {
  let at = 1
  while ((packet[at] ?? 0) >= 0x80) at++
  return at + 3
}

const lengthOfLength = (n: number): number => (n < 0x80 ? 1 : n < 0x4000 ? 2 : n < 0x20_0000 ? 3 : 4)
