import { resolve } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { brokerContradictions } from './config/broker-contradictions.ts'
import { isEncrypted } from './config/client-address.ts'
import { isLoopback, isWildcard } from './config/hosts.ts'
import { checkValue } from './config/kinds.ts'
import { subscriptionsFor } from './config/limit-settings.ts'
import { SETTINGS, type Section, type SettingKey, type TopLevel } from './config/settings.ts'
import {
  CONFIG_FILE_VARIABLE,
  type Environment,
  type FoundValues,
  readConfigFile,
  readEnvironment,
  SETTING_ENTRIES,
} from './config/sources.ts'
import { storageContradictions } from './config/storage-contradictions.ts'
import { unencrypted } from './config/unencrypted.ts'

/** Everything a deployment can choose, checked. The settings and what they mean: config/settings.ts. */
export interface Config extends Omit<TopLevel, 'publicHost'> {
  readonly version: string
  readonly publicHost: string
  /** Both files, or none. Set, every listener speaks TLS. */
  readonly tls: (Section<'tls'> & { readonly certFile: string; readonly keyFile: string }) | undefined
  readonly broker: Section<'broker'>
  readonly agents: Section<'agents'>
  readonly storage: Section<'storage'>
  readonly limits: Section<'limits'>
}

/** Carries every problem at once, so that an operator mends them in one go. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export interface LoadOptions {
  /** Must exist when given. Default: `MCHAT_CONFIG`, or `mchat.yaml` in the working directory if there is one. */
  readonly configFile?: string | undefined
  readonly cwd?: string
}

/** The environment wins over the file. @throws ConfigError */
export const loadConfig = (env: Environment, options: LoadOptions = {}): Config => {
  const cwd = options.cwd ?? process.cwd()
  const problems: string[] = []
  const values: FoundValues = new Map()
  const named = options.configFile ?? (env[CONFIG_FILE_VARIABLE] || undefined)
  readConfigFile(resolve(cwd, named ?? 'mchat.yaml'), named !== undefined, values, problems)
  readEnvironment(env, cwd, values, problems)

  const settings = new Map<SettingKey, unknown>()
  for (const [key, setting] of SETTING_ENTRIES) {
    const found = values.get(key)
    if (found === undefined) {
      settings.set(
        key,
        setting.kind.isPath && typeof setting.default === 'string' ? resolve(cwd, setting.default) : setting.default,
      )
      continue
    }
    const checked = checkValue(setting.kind, found.raw, setting.secret === true)
    if ('problem' in checked) problems.push(`${found.name} ${checked.problem}.`)
    else settings.set(key, setting.kind.isPath ? resolve(found.base, String(checked.value)) : checked.value)
  }
  if (problems.length === 0) problems.push(...contradictions(settings, env))
  if (problems.length > 0) throw new ConfigError(problems)
  return assemble(settings)
}

type Nested<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Nested<T[K]> } : T
/** `Partial<Config>`, its sections included. */
export type ConfigOverrides = Omit<
  { readonly [K in keyof Config]?: Config[K] },
  'agents' | 'broker' | 'limits' | 'storage'
> & {
  readonly agents?: Nested<Config['agents']>
  readonly limits?: Nested<Config['limits']>
  readonly broker?: Nested<Config['broker']>
  readonly storage?: Nested<Config['storage']>
}

export type BrokerKind = Config['broker']['kind']

/** The defaults with some things changed, for tests; nothing is checked. */
export const createConfig = (overrides: ConfigOverrides = {}): Config => {
  const { agents, broker, limits, storage, ...rest } = overrides
  const settings = new Map(SETTING_ENTRIES.map(([key, setting]) => [key, setting.default]))
  const base = assemble(settings)
  const host = rest.host ?? base.host
  return Object.freeze({
    ...base,
    publicHost: host,
    ...rest,
    agents: Object.freeze({ ...base.agents, ...agents }),
    broker: Object.freeze({ ...base.broker, ...broker }),
    limits: Object.freeze({ ...base.limits, ...limits }),
    storage: Object.freeze({ ...base.storage, ...storage }),
  })
}

