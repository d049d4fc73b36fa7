import { join } from 'node:path'
import { createTopics, LIMITS } from '@mchat/schema'
import { createAuthenticate } from './access/credentials.ts'
import { createEmbeddedAccess } from './access/embedded.ts'
import { createLogin } from './access/login.ts'
import { createSessionKeeper } from './access/sessions.ts'
import { rightsSubject } from './access/subject.ts'
import { EmbeddedBroker } from './broker/embedded-broker.ts'
import { openJournal } from './broker/journal/file-journal.ts'
import { createListeners } from './broker/listeners.ts'
import { openSessions, type SessionStore } from './broker/sessions/session-store.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './db/database.ts'
import { createDirectory } from './db/directory.ts'
import { acquireGatewayLock } from './db/gateway-lock.ts'
import { migrate } from './db/migrations/migrate.ts'
import { clientSessions } from './db/repositories/client-sessions.ts'
import { createAttest } from './delivery/attestation.ts'
import { createMentionFinder } from './delivery/mentions.ts'
import { createMessageIds } from './delivery/message-ids.ts'
import { createPresence } from './delivery/presence.ts'
import { ensureFirstAdmin, type FirstAdmin } from './first-admin.ts'
import { handlers } from './handlers/index.ts'
import { EmbeddedLink } from './link/embedded.ts'
import { createMaintenance } from './maintenance.ts'
import { createHttpServer } from './ops/http.ts'
import { createLineBudget } from './ops/line-budget.ts'
import type { Log } from './ops/log.ts'
import { createMetrics } from './ops/metrics.ts'
import { createRequestLog } from './ops/request-log.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import { loadKeys } from './platform/keys.ts'
import type { Services } from './router/context.ts'
import { createRouter } from './router/router.ts'
import { createSettle } from './router/settle.ts'
import { createUnansweredSecrets } from './router/unanswered-secrets.ts'

/** A gateway that takes requests. */
export interface RunningGateway {
  readonly httpPort: number
  readonly mqttPort: number
  readonly firstAdmin: FirstAdmin
  /** Why it does not take requests, in sentences; empty when it does. */
  problems(): string[]
  /** Resolves with a sentence when the gateway must stop: another one has taken its database. */
  readonly lost: Promise<string>
  /** Finishes what is under way, leaves the broker and closes everything. */
  close(): Promise<void>
}

/** What a test puts in the place of the real thing. */
export interface Substitutes {
  readonly clock?: Clock
  /** Stays open afterwards. */
  readonly database?: Database
}

/**
 * Puts the parts together; the only place that knows which ones. Whoever calls holds the lock of the data directory.
 * @throws UserError for what an operator can mend: a taken port, a database that cannot be reached
 */
