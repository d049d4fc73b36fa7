import { hostname } from 'node:os'
import { createTopics } from '@mchat/schema'
import { createAuthenticate } from './access/credentials.ts'
import { createLoginThrottle } from './access/login-throttle.ts'
import { createSessionKeeper } from './access/sessions.ts'
import { createTokens } from './access/tokens.ts'
import { createAuditChain } from './audit/chain.ts'
import { createAuditHeads } from './audit/heads.ts'
import { createChanges } from './changes/changes.ts'
import { createTell } from './changes/tell.ts'
import { addAgentRoutes, type ComposedAgents, composeAgents } from './compose/agents.ts'
import { composeConsole } from './compose/console.ts'
import { type ComposedFiles, composeFiles } from './compose/files.ts'
import { composeStats } from './compose/stats.ts'
import type { Config } from './config.ts'
import { auditWarning } from './db/audit-protection.ts'
import { type Database, openDatabase } from './db/database.ts'
import { joinDeployment } from './db/deployment.ts'
import { createDirectory } from './db/directory.ts'
import { acquireGatewayLock } from './db/gateway-lock.ts'
import { acquireLease, type Lease, soleLease } from './db/lease.ts'
import { prepareSchema } from './db/prepare-schema.ts'
import { createForget } from './db/stale.ts'
import { createAttest } from './delivery/attestation.ts'
import { createAudience } from './delivery/audience.ts'
import { createMentionFinder } from './delivery/mentions.ts'
import { createMessageIds } from './delivery/message-ids.ts'
import { ensureFirstAdmin, FIRST_ADMIN_ID, type FirstAdmin } from './first-admin.ts'
import { handlers } from './handlers/index.ts'
import { keepKeys, keepSealed } from './keyring/keep-keys.ts'
import { openKeys } from './keyring/open-keys.ts'
import { createBudgets } from './limits/budgets.ts'
import type { Link } from './link/link.ts'
import { createMaintenance } from './maintenance.ts'
import { type Certificate, openCertificate } from './ops/certificate.ts'
import { createHttpServer } from './ops/http.ts'
import type { Log } from './ops/log.ts'
import { createMetrics } from './ops/metrics.ts'
import { createRequestLog } from './ops/request-log.ts'
import { type Clock, clockAhead, systemClock } from './platform/clock.ts'
import { loadSecret } from './platform/deployment-secret.ts'
import { newUuid } from './platform/random.ts'
import { createSealing } from './platform/sealing.ts'
import { createRequestAudit } from './router/audit.ts'
import { closeEndedSession } from './router/close-ended-session.ts'
import type { Services } from './router/context.ts'
import { createRouter } from './router/router.ts'
import { createSettle } from './router/settle.ts'
import { createLimitSteps } from './router/steps/limits.ts'
import { createUnansweredSecrets } from './router/unanswered-secrets.ts'
import { createAuthenticator } from './second-factor/authenticator.ts'
import { createChallengeCodes } from './second-factor/challenge-code.ts'
import { createSecondFactor } from './second-factor/second-factor.ts'

/** A gateway that takes requests. */
export interface RunningGateway {
  readonly httpPort: number
  readonly mqttPort: number
  readonly firstAdmin: FirstAdmin
  /** What the operator should know of the database, in sentences. */
  readonly warnings: readonly string[]
  /** undefined: without TLS. */
  readonly certificate: Pick<Certificate, 'look' | 'warning'> | undefined
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
  const ownClock = given.clock ?? systemClock()
  const secret = await loadSecret(config)
  const topics = createTopics(config.serviceId)
  const metrics = createMetrics({ version: config.version })
  const certificate =
    config.tls === undefined ? undefined : await openCertificate({ tls: config.tls, clock: ownClock, log, metrics })
  stack.defer(() => certificate?.close())
  const instance = newInstanceName()
  const isAlone = config.broker.kind === 'embedded'
  // Several gateways go by the clock that they share.
  const clock = isAlone ? ownClock : clockAhead(ownClock, () => lease.databaseAhead)

