import { readFile } from 'node:fs/promises'
import { createTopics, type Topics } from '@mchat/schema'
import { Dynsec } from '../access/mosquitto/dynsec.ts'
import { createProbeAdmission } from '../access/mosquitto/probe.ts'
import { requireStrictBroker } from '../access/self-test.ts'
import { type Config, configWarnings } from '../config.ts'
import { auditWarning } from '../db/audit-protection.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { mayMigrate, requireSchema } from '../db/prepare-schema.ts'
import { readServerFacts } from '../db/server-facts.ts'
import type { BrokerEndpoint } from '../link/mqtt-connection.ts'
import { requireBroker } from '../link/reach.ts'
import { silentLog } from '../ops/log.ts'
import { systemClock } from '../platform/clock.ts'
import { newUuid } from '../platform/random.ts'
import { readKeyPair } from '../platform/tls.ts'
import { UserError } from '../platform/user-error.ts'
import { examineAskingBroker } from './doctor/asking-broker.ts'
import { BROKER_PROBES } from './doctor/broker-probes.ts'
import { ExaminedBroker } from './doctor/examined-broker.ts'
import { type Finding, holds, mustChange, type Report, toKnow } from './doctor/finding.ts'
import { examineObjectStore } from './doctor/object-store.ts'
import { probeRevocation } from './doctor/revocation-probe.ts'
import { EXIT } from './exit-codes.ts'
import { explainFailure } from './failure.ts'
import { say } from './say.ts'

export interface DoctorOptions {
  /** Default: that of the configuration. */
  readonly broker?: string
  readonly username?: string
}

/** Looks at everything a gateway would rely on, and says what has to change. @returns the exit code */
export const examine = async (config: Config, options: DoctorOptions): Promise<number> => {
  let problems = 0
  const report = (name: string, findings: readonly Finding[]): void => {
    for (const { text, verdict } of findings) {
      if (verdict === 'must change') problems++
      say(`${MARKS[verdict]} ${name}: ${text}`)
    }
  }
  report('Configuration', [holds('Every setting can be used.'), ...configWarnings(config).map(toKnow)])
  if (config.tls !== undefined) report('Certificate', [await examineCertificate(config.tls)])
  report('Database', await examineDatabase(config))
  report('Files', await examineObjectStore(config))
  const endpoint = await endpointOf(config, options)
  if (endpoint === undefined) report('Broker', [holds('It is part of this process; there is nothing to examine.')])
  else await examineBroker(endpoint, createTopics(config.serviceId), config, report)
  say(problems === 0 ? 'Nothing has to change.' : `${problems === 1 ? 'One thing' : `${problems} things`} must change.`)
  return problems === 0 ? EXIT.done : EXIT.userError
}

const MARKS = { holds: '  ok', 'must change': 'FAIL', 'to know': 'note' } as const

const examineCertificate = async (tls: NonNullable<Config['tls']>): Promise<Finding> => {
  try {
    const { expiresAt } = await readKeyPair(tls)
    const until = new Date(expiresAt).toISOString().slice(0, 10)
    if (expiresAt <= systemClock().now()) return mustChange(`${tls.certFile} expired on ${until}.`)
    return holds(`${tls.certFile} and its key belong together, until ${until}.`)
  } catch (error) {
    if (error instanceof UserError) return mustChange(error.message)
    throw error
  }
}

const examineDatabase = async (config: Config): Promise<readonly Finding[]> => {
  const { databaseUrl } = config
  if (databaseUrl === undefined) {
    return [toKnow('It is embedded, which is for one gateway only; the audit log is protected by triggers only.')]
  }
  try {
    const database = await openDatabase({ url: databaseUrl, directory: config.dataDir, log: silentLog })
    try {
      const { connections, version } = await readServerFacts(database)
      return [
        holds(`PostgreSQL ${version} answers, with room for ${connections} connections; a gateway takes up to 13.`),
        ...(await examineRole(database, config)),
      ]
    } finally {
      await database.close()
    }
  } catch (error) {
    const sentence = explainFailure(error, config)
    if (sentence === undefined) throw error
    return [mustChange(sentence)]
  }
}

