import { BROKER_PACKET_BYTES } from '@mchat/schema'
import { DOCTOR_GROUP } from '../../access/mosquitto/configuration.ts'
import type { BrokerKind } from '../../config.ts'
import { systemClock } from '../../platform/clock.ts'
import type { ExaminedBroker, ProbeConnection } from './examined-broker.ts'
import { type Finding, holds, mustChange, toKnow } from './finding.ts'

const clock = systemClock()

/** One question to a broker. Throws what goes wrong, which is reported as its answer. */
export interface Probe {
  readonly name: string
  /** Kinds of broker whose limits leave nothing to find out. */
  readonly notOn?: readonly BrokerKind[]
  readonly ask: (broker: ExaminedBroker) => Promise<readonly Finding[]>
}

const QUEUED = 5000
/** Without TCP_NODELAY at the broker a round trip takes 40 ms, the delayed acknowledgement of TCP. */
const SLOW_MS = 20
const PATIENCE_MS = 3000

const roundTrip: Probe = {
  name: 'Round trip',
  async ask(broker) {
    const [client, gateway] = [await broker.connect(), await broker.connect()]
    const [request, answer] = [`${broker.topic}/request`, `${broker.topic}/answer`]
    if (!(await gateway.subscribe(request)) || !(await client.subscribe(answer))) {
      return [mustChange(`The gateway's user may not subscribe to ${request}.`)]
    }
    const times: number[] = []
    for (let i = 0; i < 20; i++) {
      const before = clock.monotonic()
      // The answer follows the acknowledgement on the same connection, where Nagle's algorithm would hold it back.
      await Promise.all([client.publish(request, String(i)), gateway.waitFor(i + 1, PATIENCE_MS)])
      await gateway.publish(answer, String(i))
      await client.waitFor(i + 1, PATIENCE_MS)
      times.push(clock.monotonic() - before)
    }
    times.sort((a, b) => a - b)
    const median = times[10] ?? 0
    const text = `A request and its answer take ${median.toFixed(1)} ms (median of 20).`
    if (broker.kind === 'aws-iot') return [toKnow(text)]
    return [
      median < SLOW_MS
        ? holds(text)
        : mustChange(
            `${text} Unless the network is that slow, switch Nagle's algorithm off (Mosquitto: set_tcp_nodelay true).`,
          ),
    ]
  },
}

const sharing: Probe = {
  name: 'Shared subscriptions',
  async ask(broker) {
    const topic = `${broker.topic}/share`
    const filter = `$share/${DOCTOR_GROUP}/${topic}`
    const members = [await broker.connect(), await broker.connect()]
    for (const member of members) {
      if (!(await member.subscribe(filter))) {
        return [
          mustChange('It refuses shared subscriptions, without which several gateways cannot share the requests.'),
        ]
      }
    }
    const sender = await broker.connect()
    for (let i = 0; i < 20; i++) await sender.publish(topic, String(i))
    const deadline = clock.monotonic() + PATIENCE_MS
    const total = (): number => members.reduce((sum, member) => sum + member.heard.length, 0)
    while (total() < 20 && clock.monotonic() < deadline) {
      await Promise.race(members.map((member) => member.waitFor(member.heard.length + 1, 100)))
    }
    const counts = members.map((member) => member.heard.length)
    if (total() === 0)
      return [mustChange('It takes $share for a topic like any other: it has no shared subscriptions.')]
    if (total() !== 20) return [mustChange(`Of 20 messages to a shared subscription ${total()} arrived.`)]
    return [holds(`Two members of a shared subscription got ${counts.join(' and ')} of 20 messages.`)]
  },
}

const redelivery: Probe = {
  name: 'Redelivery',
  async ask(broker) {
    const topic = `${broker.topic}/redelivery`
    const filter = `$share/${DOCTOR_GROUP}/${topic}`
    const survivor = await broker.connect()
    const doomed = await broker.connect({ clean: false, acknowledges: false })
    await doomed.subscribe(filter)
    const sender = await broker.connect()
    for (let i = 0; i < 4; i++) await sender.publish(topic, String(i))
    await doomed.waitFor(4, PATIENCE_MS)
    await survivor.subscribe(filter)
    doomed.break()
    const moved = await survivor.waitFor(1, PATIENCE_MS)
    if (moved > 0) return [holds('What a lost member had not acknowledged goes to another one.')]
    const again = await broker.connect({ clientId: doomed.clientId, clean: false })
    const kept = await again.waitFor(4, PATIENCE_MS)
    return [
      kept >= 4
        ? holds(
            'What a lost member had not acknowledged waits for its session, which another gateway takes over (MCHAT_BROKER_KIND=mosquitto).',
          )
        : mustChange('What a lost member had not acknowledged is lost: requests would have to be repeated by clients.'),
    ]
  },
}

