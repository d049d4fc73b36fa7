import { setTimeout as sleep } from 'node:timers/promises'
import { describeAccess } from '../access/connection.ts'
import { Dynsec } from '../access/mosquitto/dynsec.ts'
import { createProbeAdmission } from '../access/mosquitto/probe.ts'
import { createMosquittoAccess } from '../access/mosquitto.ts'
import { requireStrictBroker } from '../access/self-test.ts'
import { deploymentId } from '../db/deployment.ts'
import { createSlots } from '../db/slots.ts'
import { createPresence } from '../delivery/presence.ts'
import { markBroker } from '../link/broker-mark.ts'
import type { IntakeSession } from '../link/intake.ts'
import { fixedSession, type IntakePolicy, SESSION_EXPIRY_SECONDS } from '../link/intake-policy.ts'
import { MqttLink } from '../link/mqtt.ts'
import { watchOnline } from '../link/online.ts'
import { connectOnce, requireBroker } from '../link/reach.ts'
import type { BrokerSide, GatewayParts } from './broker-side.ts'
import { endpointOf, type GatewayClientId, gatewayClientIds } from './external-broker.ts'

const PURGE_MS = 2000

/** A Mosquitto that any number of gateways share, with its dynamic security plugin. */
export const composeMosquitto = async (parts: GatewayParts): Promise<BrokerSide> => {
  const { clock, config, database, instance, log, ports, tokenOf, topics } = parts
  await using stack = new AsyncDisposableStack()
  const endpoint = await endpointOf(parts)
  const clientIdOf = gatewayClientIds(config.serviceId)
  ports.mqtt = Number(new URL(endpoint.url).port || 1883)
  await requireBroker(endpoint, clientIdOf('start', instance))

  const dynsec = new Dynsec(endpoint, clientIdOf('access', instance), log, clock)
  stack.defer(() => dynsec.close())
  await dynsec.answers()
  await requireStrictBroker({
    endpoint,
    topics,
    admit: createProbeAdmission(dynsec, topics),
    advice: 'give it the configuration that "mchat broker" writes (docs/brokers.md)',
  })
  await markBroker(endpoint, clientIdOf('start', `${instance}.mark`), topics, await deploymentId(database))

  const link = new MqttLink({
    endpoint,
    topics,
    instance,
    policy: database.kind === 'postgres' ? slotSessions(parts, clientIdOf) : fixedSession(clientIdOf('gateway', '1')),
    outClientIds: [clientIdOf('out', instance)],
    concurrentRequests: config.limits.concurrentRequests,
    log,
  })
  const presence = createPresence(link, topics, clock)
  const access = createMosquittoAccess({
    topics,
    database,
    dynsec,
    tokenOf,
    groupDelivery: config.groupDelivery,
    async purge(clientId) {
      const own = await connectOnce(endpoint, clientId)
      await Promise.race([own.endAsync(), sleep(PURGE_MS, undefined, { ref: false })])
      own.end(true)
    },
    onGone: (employeeId) => presence.offline(employeeId),
    description: describeAccess(config, ports),
  })
  const online = watchOnline({ endpoint, clientId: clientIdOf('out', `${instance}.watch`), topics, log })
  stack.defer(() => online.close())
  const opened = stack.move()
  return {
    link,
    access,
    online,
    leaseRegained() {
      void link.resume()
    },
    problem: () => dynsec.problem,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Mosquitto keeps the requests of a dead gateway for the session they were handed to, so somebody has to be that session. */
const slotSessions = ({ database, instance, lease }: GatewayParts, clientIdOf: GatewayClientId): IntakePolicy => {
  const slots = createSlots(database, instance)
  const prefix = clientIdOf('gateway', '')
  const sessionOf = (slot: number): IntakeSession => ({
    clientId: prefix + slot,
    clean: false,
    sessionExpirySeconds: SESSION_EXPIRY_SECONDS,
  })
  const slotOf = ({ clientId }: IntakeSession): number => Number(clientId.slice(prefix.length))
  /** In which term of the lease each session was last known to be this gateway's. */
  const held = new Map<number, number>()
  const hold = async (take: Promise<number | undefined>): Promise<IntakeSession | undefined> => {
    const { term } = lease
    const slot = await take
    if (slot === undefined) return undefined
    held.set(slot, term)
    return sessionOf(slot)
  }
  return {
    async take() {
      const session = await hold(slots.take([...held.keys()]))
      if (session === undefined) throw new Error('no slot was taken')
      return [session]
    },
    mayConnect: (session) => lease.isValid() && held.get(slotOf(session)) === lease.term,
    async isOwn(session) {
      const slot = slotOf(session)
      const { term } = lease
      const isOwn = await slots.isOwn(slot)
      if (isOwn) held.set(slot, term)
      else held.delete(slot)
      return isOwn
    },
    takes: (session) => slots.takes(slotOf(session)),
    mayLeave: (session) => slots.mayLeave(slotOf(session)),
    async giveBack(session) {
      await slots.giveBack(slotOf(session))
      held.delete(slotOf(session))
    },
    takeAbandoned: () => hold(slots.takeAbandoned([...held.keys()])),
  }
}
