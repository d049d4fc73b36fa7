import { connect as connectSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  acknowledgement,
  type Bytes,
  type ConnectFields,
  connectPacket,
  DISCONNECT,
  PINGREQ,
  PUBACK,
  type PublishFields,
  publishPacket,
  subscribePacket,
} from './raw-packets.ts'

const NAMES = {
  2: 'connack',
  3: 'publish',
  4: 'puback',
  5: 'pubrec',
  6: 'pubrel',
  7: 'pubcomp',
  9: 'suback',
  11: 'unsuback',
  13: 'pingresp',
  14: 'disconnect',
} as const

export type RawType = (typeof NAMES)[keyof typeof NAMES]

/** A packet as the broker wrote it. */
export interface RawPacket {
  /** undefined: nothing a broker may send. */
  readonly type: RawType | undefined
  /** The low four bits of the first byte. */
  readonly flags: number
  readonly body: Buffer
}

export interface RawPublish {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: number
  readonly retain: boolean
  readonly dup: boolean
  readonly packetId: number | undefined
}

const PATIENCE_MS = 30_000

/** A client without a library: it writes any bytes and keeps every packet that comes back, in order. */
export class RawClient implements AsyncDisposable {
  readonly packets: RawPacket[] = []
  /** Resolves when the connection has ended, however. */
  readonly closed: Promise<void>
  readonly #stream: Duplex
  /** false: QoS 1 deliveries stay unacknowledged. */
  readonly #acknowledges: boolean
  #pending = Buffer.alloc(0)
  #taken = new Set<RawPacket>()
  #listeners = new Set<() => void>()
  #isClosed = false

  /** @param stream connected: a socket, or anything else that carries bytes */
  constructor(stream: Duplex, options: { readonly acknowledges?: boolean } = {}) {
    this.#stream = stream
    this.#acknowledges = options.acknowledges ?? true
    stream.on('error', () => undefined)
    stream.on('data', (chunk: Buffer) => this.#read(chunk))
    this.closed = new Promise((resolve) => {
      stream.once('close', () => {
        this.#isClosed = true
        for (const listener of this.#listeners) listener()
        resolve()
      })
    })
  }

  static async open(port: number, options: { readonly acknowledges?: boolean } = {}): Promise<RawClient> {
    const socket = connectSocket({ host: '127.0.0.1', port, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new RawClient(socket, options)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Everything the broker has published to it. */
  get publishes(): RawPublish[] {
    return this.packets.filter((packet) => packet.type === 'publish').map(readPublish)
  }

  /** Resolves when the bytes are with the operating system, or the connection is gone. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#stream.write(bytes, () => resolve()))
  }

  /** @returns the return code of the CONNACK; undefined when the connection was closed without one */
  async connect(fields: ConnectFields): Promise<number | undefined> {
    await this.write(connectPacket(fields))
    return (await this.next('connack'))?.body[1]
  }

  async publish(fields: PublishFields): Promise<void> {
    await this.write(publishPacket(fields))
  }

  /** @returns the return codes of the SUBACK; undefined when the connection was closed without one */
  async subscribe(
    ...filters: readonly (Bytes | { readonly filter: Bytes; readonly qos: number })[]
  ): Promise<number[] | undefined> {
    await this.write(subscribePacket(filters))
    const answer = await this.next('suback')
    return answer === undefined ? undefined : [...answer.body.subarray(2)]
  }

  /** Resolves to true when the broker answers: it has read everything before this. false: the connection has ended. */
  async ping(): Promise<boolean> {
    await this.write(PINGREQ)
    return (await this.next('pingresp')) !== undefined
  }

  async disconnect(): Promise<void> {
    await this.write(DISCONNECT)
    this.#stream.end()
    await this.closed
  }

  /** The next packet of this type that was not taken yet; undefined when the connection ends before it comes. */
  async next(type: RawType, timeoutMs = PATIENCE_MS): Promise<RawPacket | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<RawPacket | undefined>()
    const failure = new Error(`No ${type} came within ${timeoutMs} ms.`)
    const timer = setTimeout(() => reject(failure), timeoutMs)
    const look = (): void => {
      const found = this.packets.find((packet) => packet.type === type && !this.#taken.has(packet))
      if (found !== undefined) this.#taken.add(found)
      if (found !== undefined || this.#isClosed) resolve(found)
    }
    this.#listeners.add(look)
    look()
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#listeners.delete(look)
    }
  }

  async nextPublish(timeoutMs?: number): Promise<RawPublish | undefined> {
    const packet = await this.next('publish', timeoutMs)
    return packet === undefined ? undefined : readPublish(packet)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.destroy()
    await this.closed
  }

  #read(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (;;) {
      const cut = cutPacket(this.#pending)
      if (cut === undefined) break
      this.#pending = cut.rest
      this.packets.push(cut.packet)
      if (cut.packet.type === 'publish' && this.#acknowledges) {
        const { qos, packetId } = readPublish(cut.packet)
        if (qos === 1 && packetId !== undefined) this.#stream.write(acknowledgement(PUBACK, packetId))
      }
    }
    for (const listener of this.#listeners) listener()
  }
}

const cutPacket = (bytes: Buffer): { readonly packet: RawPacket; readonly rest: Buffer<ArrayBuffer> } | undefined => {
  const first = bytes[0]
  let length = 0
  let at = 1
  for (let shift = 0; ; shift += 7, at++) {
    const byte = bytes[at]
    if (first === undefined || byte === undefined) return undefined
    length += (byte & 0x7f) * 2 ** shift
    if ((byte & 0x80) === 0) break
  }
  const start = at + 1
  if (bytes.length < start + length) return undefined
  const type = NAMES[(first >> 4) as keyof typeof NAMES] as RawType | undefined
  const body = Buffer.from(bytes.subarray(start, start + length))
  return { packet: { type, flags: first & 0x0f, body }, rest: Buffer.from(bytes.subarray(start + length)) }
}

const readPublish = ({ flags, body }: RawPacket): RawPublish => {
  const qos = (flags >> 1) & 3
  const end = 2 + body.readUInt16BE(0)
  return {
    topic: body.toString('utf8', 2, end),
    payload: body.subarray(qos > 0 ? end + 2 : end),
    qos,
    retain: (flags & 1) === 1,
    dup: (flags & 8) === 8,
    packetId: qos > 0 ? body.readUInt16BE(end) : undefined,
  }
}