const assemble = (settings: ReadonlyMap<SettingKey, unknown>): Config => {
  const config: Record<string, unknown> = { version: manifest.version }
  const sections: Record<'agents' | 'broker' | 'limits' | 'storage' | 'tls', Record<string, unknown>> = {
    agents: {},
    broker: {},
    limits: {},
    storage: {},
    tls: {},
  }
  for (const [key, value] of settings) {
    const [section = '', name] = key.split('.')
    if (name === undefined) config[key] = value
    else sections[section as keyof typeof sections][name] = value
  }
  const { agents, broker, limits, storage, tls } = sections
  config.publicHost ??= isWildcard(String(config.host)) ? '127.0.0.1' : config.host
  config.tls = tls.certFile === undefined ? undefined : Object.freeze(tls)
  config.broker = Object.freeze(broker)
  config.agents = Object.freeze(agents)
  config.limits = Object.freeze(limits)
  config.storage = Object.freeze(storage)
  // The table of settings and the type are made from each other, which the compiler cannot follow through the loop.
  return Object.freeze(config) as unknown as Config
}

/** What is wrong only in combination. */
const contradictions = (settings: ReadonlyMap<SettingKey, unknown>, env: Environment): string[] => {
  const problems: string[] = []
  const certFile = settings.get('tls.certFile')
  const keyFile = settings.get('tls.keyFile')
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [missing, present] =
      certFile === undefined ? (['certFile', 'keyFile'] as const) : (['keyFile', 'certFile'] as const)
    problems.push(`${SETTINGS[`tls.${present}`].env} is set, so ${SETTINGS[`tls.${missing}`].env} must be set too.`)
  }
  problems.push(...brokerContradictions(settings))
  problems.push(...storageContradictions(settings))
  if (settings.get('databaseOwnerUrl') !== undefined && settings.get('databaseUrl') === undefined) {
    problems.push('MCHAT_DATABASE_OWNER_URL is set, so MCHAT_DATABASE_URL must be set too.')
  }
  if (settings.get('filterPeople') === true && settings.get('filterFile') === undefined) {
    problems.push('MCHAT_FILTER_PEOPLE is on, so MCHAT_FILTER_FILE must be set too.')
  }
  if (settings.get('insecure') !== true) problems.push(...unencrypted(settings, env))
  const httpPort = settings.get('httpPort')
  if (httpPort !== 0 && httpPort === settings.get('mqttPort')) {
    problems.push(`MCHAT_HTTP_PORT and MCHAT_MQTT_PORT are both ${httpPort}; they must differ.`)
  }
  const groups = Number(settings.get('limits.groupsPerEmployee'))
  const subscriptions = Number(settings.get('limits.subscriptionsPerClient'))
  if (subscriptions < subscriptionsFor(groups)) {
    problems.push(
      `MCHAT_LIMIT_SUBSCRIPTIONS_PER_CLIENT is ${subscriptions}; with ${groups} groups per employee (MCHAT_LIMIT_GROUPS_PER_EMPLOYEE) it must be at least ${subscriptionsFor(groups)}.`,
    )
  }
  return problems
}

/** Settings that work and should worry somebody: said at every start. */
export const configWarnings = (config: Config): string[] => {
  const warnings: string[] = []
  if (!isLoopback(config.host) && config.tls === undefined) {
    warnings.push(
      `MCHAT_INSECURE is on and MChat listens on ${config.host} without TLS: passwords and messages can be read on the way.`,
    )
  }
  if (isLoopback(config.host) && !isLoopback(config.publicHost) && !isEncrypted(config)) {
    warnings.push(
      `MCHAT_PUBLIC_HOST is ${config.publicHost} and MCHAT_PUBLIC_TLS is not on, so clients are told to connect without TLS.`,
    )
  }
  if (isWildcard(config.host) && config.publicHost === '127.0.0.1') {
    warnings.push('MCHAT_PUBLIC_HOST is not set, so clients are told 127.0.0.1, which is right on this machine only.')
  }
  if (!config.rateLimit) warnings.push('MCHAT_RATE_LIMIT is off: one client can take all of the capacity.')
  return warnings
}
