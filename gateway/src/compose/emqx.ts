import { describeAccess } from '../access/connection.ts'
import { createEmqxHooks } from '../access/emqx/hooks.ts'
import { openEmqxRest } from '../access/emqx/rest.ts'
import { createEmqxAccess } from '../access/emqx.ts'
import { requireStrictBroker } from '../access/self-test.ts'
import { deploymentId } from '../db/deployment.ts'
import { CHANGES } from '../db/postgres-lease.ts'
import { counters } from '../db/repositories/counters.ts'
import { createPresence } from '../delivery/presence.ts'
import { markBroker } from '../link/broker-mark.ts'
import { ephemeralSessions } from '../link/intake-policy.ts'
import { MqttLink } from '../link/mqtt.ts'
import { watchOnline } from '../link/online.ts'
import { requireBroker } from '../link/reach.ts'
import { answerBroker, probesOf, problemOf, requireGatewayAdmitted } from './asking-broker.ts'
import type { BrokerSide, GatewayParts } from './broker-side.ts'
import { endpointOf, gatewayClientIds } from './external-broker.ts'

const GUIDE = 'docs/brokers-emqx.md'
/** EMQX hands out the requests of a gateway that is gone without a word after one and a half times this. */
const KEEPALIVE_SECONDS = 10

/**
 * A cluster of EMQX 5 that any number of gateways share. It asks the gateways over HTTP who may connect
 * and what for, the gateways themselves included: so the HTTP port opens before the broker is reached.
 */
export const composeEmqx = async (parts: GatewayParts): Promise<BrokerSide> => {
  const { clock, config, database, http, instance, lease, log, ports, topics } = parts
  await using stack = new AsyncDisposableStack()
  const endpoint = { ...(await endpointOf(parts)), keepaliveSeconds: KEEPALIVE_SECONDS }
  const clientIdOf = gatewayClientIds(config.serviceId)
  ports.mqtt = Number(new URL(endpoint.url).port || 1883)

  const rest = openEmqxRest(config.broker)
  await rest.answers()
  const link = new MqttLink({
    endpoint,
    topics,
    instance,
    policy: ephemeralSessions(clientIdOf('gateway', instance)),
    outClientIds: [clientIdOf('out', instance)],
    concurrentRequests: config.limits.concurrentRequests,
    log,
  })
  const presence = createPresence(link, topics, clock)
  const access = createEmqxAccess({
    topics,
    database,
    rest,
    groupDelivery: config.groupDelivery,
    clock,
    forgotten: async () => lease.forgotten(await counters.get(database.kysely, CHANGES)),
    onGone: (employeeId) => presence.offline(employeeId),
    description: describeAccess(config, ports),
  })
  const probes = probesOf(parts)
  const asked = answerBroker(parts, probes, access)
  stack.defer(() => asked.stop())
  const hooks = createEmqxHooks({
    ...asked,
    topics,
    directory: parts.directory,
    groupDelivery: config.groupDelivery,
  })
  for (const hook of hooks.hooks) http.addHook(hook)
  ports.http = await http.listen()

  await requireGatewayAdmitted(
    () => requireBroker(endpoint, clientIdOf('start', instance)),
    hooks.asked,
    `the HTTP authentication of EMQX (${GUIDE})`,
  )
  await requireStrictBroker({
    endpoint,
    topics,
    admit: async () => probes.issue(),
    advice: `give it the authentication and the authorisation of broker-config/emqx/emqx.conf (${GUIDE})`,
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
    problem: problemOf(rest, () => rest.clientsOf('mchat')),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
