import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AuthenticateError, type Client } from 'aedes'
import mqtt from 'mqtt'
import type { MqttConnection } from '../../src/index.ts'

/** aedes in this process on a free port, with the faults a test needs. */
export class TestBroker {
  readonly aedes: Aedes
  readonly port: number
  /** Filters that are refused, and how many times more. */
  readonly refusals = new Map<string, number>()
  /** Every SUBSCRIBE: the granted filters of one packet together. */
  readonly subscribes: { clientId: string; filters: string[] }[] = []
  readonly unsubscribed: { clientId: string; filter: string }[] = []
  /** Every connection that was let in. */
  readonly connects: { clientId: string; clean: boolean }[] = []
  /** When set, CONNACK answers with it. */
  refuseWith: number | undefined
  readonly #sockets = new Set<Socket>()
  readonly #justRefused = new Set<string>()
  #server: Server

  private constructor(aedes: Aedes, server: Server, port: number) {
    this.aedes = aedes
    this.#server = server
    this.port = port
    server.on('connection', (socket) => this.#track(socket))
    aedes.authenticate = (_client, _user, _password, done) => {
      if (this.refuseWith === undefined) done(null, true)
      else done(Object.assign(new Error('refused'), { returnCode: this.refuseWith }) as AuthenticateError, false)
    }
    aedes.authorizeSubscribe = (_client, subscription, done) => {
      const left = this.refusals.get(subscription.topic) ?? 0
      if (left > 0) {
        this.refusals.set(subscription.topic, left - 1)
        this.#justRefused.add(subscription.topic)
      }
      done(null, left > 0 ? null : subscription)
    }
    aedes.on('clientReady', (client: Client) => {
      const { id, clean } = client as Client & { clean: boolean }
      this.connects.push({ clientId: id, clean })
    })
    aedes.on('subscribe', (subscriptions, client) => {
      const filters = subscriptions.map(({ topic }) => topic).filter((topic) => !this.#justRefused.delete(topic))
      this.subscribes.push({ clientId: client.id, filters })
    })
    aedes.on('unsubscribe', (filters, client) => {
      for (const filter of filters) this.unsubscribed.push({ clientId: client.id, filter })
    })
  }

  static async start(): Promise<TestBroker> {
    const aedes = await Aedes.createBroker()
    const server = createServer({ noDelay: true }, aedes.handle)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new TestBroker(aedes, server, (server.address() as AddressInfo).port)
  }

  connectionOf(employeeId: string, more: Partial<MqttConnection> = {}): MqttConnection {
    return {
      broker_host: '127.0.0.1',
      broker_port: this.port,
      use_tls: false,
      client_id_scheme: '{employee_id}_{device_id}_{uuid}',
      mqtt_username: employeeId,
      mqtt_password: 'secret',
      ...more,
    }
  }

  publish(
    topic: string,
    payload: unknown,
    { qos = 1, retain = false }: { qos?: 0 | 1; retain?: boolean } = {},
  ): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return new Promise((resolve, reject) => {
      const packet = { cmd: 'publish' as const, topic, payload: Buffer.from(text), qos, retain, dup: false }
      this.aedes.publish(packet, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Breaks the network connection of one client, or of all; they may come back at once. */
  cut(clientId?: string): void {
    if (clientId === undefined) {
      for (const socket of this.#sockets) socket.destroy()
      return
    }
    const { clients } = this.aedes as unknown as { clients: Record<string, { conn: Socket } | undefined> }
    clients[clientId]?.conn.destroy()
  }

  /** Nobody can connect until `up`. */
  async down(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    await closed
  }

  async up(): Promise<void> {
    this.#server = createServer({ noDelay: true }, this.aedes.handle)
    this.#server.on('connection', (socket) => this.#track(socket))
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** What a broker does whose session store was lost: the queue and the subscriptions of this client are gone. */
  async loseSession(clientId: string): Promise<void> {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${this.port}`, {
      clientId,
      clean: true,
      reconnectPeriod: 0,
    })
    await client.endAsync()
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await new Promise<void>((resolve) => this.aedes.close(resolve))
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => undefined)
  }
}
