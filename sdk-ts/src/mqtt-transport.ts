import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { NotConnectedError } from './errors.ts'
import type { Connection, OpenConnection, PublishOptions, Subscription, TransportOptions } from './transport.ts'

/**
 * A fresh mqtt.js client for each connection, with its own reconnecting, queueing and resubscribing switched off: it
 * would repeat unacknowledged requests one by one, each waiting for its PUBACK, before it says that it is connected and
 * before the responses are subscribed to.
 */
export const openMqttConnection: OpenConnection = (options) =>
  new Promise((resolve, reject) => {
    const client = mqtt.connect(clientOptions(options))
    // mqtt.js leaves Nagle's algorithm on, which costs 40 ms for each request that follows another.
    const stream = client.stream as { setNoDelay?: (on: boolean) => void }
    stream.setNoDelay?.(true)

    let lastError: (Error & { code?: unknown }) | undefined
    client.on('message', (topic, payload) => options.onMessage(topic, payload))
    client.on('error', (error) => {
      lastError = error
    })
    const closed = new Promise<Error | undefined>((ended) => {
      client.once('close', () => ended(lastError))
    })
    void closed.then((cause) => {
      const returnCode = typeof lastError?.code === 'number' ? lastError.code : undefined
      const detail = lastError === undefined ? 'the broker closed the connection' : lastError.message
      reject(new NotConnectedError(`no connection: ${detail}`, { returnCode, cause }))
      client.end(true)
    })
    const giveUp = (): void => void client.stream.destroy()
    options.signal.addEventListener('abort', giveUp, { once: true })
    void closed.then(() => options.signal.removeEventListener('abort', giveUp))
    client.once('connect', () => options.signal.removeEventListener('abort', giveUp))
    client.once('connect', ({ sessionPresent }) => resolve(new MqttConnection(client, sessionPresent, closed)))
  })

const clientOptions = (options: TransportOptions): IClientOptions => {
  const common: IClientOptions = {
    protocolVersion: 4,
    clean: false,
    clientId: options.clientId,
    username: options.username,
    keepalive: options.keepaliveSeconds,
    connectTimeout: options.connectMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
  }
  if (options.password !== undefined) common.password = options.password
  if (options.will !== undefined)
    common.will = { ...options.will, payload: options.will.payload as never, qos: 1, retain: true }
  const { address } = options
  if ('url' in address) {
    const url = new URL(address.url)
    const secure = url.protocol === 'wss:'
    return {
      ...common,
      protocol: secure ? 'wss' : 'ws',
      hostname: url.hostname,
      host: url.hostname,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
    }
  }
  return {
    ...common,
    protocol: address.tls === undefined ? 'mqtt' : 'mqtts',
    host: address.host,
    hostname: address.host,
    port: address.port,
    ...address.tls,
  }
}

class MqttConnection implements Connection {
  readonly sessionPresent: boolean
  readonly closed: Promise<Error | undefined>
  readonly #client: MqttClient
  /** What is waiting for an acknowledgement; mqtt.js itself forgets some of these when the connection ends. */
  readonly #waiting = new Set<(error: Error) => void>()

  constructor(client: MqttClient, sessionPresent: boolean, closed: Promise<Error | undefined>) {
    this.#client = client
    this.sessionPresent = sessionPresent
    this.closed = closed
    void closed.then((cause) => {
      for (const fail of [...this.#waiting]) fail(new NotConnectedError('the connection ended', { cause }))
    })
  }

  publish(topic: string, payload: string, { qos, retain = false }: PublishOptions): Promise<void> {
    return this.#acknowledged((resolve, reject) => {
      this.#client.publish(topic, payload, { qos, retain }, (error) => (error ? reject(error) : resolve()))
    })
  }

  subscribe(subscriptions: readonly Subscription[]): Promise<readonly number[]> {
    const wanted = Object.fromEntries(subscriptions.map(([filter, qos]) => [filter, { qos }]))
    return this.#acknowledged((resolve, reject) => {
      // mqtt.js reports a refusal as an error and the SUBACK beside it.
      this.#client.subscribe(wanted, (error, _granted, suback) => {
        if (suback === undefined) reject(error ?? new Error('no SUBACK'))
        else resolve(suback.granted.map(Number))
      })
    })
  }

  unsubscribe(filters: readonly string[]): Promise<void> {
    return this.#acknowledged((resolve, reject) => {
      this.#client.unsubscribe([...filters], (error) => (error ? reject(error) : resolve()))
    })
  }

  async end(withinMs: number): Promise<void> {
    const late = setTimeout(() => this.#client.stream.destroy(), withinMs)
    // An orderly end waits for every PUBACK, which may never come: they are given up first.
    for (const id of Object.keys(this.#client.outgoing)) this.#client.removeOutgoingMessage(Number(id))
    this.#client.end(false)
    await this.closed
    clearTimeout(late)
  }

  #acknowledged<T>(ask: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#client.connected) {
        reject(new NotConnectedError('the connection ended'))
        return
      }
      const fail = (error: Error): void => {
        this.#waiting.delete(fail)
        reject(error instanceof NotConnectedError ? error : new NotConnectedError(error.message, { cause: error }))
      }
      this.#waiting.add(fail)
      ask((value) => {
        this.#waiting.delete(fail)
        resolve(value)
      }, fail)
    })
  }
}
