/**
 * The floor: a broker and a gateway in one loop, written by hand, that relays requests and checks and stores nothing.
 * It is not a broker that anybody could use. If the load generator is faster against this than against any other
 * target, the generator is not what limits them.
 */
import { createServer, type Socket } from 'node:net'
import {
  encodeConnack,
  encodePublish,
  encodeSuback,
  PacketReader,
  PacketType,
  PublishView,
  readUint16,
} from '../mqtt-codec.ts'
import { BatchedSocket, WriteBatch } from '../write-batch.ts'
import { answerTo, deliveryTopicOf, responseTopicOf } from './null-relay.ts'

const batch = new WriteBatch()
const subscribers = new Map<string, Set<Peer>>()

class Peer {
  readonly output: BatchedSocket
  readonly #view = new PublishView()
  readonly #topics: string[] = []
  #nextPacketId = 1

  constructor(socket: Socket) {
    this.output = new BatchedSocket(socket, batch)
    const reader = new PacketReader((header, buffer, start, end) => this.#onPacket(header, buffer, start, end))
    socket.on('data', (chunk: Buffer) => reader.feed(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      for (const topic of this.#topics) subscribers.get(topic)?.delete(this)
    })
  }

  takePacketId(): number {
    const id = this.#nextPacketId
    this.#nextPacketId = id === 65_535 ? 1 : id + 1
    return id
  }

  #onPacket(header: number, buffer: Buffer, start: number, end: number): void {
    switch (header >> 4) {
      case PacketType.connect:
        this.output.append(encodeConnack(false, 0))
        return
      case PacketType.subscribe:
        this.#subscribe(buffer, start, end)
        return
      case PacketType.publish:
        this.#view.read(header, buffer, start, end)
        this.#relay(buffer, this.#view)
        return
      default:
    }
  }

  #subscribe(buffer: Buffer, start: number, end: number): void {
    const granted: number[] = []
    for (let at = start + 2; at < end; ) {
      const length = readUint16(buffer, at)
      const topic = buffer.toString('utf8', at + 2, at + 2 + length)
      this.#topics.push(topic)
      const peers = subscribers.get(topic) ?? new Set<Peer>()
      subscribers.set(topic, peers.add(this))
      granted.push(1)
      at += 3 + length
    }
    this.output.append(encodeSuback(readUint16(buffer, start), granted))
  }

  #relay(buffer: Buffer, publish: PublishView): void {
    const payload = buffer.subarray(publish.payloadStart, publish.payloadEnd)
    const deliveryTopic = deliveryTopicOf(payload)
    if (deliveryTopic === undefined) return
    const delivery = encodePublish(deliveryTopic, payload, 1, 0)
    const packetIdAt = delivery.length - payload.length - 2
    for (const peer of subscribers.get(deliveryTopic) ?? []) {
      const at = peer.output.append(delivery)
      peer.output.buffer.writeUInt16BE(peer.takePacketId(), at + packetIdAt)
    }
    const requestTopic = buffer.toString('latin1', publish.topicStart, publish.topicEnd)
    this.output.append(encodePublish(responseTopicOf(requestTopic), answerTo(requestTopic), 1, this.takePacketId()))
    this.output.appendPuback(publish.packetId)
  }
}

process.once('SIGTERM', () => process.exit(0))
const server = createServer({ noDelay: true }, (socket) => new Peer(socket))
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`port ${address?.port}`)
})