const persistence: Probe = {
  name: 'Sessions',
  notOn: ['aws-iot'],
  async ask(broker) {
    const topic = `${broker.topic}/session`
    const first = await broker.connect({ clean: false })
    await first.subscribe(topic)
    await first.leave()
    const sender = await broker.connect()
    await publishMany(sender, topic, QUEUED)
    const back = await broker.connect({ clientId: first.clientId, clean: false })
    if (!back.sessionPresent)
      return [mustChange('It does not keep sessions: messages to devices that are away are lost.')]
    const kept = await settledCount(back, QUEUED)
    if (kept === QUEUED) return [holds(`It keeps sessions, and ${QUEUED} messages for a device that is away.`)]
    return [
      mustChange(
        `Of ${QUEUED} messages to a device that was away it has kept ${kept}; the others are lost without a word (Mosquitto: max_queued_messages 100000).`,
      ),
    ]
  },
}

const publishMany = async (sender: ProbeConnection, topic: string, count: number): Promise<void> => {
  const batch = 200
  for (let i = 0; i < count; i += batch) {
    await Promise.all(Array.from({ length: Math.min(batch, count - i) }, () => sender.publish(topic, 'x')))
  }
}

/** Until all are there, or nothing has come for a second. */
const settledCount = async (connection: ProbeConnection, wanted: number): Promise<number> => {
  for (let before = -1; connection.heard.length > before && connection.heard.length < wanted; ) {
    before = connection.heard.length
    await connection.waitFor(wanted, 1000)
  }
  return connection.heard.length
}

const retained: Probe = {
  name: 'Retained messages',
  async ask(broker) {
    const topic = `${broker.topic}/retained`
    const sender = await broker.connect()
    await sender.publish(topic, 'kept', true)
    const late = await broker.connect()
    await late.subscribe(topic)
    const count = await late.waitFor(1, PATIENCE_MS)
    await sender.publish(topic, '', true)
    return [
      count > 0 && late.heard[0]?.retained === true
        ? holds('It keeps retained messages.')
        : mustChange('It keeps no retained messages: nobody would see who is online.'),
    ]
  },
}

const will: Probe = {
  name: 'Wills',
  async ask(broker) {
    const topic = `${broker.topic}/will`
    const watcher = await broker.connect()
    await watcher.subscribe(topic)
    const doomed = await broker.connect({ will: { topic, payload: 'gone' } })
    doomed.break()
    return [
      (await watcher.waitFor(1, PATIENCE_MS)) > 0
        ? holds('It publishes the will of a connection that is lost.')
        : mustChange('It does not publish wills: who is gone would stay online.'),
    ]
  },
}

const packetSize: Probe = {
  name: 'Packet size',
  notOn: ['aws-iot'],
  async ask(broker) {
    const topic = `${broker.topic}/size`
    const one = await broker.connect()
    await one.subscribe(topic)
    const largest = BROKER_PACKET_BYTES - 1024
    const fits = await one
      .publish(topic, Buffer.alloc(largest, 'x'))
      .then(() => one.waitFor(1, PATIENCE_MS))
      .then(
        (count) => count === 1,
        () => false,
      )
    if (!fits) {
      return [
        mustChange(
          `It refuses packets of ${largest} bytes; let it take ${BROKER_PACKET_BYTES}, for the answers of a large organisation (Mosquitto: max_packet_size).`,
        ),
      ]
    }
    const other = await broker.connect()
    const tooLarge = await other.publish(topic, Buffer.alloc(2 * BROKER_PACKET_BYTES, 'x')).then(
      () => other.isConnected,
      () => false,
    )
    return tooLarge
      ? [
          holds(`It takes packets of ${largest} bytes.`),
          toKnow(`It also takes ${2 * BROKER_PACKET_BYTES} bytes; a limit spares its memory.`),
        ]
      : [holds(`It takes packets of ${largest} bytes, and none that are much larger.`)]
  },
}

/** What gateways rely on, whichever broker it is. */
export const BROKER_PROBES: readonly Probe[] = [roundTrip, sharing, redelivery, persistence, retained, will, packetSize]
