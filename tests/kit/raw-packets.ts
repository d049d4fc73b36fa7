/** Bytes of MQTT 3.1.1 packets, right or wrong as asked: libraries refuse to write most of what attackers do. */

export type Bytes = string | Uint8Array

const bytesOf = (value: Bytes): Buffer => (typeof value === 'string' ? Buffer.from(value) : Buffer.from(value))

/** Two bytes of length, then the bytes (1.5.3). */
export const field = (value: Bytes): Buffer => {
  const bytes = bytesOf(value)
  return Buffer.concat([uint16(bytes.length), bytes])
}

export const uint16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff])

/** The remaining length (2.2.3). */
export const varint = (value: number): Buffer => {
  const bytes: number[] = []
  let rest = value
  do {
    const byte = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? byte | 0x80 : byte)
  } while (rest > 0)
  return Buffer.from(bytes)
}

/** @param remaining claims another length than the body has */
export const packet = (firstByte: number, body: Uint8Array, remaining = body.length): Buffer =>
  Buffer.concat([Buffer.from([firstByte]), varint(remaining), body])

export interface ConnectFields {
  readonly clientId: Bytes
  readonly username?: Bytes
  readonly password?: Bytes
  readonly clean?: boolean
  readonly keepalive?: number
  readonly will?: {
    readonly topic: Bytes
    readonly payload: Bytes
    readonly qos?: number
    readonly retain?: boolean
  }
  /** Default `MQTT`, level 4. */
  readonly protocol?: Bytes
  readonly level?: number
  /** In the place of the flags that follow from the other fields. */
  readonly flags?: number
  /** MQTT 5: the properties, their length included. Written when the level is 5. */
  readonly properties?: Uint8Array
}

export const connectPacket = (fields: ConnectFields): Buffer => {
  const { will, username, password } = fields
  const level = fields.level ?? 4
  const flags =
    fields.flags ??
    (fields.clean === false ? 0 : 0x02) |
      (will === undefined ? 0 : 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0)) |
      (password === undefined ? 0 : 0x40) |
      (username === undefined ? 0 : 0x80)
  const properties = level === 5 ? [fields.properties ?? Buffer.from([0])] : []
  const willProperties = level === 5 ? [Buffer.from([0])] : []
  return packet(
    0x10,
    Buffer.concat([
      field(fields.protocol ?? 'MQTT'),
      Buffer.from([level, flags]),
      uint16(fields.keepalive ?? 0),
      ...properties,
      field(fields.clientId),
      ...(will === undefined ? [] : [...willProperties, field(will.topic), field(will.payload)]),
      ...(username === undefined ? [] : [field(username)]),
      ...(password === undefined ? [] : [field(password)]),
    ]),
  )
}

export interface PublishFields {
  readonly topic: Bytes
  readonly payload?: Bytes
  readonly qos?: number
  readonly retain?: boolean
  readonly dup?: boolean
  /** Written for QoS 1 and 2. Default 1. */
  readonly packetId?: number
}

export const publishPacket = (fields: PublishFields): Buffer => {
  const qos = fields.qos ?? 0
  const firstByte = 0x30 | (fields.dup === true ? 0x08 : 0) | (qos << 1) | (fields.retain === true ? 0x01 : 0)
  const id = qos > 0 ? [uint16(fields.packetId ?? 1)] : []
  return packet(firstByte, Buffer.concat([field(fields.topic), ...id, bytesOf(fields.payload ?? '')]))
}

export const subscribePacket = (
  filters: readonly (Bytes | { readonly filter: Bytes; readonly qos: number })[],
  packetId = 1,
): Buffer => {
  const entries = filters.map((entry) =>
    typeof entry === 'string' || entry instanceof Uint8Array ? { filter: entry, qos: 1 } : entry,
  )
  const body = entries.flatMap(({ filter, qos }) => [field(filter), Buffer.from([qos])])
  return packet(0x82, Buffer.concat([uint16(packetId), ...body]))
}

export const unsubscribePacket = (filters: readonly Bytes[], packetId = 1): Buffer =>
  packet(0xa2, Buffer.concat([uint16(packetId), ...filters.map(field)]))

export const PINGREQ: Buffer = Buffer.from([0xc0, 0])
export const DISCONNECT: Buffer = Buffer.from([0xe0, 0])
export const PUBACK = 0x40
export const PUBREC = 0x50
export const PUBREL = 0x62
export const PUBCOMP = 0x70

export const acknowledgement = (firstByte: number, packetId: number): Buffer => packet(firstByte, uint16(packetId))
