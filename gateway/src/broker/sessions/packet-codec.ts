import { RecordReader, RecordWriter } from './records.ts'
import type { ShelfCodec } from './shelf.ts'

/** A packet as aedes hands it over: more fields than ours need to know, all of which it wants back. */
export interface StoredPacket {
  cmd?: string
  dup?: boolean
  topic?: string
  payload?: Buffer | string
  messageId?: number | undefined
  clientId?: string
  brokerId?: string
  brokerCounter?: number
  qos?: 0 | 1 | 2
  retain?: boolean
  [field: string]: unknown
}

const NONE = 0
const BYTES = 1
const TEXT = 2

const writer = new RecordWriter()

/** The fields as JSON, the payload as it is. */
export const packetCodec: ShelfCodec<StoredPacket> = {
  encode(packet) {
    const { payload, ...fields } = packet
    const kind = payload === undefined ? NONE : typeof payload === 'string' ? TEXT : BYTES
    writer.begin(kind).text(JSON.stringify(fields))
    if (payload !== undefined) writer.rest(typeof payload === 'string' ? Buffer.from(payload) : payload)
    return writer.record
  },
  decode(bytes) {
    const reader = new RecordReader(bytes)
    const kind = reader.byte()
    const packet = JSON.parse(reader.text()) as StoredPacket
    if (kind !== NONE) {
      const payload = reader.rest()
      packet.payload = kind === TEXT ? payload.toString('utf8') : payload
    }
    return packet
  },
}