  const database = given.database ?? (await openDatabase({ url: config.databaseUrl, directory: config.dataDir, log }))
  if (given.database === undefined) stack.defer(() => database.close())
  const { promise: lost, resolve: onLost } = Promise.withResolvers<string>()
  const gatewayLock = await acquireGatewayLock(database, { shared: !isAlone, onLost })
  stack.defer(() => gatewayLock.release())
  await prepareSchema(database, { ownerUrl: config.databaseOwnerUrl, log })
  const warning = await auditWarning(database)
  const keys = await openKeys(database, secret)

  const directory = createDirectory(database, isAlone ? undefined : () => lease.isValid())
  const mentions = createMentionFinder(database)
  const forget = createForget(directory, mentions.forgetNames)
  const budgets = createBudgets(clock, { count: () => lease.gateways, tell: (news) => lease.tell(news) })
  stack.defer(() => budgets.stop())
  let agents: ComposedAgents | undefined
  let fileAddress: ComposedFiles['address'] | undefined
  const lease: Lease = isAlone
    ? soleLease
    : await acquireLease(database, {
        instance,
        secretId: secret.id,
        clock: ownClock,
        log,
        forget,
        onRegained: () => broker.leaseRegained?.(),
        onNews: (news) => budgets.heard(news),
      })
  stack.defer(() => lease.release())
  // With the lease: two that start at the same moment see each other.
  const traits = { secretId: secret.id, groupDelivery: config.groupDelivery }
  await joinDeployment(database, traits, isAlone ? undefined : instance)
  const keyParts = { database, secret, keys, instance, log }
  await keepKeys(keyParts)
  await keepSealed(keyParts)

  const throttle = createLoginThrottle(config, directory, budgets, () => metrics.limited('login'))
  const authenticate = createAuthenticate(database, directory, clock, throttle)
  // Sessions are opened while there is no link yet.
  const publish: Link['publish'] = (...what) => link.publish(...what)
  const tell = createTell({ topics, database, directory, link: { publish }, metrics, clock, log })
  const changes = createChanges(tell, clock, log)
  const keeper = createSessionKeeper({
    config,
    database,
    directory,
    lease,
    forget,
    clock,
    onError: (error) => log.warn({ error: String(error) }, 'the use of a session could not be noted'),
    onOpened: changes.sessionOpened,
  })
  const tokens = createTokens(keys)
  const ports = { mqtt: 0, http: 0 }
  let isReady = false
  const problems = (): string[] => {
    if (!isReady) return ['The gateway is starting.']
    return [
      link.notReady(),
      broker.problem(),
      maintenance.databaseProblem(),
      lease.isValid() ? undefined : 'The lease in the database is over.',
    ].filter((problem) => problem !== undefined)
  }
  const http = await createHttpServer({
    config,
    readiness: problems,
    metrics,
    jwks: () => ({ keys: keys.all.map(({ signing }) => signing.publicJwk) }),
    log,
    certificate,
    mqttPort: () => ports.mqtt,
    console: await composeConsole(config, ports, () => fileAddress?.()),
  })
  stack.defer(() => http.close())
  addAgentRoutes(http, () => agents)
  const composeBroker = await BROKERS[config.broker.kind]()
  const broker = stack.use(
    await composeBroker({
      config,
      log,
      clock,
      keys,
      secret,
      topics,
      metrics,
      certificate,
      database,
      directory,
      lease,
      instance,
      authenticate,
      keeper,
      tokenOf: tokens.tokenOf,
      http,
      ports,
    }),
  )
  const { access, link } = broker

