import { SETTINGS, type SettingKey } from './settings.ts'

interface Applicability {
  readonly key: SettingKey
  /** Kinds of broker that cannot do without. */
  readonly needed: readonly string[]
  /** Kinds that can. */
  readonly possible?: readonly string[]
}

/** What not every broker has. */
const SOME_BROKERS: readonly Applicability[] = [
  { key: 'broker.apiUrl', needed: ['emqx', 'aws-iot'] },
  { key: 'broker.apiKey', needed: ['emqx'], possible: ['aws-iot'] },
  { key: 'broker.apiSecret', needed: ['emqx'], possible: ['aws-iot'] },
  { key: 'broker.hookKey', needed: ['emqx', 'aws-iot'] },
  { key: 'broker.region', needed: ['aws-iot'] },
]

/** What is wrong about the settings of the broker only in combination. */
export const brokerContradictions = (settings: ReadonlyMap<SettingKey, unknown>): string[] => {
  const kind = String(settings.get('broker.kind'))
  const url = settings.get('broker.url')
  const problems = SOME_BROKERS.flatMap((setting) => misplaced(setting, kind, settings.get(setting.key) !== undefined))
  if (kind === 'embedded') {
    if (url !== undefined) problems.push('MCHAT_BROKER_URL is set, so MCHAT_BROKER_KIND must say which broker that is.')
    return problems
  }
  if (typeof url !== 'string')
    return [`MCHAT_BROKER_KIND is ${kind}, so MCHAT_BROKER_URL must be set too.`, ...problems]
  if (settings.get('broker.password') === undefined) {
    problems.push(`MCHAT_BROKER_KIND is ${kind}, so MCHAT_BROKER_PASSWORD must be set too.`)
  }
  if (kind === 'aws-iot') problems.push(...awsContradictions(settings))
  return problems
}

const misplaced = ({ key, needed, possible = [] }: Applicability, kind: string, isSet: boolean): string[] => {
  const { env } = SETTINGS[key]
  if (needed.includes(kind)) return isSet ? [] : [`MCHAT_BROKER_KIND is ${kind}, so ${env} must be set too.`]
  if (!isSet || possible.includes(kind)) return []
  return [`${env} is set, which is for ${[...needed, ...possible].join(' and ')}, but MCHAT_BROKER_KIND is ${kind}.`]
}

const awsContradictions = (settings: ReadonlyMap<SettingKey, unknown>): string[] => {
  const problems: string[] = []
  if (settings.get('groupDelivery') !== 'inbox') {
    problems.push(
      'MCHAT_BROKER_KIND is aws-iot, which allows too few subscriptions for the topics of groups and is slow to take rights away: set MCHAT_GROUP_DELIVERY=inbox.',
    )
  }
  if ((settings.get('broker.apiKey') === undefined) !== (settings.get('broker.apiSecret') === undefined)) {
    problems.push('MCHAT_BROKER_API_KEY and MCHAT_BROKER_API_SECRET must be set together, or neither.')
  }
  return problems
}
