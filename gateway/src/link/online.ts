import { Status, type Topics } from '@mchat/schema'
import { Compile } from 'typebox/compile'
import type { Log } from '../ops/log.ts'
import { type BrokerEndpoint, MqttConnection } from './mqtt-connection.ts'
import { subscribe } from './subscribe.ts'

/** Which employees are online, as far as the broker lets a gateway know. */
export interface Online {
  /**
   * `connections`: those who have a connection here; `status`: those whose retained status says so, which clients publish and
   * the broker takes back by the will.
   */
  readonly by: 'connections' | 'status'
  /** undefined: the broker is another process. */
  connections(): number | undefined
  /** undefined: it is not known at the moment. */
  employeeIds(): Iterable<string> | undefined
}

export interface OnlineStatusParts {
  readonly endpoint: BrokerEndpoint
  /** Of a connection of its own: what is retained comes all at once, and must not hold up requests. */
  readonly clientId: string
  readonly topics: Topics
  readonly log: Log
}

const isStatus = Compile(Status)
const MAX_STATUS_BYTES = 1024

/** Watches the status of everybody. After a lost connection it is told of everybody anew. */
export const watchOnline = (parts: OnlineStatusParts): Online & { close(): Promise<void> } => {
  const { clientId, endpoint, log, topics } = parts
  const online = new Set<string>()
  const connection = new MqttConnection({
    endpoint,
    clientId,
    clean: true,
    log,
    async onConnect(client) {
      online.clear()
      await subscribe(client, topics.statusAll)
    },
    onPublish({ payload, topic }, _client, next) {
      const employeeId = topics.parseStatus(topic)
      if (employeeId !== undefined) {
        if (isOnline(Buffer.from(payload))) online.add(employeeId)
        else online.delete(employeeId)
      }
      next()
    },
  })
  return {
    by: 'status',
    connections: () => undefined,
    employeeIds: () => (connection.isLive ? online : undefined),
    close: () => connection.close(),
  }
}

/** Clients publish it themselves, so it can be anything. */
const isOnline = (payload: Buffer): boolean => {
  if (payload.length > MAX_STATUS_BYTES) return false
  try {
    const status: unknown = JSON.parse(payload.toString('utf8'))
    return isStatus.Check(status) && status.status === 'online'
  } catch {
    return false
  }
}
