import { createAuthorizer } from '../access/aws-iot/authorizer.ts'
import { openAwsConnections } from '../access/aws-iot/connections.ts'
import { createAwsIotAccess } from '../access/aws-iot.ts'
import { describeAccess } from '../access/connection.ts'
import { requireStrictBroker } from '../access/self-test.ts'
import type { Config } from '../config.ts'
import { deploymentId } from '../db/deployment.ts'
import { CHANGES } from '../db/postgres-lease.ts'
import { counters } from '../db/repositories/counters.ts'
import { createPresence } from '../delivery/presence.ts'
import { markBroker } from '../link/broker-mark.ts'
import { ephemeralSessions } from '../link/intake-policy.ts'
import { MqttLink } from '../link/mqtt.ts'
import { watchOnline } from '../link/online.ts'
import { LONGEST_WAIT_SECONDS, type Quota, sustainedPerSecond } from '../link/publish-quota.ts'
import { requireBroker } from '../link/reach.ts'
import { UserError } from '../platform/user-error.ts'
import { answerBroker, probesOf, problemOf, requireGatewayAdmitted } from './asking-broker.ts'
import type { BrokerSide, GatewayParts } from './broker-side.ts'
import { endpointOf, gatewayClientIds } from './external-broker.ts'

const GUIDE = 'docs/brokers-aws-iot.md'
/** AWS takes no less. */
const KEEPALIVE_SECONDS = 30
/** Half of it is the shortest delay, and AWS refuses a client_id that connects twice in a second. */
const RECONNECT_MS = 2000
/** Of each connection (AWS' quotas "Publish requests per second per connection" and "Maximum inflight messages"). */
const QUOTA: Quota = { publishesPerSecond: 100, unacknowledged: 100 }
/** For each that takes requests: a request has an answer, and most cause a delivery. */
const PUBLISHING_CONNECTIONS = 2

/**
 * AWS IoT Core, shared by any number of gateways. Its authorizer asks the gateways over HTTP who may
 * connect, the gateways themselves included: so the HTTP port opens before the broker is reached. Each connection may
 * carry so little that a gateway has several.
 */
export const composeAwsIot = async (parts: GatewayParts): Promise<BrokerSide> => {
  const { clock, config, database, http, instance, lease, log, ports, topics } = parts
  requireEnoughConnections(config)
  await using stack = new AsyncDisposableStack()
  const endpoint = {
    ...(await endpointOf(parts)),
    keepaliveSeconds: KEEPALIVE_SECONDS,
    reconnectMs: RECONNECT_MS,
    quota: QUOTA,
  }
  const clientIdOf = gatewayClientIds(config.serviceId)
  ports.mqtt = Number(new URL(endpoint.url).port || 8883)

  const connections = openAwsConnections(config.broker)
  stack.defer(() => connections.close())
  await connections.answers()
  const pool = (role: 'gateway' | 'out', size: number): string[] =>
    Array.from({ length: size }, (_, i) => clientIdOf(role, `${instance}.${i + 1}`))
  const link = new MqttLink({
    endpoint,
    topics,
    instance,
    policy: ephemeralSessions(...pool('gateway', config.broker.connections)),
    outClientIds: pool('out', PUBLISHING_CONNECTIONS * config.broker.connections),
    concurrentRequests: config.limits.concurrentRequests,
    log,
  })
  const presence = createPresence(link, topics, clock)
  const access = createAwsIotAccess({
    database,
    connections,
    clock,
    forgotten: async () => lease.forgotten(await counters.get(database.kysely, CHANGES)),
    onGone: (employeeId) => presence.offline(employeeId),
    description: describeAccess(config, ports),
  })
  const probes = probesOf(parts)
  const asked = answerBroker(parts, probes, access)
  stack.defer(() => asked.stop())
  const authorizer = createAuthorizer({ ...asked, topics, clock })
  http.addHook(authorizer.hook)
  ports.http = await http.listen()

  await requireGatewayAdmitted(
    () => requireBroker(endpoint, clientIdOf('start', instance)),
    authorizer.asked,
    `the authorizer and the domain configuration (${GUIDE})`,
  )
  await requireStrictBroker({
    endpoint,
    topics,
    admit: async () => probes.issue(),
    advice: `let nothing but the authorizer of broker-config/aws-iot decide about its domain configuration (${GUIDE})`,
  })
  await markBroker(endpoint, clientIdOf('start', `${instance}.mark`), topics, await deploymentId(database))
  const online = watchOnline({ endpoint, clientId: clientIdOf('out', `${instance}.watch`), topics, log })
  stack.defer(() => online.close())
  const opened = stack.move()
  return {
    link,
    access,
    online,
    asksOverHttp: true,
    problem: problemOf(connections, () => connections.answers()),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A message to the largest group must not take longer than anything may wait. */
const requireEnoughConnections = ({ broker, limits: { groupMembers } }: Config): void => {
  const needed = Math.ceil(groupMembers / (PUBLISHING_CONNECTIONS * sustainedPerSecond(QUOTA) * LONGEST_WAIT_SECONDS))
  if (broker.connections >= needed) return
  throw new UserError(
    `A message to ${groupMembers} members (MCHAT_LIMIT_GROUP_MEMBERS) would take longer than ${LONGEST_WAIT_SECONDS} s over so few connections: MCHAT_BROKER_CONNECTIONS must be at least ${needed}.`,
  )
}
