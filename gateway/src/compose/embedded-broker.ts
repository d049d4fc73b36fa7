import { join } from 'node:path'
import { LIMITS } from '@mchat/schema'
import { createEmbeddedAccess } from '../access/embedded.ts'
import { createLogin } from '../access/login.ts'
import { rightsSubject } from '../access/subject.ts'
import { EmbeddedBroker } from '../broker/embedded-broker.ts'
import { openJournal } from '../broker/journal/file-journal.ts'
import { createListeners } from '../broker/listeners.ts'
import { openSessions, type SessionStore } from '../broker/sessions/session-store.ts'
import type { Database } from '../db/database.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { createPresence } from '../delivery/presence.ts'
import { EmbeddedLink } from '../link/embedded.ts'
import { createLineBudget } from '../ops/line-budget.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { BrokerSide, GatewayParts } from './broker-side.ts'

/** The broker in this process, with its sessions in a journal in the data directory. */
export const composeEmbeddedBroker = async (parts: GatewayParts): Promise<BrokerSide> => {
  const { authenticate, certificate, clock, config, database, directory, keeper, keys, log, metrics, ports, topics } =
    parts
  await using stack = new AsyncDisposableStack()

  let journalProblem: string | undefined
  const sessions = await openSessions({
    openJournal: (replay) =>
      openJournal(
        {
          directory: join(config.dataDir, 'broker'),
          key: keys.current.journal,
          olderKeys: keys.all.filter((set) => set !== keys.current).map((set) => set.journal),
          fsync: config.fsync,
          segmentBytes: 16 * 1024 * 1024,
          report(event) {
            if (event.kind === 'write_failed') journalProblem = event.message
            if (event.kind === 'write_recovered') journalProblem = undefined
            log.warn({ kind: event.kind, segment: event.segment }, event.message)
          },
        },
        replay,
      ),
    limits: {
      inflight: config.limits.inflightPerSession,
      queuedMessages: config.limits.queuedMessagesPerSession,
      queuedBytes: config.limits.queuedBytesPerSession,
      totalQueuedBytes: config.limits.queuedBytesTotal,
      connectionBufferBytes: config.limits.connectionBufferBytes,
      subscriptionsPerClient: config.limits.subscriptionsPerClient,
    },
    onOverflow: (clientId) =>
      log.warn({ client_id: clientId }, 'the subscriptions of a session were ended: its queue was full'),
  })
  stack.defer(() => sessions.close())

  const link = new EmbeddedLink(sessions)
  const presence = createPresence(link, topics, clock)
  const login = createLogin({
    authenticate,
    keeper,
    onSurplus: (employeeId) => access.syncEmployees([employeeId]),
  })

  const mayLogRefusal = createLineBudget(log, clock, 'refused connections left out')
  const broker = await EmbeddedBroker.start({
    topics,
    store: sessions,
    sessions,
    limits: {
      packetBytes: LIMITS.packetBytes,
      connectTimeoutSeconds: config.limits.connectTimeoutSeconds,
      subscriptionsPerClient: config.limits.subscriptionsPerClient,
      concurrentRequestsPerClient: config.limits.concurrentRequestsPerClient,
      connectionBufferBytes: config.limits.connectionBufferBytes,
    },
    log,
    hooks: {
      login,
      subject: (clientId, employeeId) =>
        rightsSubject({ directory, groupDelivery: config.groupDelivery }, clientId, employeeId),
      request: link.take,
      async status(employeeId, clientId, payload, isWill) {
        // The will of one device says nothing of the others.
        if (!isWill || !broker.hasOtherConnection(employeeId, clientId)) await presence.say(employeeId, payload)
      },
      refused({ clientId, returnCode, reason, error }) {
        metrics.refused(returnCode)
        if (!mayLogRefusal()) return
        const fields = { client_id: clientId, return_code: returnCode, reason }
        if (error === undefined) log.info(fields, 'a connection was refused')
        else log.warn({ ...fields, error }, 'a connection was refused')
      },
      ended(clientId, reason) {
        metrics.dropped(reason)
        if (mayLogRefusal()) log.info({ client_id: clientId, reason }, 'a connection was ended')
      },
    },
  })
  stack.defer(() => broker.close())
  link.attach(broker)
  const access = createEmbeddedAccess({
    config,
    topics,
    directory,
    broker,
    sessions,
    ports,
    onGone: (employeeId) => presence.offline(employeeId),
  })
  const listeners = createListeners(config, certificate, (stream, address) => broker.accept(stream, address))
  stack.defer(() => listeners.close())
  measure(metrics, broker, sessions)

  const opened = stack.move()
  return {
    link,
    access,
    online: {
      by: 'connections',
      connections: () => broker.connections,
      employeeIds: () => broker.connectedEmployeeIds,
    },
    async recover() {
      for (const will of [...sessions.wills()]) {
        const employeeId = topics.parseStatus(will.topic ?? '')
        if (employeeId !== undefined) await presence.offline(employeeId)
        await sessions.deleteWill(will.clientId)
      }
    },
    forgetUnknown: () => forgetUnknownSessions(database, sessions),
    async listen() {
      ports.mqtt = await listeners.listen()
    },
    onUpgrade: listeners.onUpgrade,
    problem: () => journalProblem,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const measure = (metrics: Metrics, broker: EmbeddedBroker, sessions: SessionStore): void => {
  metrics.gauge('mchat_connections', 'MQTT connections.', () => broker.connections)
  metrics.gauge('mchat_sessions', 'MQTT sessions, connected or not.', () => sessions.stats().sessions)
  metrics.gauge(
    'mchat_queued_messages',
    'Messages waiting for an acknowledgement.',
    () => sessions.stats().queuedMessages,
  )
  metrics.gauge('mchat_queued_bytes', 'Bytes of those messages.', () => sessions.stats().queuedBytes)
  metrics.gauge('mchat_journal_bytes', 'Size of the journal.', () => sessions.stats().journalBytes)
  metrics.total(
    'mchat_overflowed_sessions_total',
    'Sessions whose subscriptions ended for a full queue.',
    () => sessions.stats().overflowed,
  )
}

/** A session that was ended while the broker did not run (by the command line) must not go on queueing. */
const forgetUnknownSessions = async (database: Database, sessions: SessionStore): Promise<void> => {
  const live = await clientSessions.liveClientIds(database.kysely)
  for (const clientId of [...sessions.clientIds()]) {
    if (!live.has(clientId)) await sessions.purge(clientId)
  }
}
