import { setTimeout as sleep } from 'node:timers/promises'
import type { Topics } from '@mchat/schema'
import { newUuid } from '../platform/random.ts'
import { UserError } from '../platform/user-error.ts'
import type { BrokerEndpoint } from './mqtt-connection.ts'
import { connectOnce } from './reach.ts'

/** Brokers of several nodes look for what is retained beside everything else. */
const RETAINED_MS = 300

/**
 * Whose broker it is, as a retained message that only gateways may see. Gateways on another database would take a share of
 * the requests and answer them from an organisation that nobody here knows.
 * @param deployment an id that all gateways of one database have
 * @throws UserError when the broker is that of another one
 */
export const markBroker = async (
  endpoint: BrokerEndpoint,
  clientId: string,
  topics: Topics,
  deployment: string,
): Promise<void> => {
  const topic = topics.gateway('deployment')
  const client = await connectOnce(endpoint, clientId)
  try {
    const end = newUuid()
    let theirs = ''
    const { promise: ended, reject, resolve } = Promise.withResolvers<void>()
    client.once('close', () =>
      reject(new UserError(`The broker at ${new URL(endpoint.url).host} ended the connection.`)),
    )
    // Not heard of if what comes first fails.
    ended.catch(() => undefined)
    client.on('message', (_topic, payload, { retain }) => {
      if (retain) theirs = payload.toString()
      else if (payload.toString() === end) resolve()
    })
    await client.subscribeAsync(topic, { qos: 1 })
    await client.publishAsync(topic, end, { qos: 1 })
    await Promise.all([ended, sleep(RETAINED_MS)])
    if (theirs === deployment) return
    if (theirs !== '') throw new UserError(otherDeployment(endpoint, topic))
    await client.publishAsync(topic, deployment, { qos: 1, retain: true })
  } finally {
    await client.endAsync()
  }
}

const otherDeployment = ({ url }: BrokerEndpoint, topic: string): string =>
  `The broker at ${new URL(url).host} belongs to gateways with another database: give this one their MCHAT_DATABASE_URL, or a broker of its own. If that database is gone for good, remove the retained message on ${topic} as the gateways' user.`