  const messageIds = createMessageIds(keys)
  const { codeOf, newChallengeId } = createChallengeCodes(keys)
  const sealing = createSealing(keys)
  const authenticator = createAuthenticator(keys, sealing)
  const secondFactor = createSecondFactor(config, authenticator, codeOf)
  const settle = createSettle({
    config,
    topics,
    database,
    directory,
    lease,
    forget,
    access,
    link,
    messageIds,
    codeOf,
    changes,
    clock,
    metrics,
  })
  const attest = createAttest(keys)
  const auditChain = createAuditChain(keys, instance)
  const auditHeads = createAuditHeads(keys)
  agents = await composeAgents({
    config,
    topics,
    database,
    directory,
    lease,
    budgets,
    keys,
    sealing,
    mentions,
    messageIds,
    link,
    settle,
    changes,
    ports,
    instance,
    isAlone,
    metrics,
    clock,
    log,
  })
  const { begin, finish, spared, underWay, ...composed } = agents
  stack.defer(composed.close)
  const {
    close: closeFiles,
    tidy: tidyFiles,
    address,
    usedPercent,
    ...files
  } = await composeFiles({
    config,
    keys,
    http,
    ports,
    metrics,
    clock,
    log,
  })
  fileAddress = address
  stack.defer(closeFiles)
  const { recorder, stats } = composeStats({
    database,
    instance,
    version: config.version,
    online: broker.online,
    problems,
    agents: { spared, underWay },
    files: { usedPercent },
    certificate,
    chain: auditChain,
    heads: auditHeads,
    metrics,
    clock,
    log,
  })
  const services: Services = {
    config,
    clock,
    directory,
    access,
    messageIds,
    mentions,
    audience: createAudience(database, directory),
    attest,
    authenticate,
    keeper,
    tokens,
    authenticator,
    secondFactor,
    newChallengeId,
    auditChain,
    auditHeads,
    agents: composed,
    files,
    sealing,
    stats,
  }
  const maintenance = createMaintenance({
    config,
    database,
    lease,
    forget,
    access,
    settle,
    auditChain,
    auditHeads,
    changes,
    keys: keyParts,
    tidyFiles,
    onKeysLost: onLost,
    clock,
    log,
  })
  stack.defer(() => maintenance.stop())
  stack.defer(() => recorder.stop())
  const router = createRouter({
    services,
    topics,
    database,
    lease,
    link,
    settle,
    secrets: createUnansweredSecrets(),
    audit: createRequestAudit(database, auditChain, changes),
    handlers,
    limits: createLimitSteps(config, budgets, metrics),
    clock,
    log,
    metrics,
    noteRequest: createRequestLog(log, clock),
    afterAnswer: closeEndedSession({ database, directory, access, log }),
  })
  await broker.recover?.()
  await maintenance.finishInterrupted(isAlone ? 0 : INTERRUPTED_AFTER_MS)
  await broker.forgetUnknown?.()

  if (broker.onUpgrade !== undefined) http.onUpgrade('/mqtt', broker.onUpgrade)

  // Also when what follows fails.
  stack.defer(() => link.drain())
  await link.start(router.take, composed.heard)
  await broker.listen?.()
  ports.http = await http.listen()
  if (broker.asksOverHttp !== true) stack.defer(() => http.close())
  const firstAdmin = await ensureFirstAdmin({ config, database, auditChain, clock, access, tokens })
  if (firstAdmin.created) await access.syncEmployees([FIRST_ADMIN_ID])
  // Ready means that somebody can come in, so not before first-admin.json is there.
  isReady = true
  begin()
  changes.start()
  maintenance.start()
  recorder.start()
  // First of all: while requests under way are finished, /readyz says that the gateway is stopping.
  stack.defer(() =>
    link.drain(async () => {
      await finish()
      await router.settled()
      await changes.stop()
    }),
  )

  const running = stack.move()
  return {
    httpPort: ports.http,
    mqttPort: ports.mqtt,
    firstAdmin,
    warnings: warning === undefined ? [] : [warning],
    certificate,
    problems,
    lost,
    close: () => running.disposeAsync(),
  }
}

/** Only the one that is used is loaded: whatever starts waits for its modules. */
const BROKERS = {
  embedded: async () => (await import('./compose/embedded-broker.ts')).composeEmbeddedBroker,
  mosquitto: async () => (await import('./compose/mosquitto.ts')).composeMosquitto,
  emqx: async () => (await import('./compose/emqx.ts')).composeEmqx,
  'aws-iot': async () => (await import('./compose/aws-iot.ts')).composeAwsIot,
}

/** With other gateways running, a younger change is still being settled by the one that answers it. */
const INTERRUPTED_AFTER_MS = 10_000

/** Has no `_`, so that it can be part of a client_id whose owner is `mchat`. */
const newInstanceName = (): string =>
  `${hostname()
    .replaceAll(/[^A-Za-z0-9-]/g, '-')
    .slice(0, 32)}-${process.pid}-${newUuid().slice(0, 8)}`
