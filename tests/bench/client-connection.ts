import { connect, type Socket } from 'node:net'
import {
  encodeConnect,
  encodeDisconnect,
  encodeSubscribe,
  PacketReader,
  PacketType,
  PublishView,
  readUint16,
} from './mqtt-codec.ts'
import { BatchedSocket, WriteBatch } from './write-batch.ts'

/** Who a connection is: an employee's device, and what it shows at the door. */
export interface Device {
  readonly employeeId: string
  readonly clientId: string
  readonly username?: string | undefined
  readonly password?: string | undefined
}

const KEEPALIVE_SECONDS = 600
const CONNECT_TIMEOUT_MS = 60_000
const SUBSCRIBE_PACKET_ID = 65_535

/** One read buffer for all connections: a read is handed to its connection before the next one starts. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024)
const batch = new WriteBatch()

/** One MQTT client connection over TCP, as lean as Node allows. Packet ids up to 65,534 are the caller's. */
export class ClientConnection {
  readonly device: Device
  readonly output: BatchedSocket
  /** Called for every PUBLISH, already acknowledged; the view is valid only during the call. */
  onPublish: (buffer: Buffer, publish: PublishView) => void = () => undefined
  onPuback: (packetId: number) => void = () => undefined
  /** Called once when the connection ends without having been asked to. */
  onLost: (reason: Error) => void = () => undefined
  readonly #socket: Socket
  readonly #view = new PublishView()
  #closing = false
  #answer: { resolve: (value: number) => void; reject: (reason: Error) => void } | undefined

  private constructor(port: number, device: Device) {
    this.device = device
    const reader = new PacketReader((header, buffer, start, end) => this.#onPacket(header, buffer, start, end))
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          reader.feed(readBuffer, length)
          return true
        },
      },
    })
    this.output = new BatchedSocket(this.#socket, batch)
    this.#socket.on('error', (error) => this.#lost(error))
    this.#socket.on('close', () => this.#lost(new Error(`${device.clientId}: the server closed the connection`)))
  }

  /** Resolves when the broker has accepted the connection and every subscription. */
  static async open(
    port: number,
    device: Device,
    filters: readonly string[],
    clean: boolean,
  ): Promise<ClientConnection> {
    const connection = new ClientConnection(port, device)
    const { clientId, username, password } = device
    const returnCode = await connection.#ask(
      encodeConnect({ clientId, clean, keepaliveSeconds: KEEPALIVE_SECONDS, username, password }),
    )
    if (returnCode !== 0) throw new Error(`${clientId}: connection refused with return code ${returnCode}`)
    await connection.subscribe(filters)
    return connection
  }

  /** Resolves when the broker has accepted every one. */
  async subscribe(filters: readonly string[]): Promise<void> {
    const granted = await this.#ask(encodeSubscribe(SUBSCRIBE_PACKET_ID, filters, 1))
    if (granted === 1) return
    throw new Error(`${this.device.clientId}: a subscription was refused (${filters.join(', ')}; ${granted})`)
  }

  /** Ends the connection as a client does that means to come back: DISCONNECT, then the socket. */
  close(): Promise<void> {
    this.#closing = true
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve()
      this.#socket.once('close', () => resolve())
      this.output.append(encodeDisconnect())
      this.output.flush()
      this.#socket.end()
    })
  }

  /** Sends CONNECT or SUBSCRIBE and resolves with the return code, or with the lowest or the failed QoS granted. */
  #ask(packet: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#closing = true
        this.#socket.destroy()
        reject(new Error(`${this.device.clientId}: no answer within ${CONNECT_TIMEOUT_MS} ms`))
      }, CONNECT_TIMEOUT_MS)
      this.#answer = {
        resolve: (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        reject: (reason) => {
          clearTimeout(timer)
          reject(reason)
        },
      }
      this.output.append(packet)
    })
  }

  #onPacket(header: number, buffer: Buffer, start: number, end: number): void {
    switch (header >> 4) {
      case PacketType.publish: {
        const view = this.#view
        view.read(header, buffer, start, end)
        if (view.qos > 0) this.output.appendPuback(view.packetId)
        this.onPublish(buffer, view)
        return
      }
      case PacketType.puback:
        this.onPuback(readUint16(buffer, start))
        return
      case PacketType.connack:
        this.#settle(buffer[start + 1] ?? 0xff)
        return
      case PacketType.suback: {
        const granted = [...buffer.subarray(start + 2, end)]
        this.#settle(granted.find((qos) => qos > 2) ?? Math.min(...granted))
        return
      }
      default:
    }
  }

  #settle(value: number): void {
    this.#answer?.resolve(value)
    this.#answer = undefined
  }

  #lost(reason: Error): void {
    if (this.#closing) return
    this.#closing = true
    if (this.#answer === undefined) this.onLost(reason)
    else this.#answer.reject(reason)
  }
}
