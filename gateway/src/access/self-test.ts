import type { Topics } from '@mchat/schema'
import type { BrokerEndpoint } from '../link/mqtt-connection.ts'
import { connectOnce, type MqttClient } from '../link/reach.ts'
import { newUuid } from '../platform/random.ts'
import { UserError } from '../platform/user-error.ts'

/** A client that the driver has admitted for the test, with the rights of an employee who is nobody. */
export interface ProbeClient extends AsyncDisposable {
  readonly clientId: string
  readonly username: string
  readonly password: string
}

export interface SelfTestParts {
  readonly endpoint: BrokerEndpoint
  readonly topics: Topics
  readonly admit: () => Promise<ProbeClient>
  /** Completes "so MChat does not start: …". */
  readonly advice: string
}

const REFUSED = 128
const HEARD_MS = 1000

/**
 * Whether the broker refuses what it must, before anybody relies on it: a wrong configuration (anonymous access, a
 * default that allows) would not be noticed otherwise, since everything that ought to work works.
 * @throws UserError with what the broker let through
 */
export const requireStrictBroker = async ({ admit, advice, endpoint, topics }: SelfTestParts): Promise<void> => {
  const tooOpen = (what: string): UserError =>
    new UserError(`The broker allows ${what}, so MChat does not start: ${advice}.`)
  const strangerId = `mchat_probe_${newUuid().slice(0, 8)}`
  const stranger = { ...endpoint, username: strangerId, password: newUuid() }
  if (await connects(stranger, strangerId)) throw tooOpen('an unknown user with any password to connect')
  const { password: _, username: __, ...anonymous } = endpoint
  if (await connects(anonymous, strangerId)) throw tooOpen('anybody to connect without a user')

  await using probe = await admit()
  const known = { ...endpoint, username: probe.username, password: probe.password }
  if (await connects(known, `${probe.clientId}_2`)) throw tooOpen('a user to connect with the client_id of another')
  const client = await connectOnce(known, probe.clientId)
  try {
    const foreign = topics.inbox('mchat')
    for (const filter of ['#', foreign, topics.requests, topics.sharedRequests]) {
      if (await subscribes(client, filter)) throw tooOpen(`an employee to subscribe to ${filter}`)
    }
    if (await isHeard(client, endpoint, topics)) throw tooOpen('an employee to write into the inbox of another')
  } finally {
    await client.endAsync(true)
  }
}

const connects = async (endpoint: BrokerEndpoint, clientId: string): Promise<boolean> => {
  try {
    const client = await connectOnce(endpoint, clientId)
    await client.endAsync(true)
    return true
  } catch {
    return false
  }
}

const subscribes = async (client: MqttClient, filter: string): Promise<boolean> => {
  const [grant] = await client.subscribeAsync(filter, { qos: 1 }).catch(() => [])
  return grant !== undefined && grant.qos < REFUSED
}

/** Over MQTT 3.1.1 a refused publish is acknowledged like any other, so what counts is whether anybody hears it. */
const isHeard = async (client: MqttClient, endpoint: BrokerEndpoint, topics: Topics): Promise<boolean> => {
  const topic = topics.inbox('mchat')
  const listener = await connectOnce(endpoint, `mchat_probe_${newUuid().slice(0, 8)}`)
  try {
    await listener.subscribeAsync(topic, { qos: 1 })
    const heard = new Promise<boolean>((resolve) => {
      listener.on('message', (_topic, payload) => resolve(payload.toString() !== END))
      setTimeout(() => resolve(false), HEARD_MS).unref()
    })
    const qos1 = { qos: 1 } as const
    await client.publishAsync(topic, 'forged', qos1).catch(() => undefined)
    // Behind the other one, so that there is an end to wait for.
    await listener.publishAsync(topic, END, qos1)
    return await heard
  } finally {
    await listener.endAsync(true)
  }
}

const END = 'end of the test'