const examineRole = async (database: Database, config: Config): Promise<Finding[]> => {
  const isMigratedAtStart = config.databaseOwnerUrl !== undefined || (await mayMigrate(database.kysely))
  const findings = isMigratedAtStart ? [] : await schemaFindings(database)
  const warning = await auditWarning(database)
  findings.push(warning === undefined ? holds('Its role cannot change the audit log.') : toKnow(warning))
  if (config.databaseOwnerUrl !== undefined) {
    findings.push(toKnow('MCHAT_DATABASE_OWNER_URL is set here; "mchat database migrate" elsewhere does without it.'))
  }
  return findings
}

const schemaFindings = async (database: Database): Promise<Finding[]> => {
  try {
    await requireSchema(database)
    return [holds('Its schema is that of this release, and its role may use it.')]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return [mustChange(error.message)]
  }
}

const endpointOf = async (config: Config, options: DoctorOptions): Promise<BrokerEndpoint | undefined> => {
  const { caFile, password, url, username } = config.broker
  const chosen = options.broker ?? url
  if (chosen === undefined) return undefined
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8')
  const secret = password === undefined ? {} : { username: options.username ?? username, password }
  return { url: chosen, ca, protocolVersion: 5, ...secret }
}

const ADVICE = 'give it the configuration that "mchat broker" writes (docs/brokers.md)'

const examineBroker = async (
  endpoint: BrokerEndpoint,
  topics: Topics,
  config: Config,
  report: Report,
): Promise<void> => {
  const version = await spokenVersion(endpoint, report)
  if (version === undefined) return
  const spoken = { ...endpoint, protocolVersion: version }
  const { kind } = config.broker
  await using broker = new ExaminedBroker(kind, spoken, topics.gateway(`doctor_${newUuid().slice(0, 8)}`))
  for (const { ask, name, notOn = [] } of BROKER_PROBES) {
    if (notOn.includes(kind)) continue
    report(
      name,
      await ask(broker).catch((error: unknown) => [mustChange(`It could not be found out: ${String(error)}.`)]),
    )
  }
  if (kind === 'mosquitto') await examineMosquitto(spoken, topics, report)
  else if (kind === 'emqx' || kind === 'aws-iot') await examineAskingBroker(spoken, topics, config, report)
  else report('Rights', [toKnow('Set MCHAT_BROKER_KIND to have them examined too.')])
}

const spokenVersion = async (endpoint: BrokerEndpoint, report: Report): Promise<4 | 5 | undefined> => {
  const name = 'Connection'
  for (const protocolVersion of [5, 4] as const) {
    try {
      await requireBroker({ ...endpoint, protocolVersion }, `mchat_doctor_${newUuid().slice(0, 8)}`)
      report(name, [holds(`It speaks MQTT ${protocolVersion === 5 ? '5' : '3.1.1'}.`)])
      if (protocolVersion === 4) report(name, [toKnow('It does not speak MQTT 5.')])
      return protocolVersion
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      if (protocolVersion === 4) report(name, [mustChange(error.message)])
    }
  }
  return undefined
}

const examineMosquitto = async (endpoint: BrokerEndpoint, topics: Topics, report: Report): Promise<void> => {
  const dynsec = new Dynsec(endpoint, `mchat_doctor_${newUuid().slice(0, 8)}`, silentLog, systemClock())
  try {
    await dynsec.answers()
    await requireStrictBroker({ endpoint, topics, admit: createProbeAdmission(dynsec, topics), advice: ADVICE })
    report('Rights', [holds('It refuses unknown users, foreign client_ids and foreign topics.')])
    report('Revocation', await probeRevocation(endpoint, dynsec, topics))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    report('Rights', [mustChange(error.message)])
  } finally {
    await dynsec.close()
  }
}