export const compose = async (config: Config, log: Log, given: Substitutes = {}): Promise<RunningGateway> => {
  await using stack = new AsyncDisposableStack()
  const clock = given.clock ?? systemClock()
  const keys = await loadKeys(config)
  const topics = createTopics(config.serviceId)
  const metrics = createMetrics({ version: config.version })

  const database = given.database ?? (await openDatabase({ url: config.databaseUrl, directory: config.dataDir, log }))
  if (given.database === undefined) stack.defer(() => database.close())
  const { promise: lost, resolve: onLost } = Promise.withResolvers<string>()
  const gatewayLock = await acquireGatewayLock(database, { onLost })
  stack.defer(() => gatewayLock.release())
  await migrate(database)
  const directory = createDirectory(database)

  let journalProblem: string | undefined
  const sessions = await openSessions({
    openJournal: (replay) =>
      openJournal(
        {
          directory: join(config.dataDir, 'broker'),
          key: keys.journal,
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
  const authenticate = createAuthenticate(database, directory, clock)
  const keeper = createSessionKeeper(config, database, directory, clock, (error) =>
    log.warn({ error: String(error) }, 'the use of a session could not be noted'),
  )
  const login = createLogin({
    authenticate,
    directory,
    keeper,
    clock,
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
      subject: (clientId, employeeId) => rightsSubject(directory, clientId, employeeId),
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

  const ports = { mqtt: 0, http: 0 }
  const access = createEmbeddedAccess({
    config,
    topics,
    directory,
    broker,
    sessions,
    ports,
    onGone: (employeeId) => presence.offline(employeeId),
  })
  const messageIds = createMessageIds(keys)
  const mentions = createMentionFinder(database)
  const settle = createSettle({ topics, database, directory, access, link, messageIds, mentions, clock, metrics })
  const services: Services = {
    config,
    clock,
    directory,
    access,
    messageIds,
    mentions,
    attest: createAttest(keys.signing),
    authenticate,
    keeper,
  }
  const maintenance = createMaintenance({ config, database, directory, access, settle, clock, log })
  stack.defer(() => maintenance.stop())

  const router = createRouter({
    services,
    topics,
    database,
    link,
    settle,
    secrets: createUnansweredSecrets(),
    handlers,
    clock,
    log,
    metrics,
    noteRequest: createRequestLog(log, clock),
    afterAnswer: closeEndedSession(directory, access, log),
  })

  for (const will of [...sessions.wills()]) {
    const employeeId = topics.parseStatus(will.topic ?? '')
    if (employeeId !== undefined) await presence.offline(employeeId)
    await sessions.deleteWill(will.clientId)
  }
  await maintenance.finishInterrupted()
  await forgetUnknownSessions(database, sessions)

  const listeners = await createListeners(config, (stream) => broker.accept(stream))
  const problems = (): string[] =>
    [link.notReady(), maintenance.databaseProblem(), journalProblem].filter((problem) => problem !== undefined)
  const http = await createHttpServer({
    config,
    readiness: problems,
    metrics,
    jwks: { keys: [keys.signing.publicJwk] },
    log,
    mqttPort: () => ports.mqtt,
  })
  http.onUpgrade('/mqtt', listeners.onUpgrade)
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

  await link.start(router)
  ports.mqtt = await listeners.listen()
  stack.defer(() => listeners.close())
  ports.http = await http.listen()
  stack.defer(() => http.close())
  const firstAdmin = await ensureFirstAdmin({ config, database, clock, connection: access.connection })
  stack.defer(() => link.drain())
  maintenance.start()

  const running = stack.move()
  return { httpPort: ports.http, mqttPort: ports.mqtt, firstAdmin, problems, lost, close: () => running.disposeAsync() }
}

/** A session that was ended while the broker did not run (by the command line) must not go on queueing. */
const forgetUnknownSessions = async (database: Database, sessions: SessionStore): Promise<void> => {
  const live = await clientSessions.liveClientIds(database.kysely)
  for (const clientId of [...sessions.clientIds()]) {
    if (!live.has(clientId)) await sessions.purge(clientId)
  }
}

/** The connection whose own request has ended its session (logout, new credentials) is closed once it is answered. */
const closeEndedSession =
  (directory: ReturnType<typeof createDirectory>, access: ReturnType<typeof createEmbeddedAccess>, log: Log) =>
  (request: { readonly clientId: string; readonly definition: { readonly kind: string } | undefined }): void => {
    if (request.definition?.kind !== 'change') return
    const close = async (): Promise<void> => {
      const session = await directory.sessions.get(request.clientId)
      const employee = session === undefined ? undefined : await directory.employees.get(session.employeeId)
      if (session === undefined || (session.endReason === null && employee?.active === true)) return
      await access.syncEmployees([session.employeeId])
    }
    // The answer and the PUBACK are still on their way out of this turn.
    setImmediate(() =>
      setImmediate(() =>
        close().catch((error: unknown) => log.warn({ error: String(error) }, 'an ended session could not be closed')),
      ),
    )
  }
