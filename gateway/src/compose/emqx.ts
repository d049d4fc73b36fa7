import { describeAccess } from '../access/connection.ts'
import { type Arrivals, watchArrivals } from '../access/emqx/arrivals.ts'
import { createEmqxHooks, type EmqxHooks } from '../access/emqx/hooks.ts'
import { createProbes, type Probes } from '../access/emqx/probe.ts'
import { EmqxRest } from '../access/emqx/rest.ts'
import { createEmqxAccess } from '../access/emqx.ts'
import { createVerifiedLogin } from '../access/login.ts'
import { requireStrictBroker } from '../access/self-test.ts'
import { CHANGES } from '../db/lease.ts'
import { counters } from '../db/repositories/counters.ts'
import { createPresence } from '../delivery/presence.ts'
import { ephemeralSessions } from '../link/intake-policy.ts'
import { MqttLink } from '../link/mqtt.ts'
import { requireBroker } from '../link/reach.ts'
import { createLineBudget } from '../ops/line-budget.ts'
import { UserError } from '../platform/user-error.ts'
import type { BrokerSide, GatewayParts } from './broker-side.ts'
import { endpointOf, gatewayClientIds } from './external-broker.ts'

const GUIDE = 'docs/brokers-emqx.md'
/** EMQX hands out the requests of a gateway that is gone without a word after one and a half times this. */
const KEEPALIVE_SECONDS = 10

/**
 * A cluster of EMQX 5 that any number of gateways share (brokers.md D). It asks the gateways over HTTP who may connect
 * and what for, the gateways themselves included: so the HTTP port opens before the broker is reached.
 */
export const composeEmqx = async (parts: GatewayParts): Promise<BrokerSide> => {
  const { clock, config, database, http, instance, lease, log, ports, topics } = parts
  const { apiKey = '', apiSecret = '', apiUrl = '' } = config.broker
  await using stack = new AsyncDisposableStack()
  const endpoint = { ...(await endpointOf(parts)), keepaliveSeconds: KEEPALIVE_SECONDS }
  const clientIdOf = gatewayClientIds(config.serviceId)
  ports.mqtt = Number(new URL(endpoint.url).port || 1883)

  const rest = new EmqxRest({ url: apiUrl, apiKey, apiSecret })
  await rest.answers()
  const link = new MqttLink({
    endpoint,
    topics,
    policy: ephemeralSessions(clientIdOf('gateway', instance)),
    outClientId: clientIdOf('out', instance),
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
  const probes = createProbes(parts.keys, clock)
  const sync = (employeeId: string): Promise<void> => access.syncEmployees([employeeId])
  const arrivals = watchArrivals({
    directory: parts.directory,
    groupDelivery: config.groupDelivery,
    sync,
    onError: (error) => log.warn({ error: String(error) }, 'a connection could not be looked at again'),
  })
  stack.defer(() => arrivals.stop())
  const hooks = hooksOf(parts, probes, arrivals, sync)
  for (const hook of hooks.hooks) http.addHook(hook)
  ports.http = await http.listen()

  await requireGatewayAdmitted(() => requireBroker(endpoint, clientIdOf('start', instance)), hooks)
  await requireStrictBroker({
    endpoint,
    topics,
    admit: async () => probes.issue(),
    advice: `give it the authentication and the authorisation of broker-config/emqx/emqx.conf (${GUIDE})`,
  })
  const opened = stack.move()
  return {
    link,
    access,
    asksOverHttp: true,
    problem: createProblem(rest),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Whether the REST API works is known from the last call; whoever asks after one that failed causes another. */
const createProblem = (rest: EmqxRest): (() => string | undefined) => {
  let isLooking = false
  return () => {
    const { problem } = rest
    if (problem === undefined || isLooking) return problem
    isLooking = true
    rest
      .clientsOf('mchat')
      .catch(() => undefined)
      .finally(() => {
        isLooking = false
      })
    return problem
  }
}

const hooksOf = (
  { authenticate, clock, config, directory, keeper, log, metrics, topics }: GatewayParts,
  probes: Probes,
  arrivals: Arrivals,
  sync: (employeeId: string) => Promise<void>,
): EmqxHooks => {
  const mayLog = createLineBudget(log, clock, 'refused connections left out')
  const login = createVerifiedLogin({
    authenticate,
    keeper,
    // Not waited for: EMQX waits for this answer only so long.
    async onSurplus(employeeId) {
      sync(employeeId).catch((error: unknown) =>
        log.warn({ error: String(error) }, 'a surplus session could not be ended on the broker'),
      )
    },
  })
  const { hookKey = '', password = '', username } = config.broker
  return createEmqxHooks({
    topics,
    directory,
    groupDelivery: config.groupDelivery,
    hookKey,
    gateway: { username, password },
    login,
    probes,
    arrivals,
    onRefused(clientId) {
      metrics.refused(5)
      if (mayLog()) log.info({ client_id: clientId }, 'a connection was refused')
    },
    onError(error) {
      if (mayLog()) log.warn({ error: String(error) }, 'a question of the broker could not be answered')
    },
  })
}

/** Why EMQX refuses the gateway itself is to be found in what it asked, or did not ask. */
const requireGatewayAdmitted = async (connect: () => Promise<void>, { asked }: EmqxHooks): Promise<void> => {
  try {
    await connect()
  } catch (cause) {
    if (asked.rightly) throw cause
    const reason = cause instanceof UserError ? cause.message : String(cause)
    const hint = asked.wrongly
      ? 'It asked this gateway with another key than MCHAT_BROKER_HOOK_KEY'
      : 'It has not asked this gateway who may connect; look at the URL of its HTTP authentication'
    throw new UserError(`${reason} ${hint} (${GUIDE}).`, { cause })
  }
}
