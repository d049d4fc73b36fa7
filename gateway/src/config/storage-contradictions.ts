import { isIP } from 'node:net'
import { SETTINGS, type SettingKey } from './settings.ts'

/** Means nothing without a bucket. */
const OF_BUCKETS: readonly SettingKey[] = [
  'storage.endpoint',
  'storage.publicEndpoint',
  'storage.region',
  'storage.pathStyle',
  'storage.accessKeyId',
  'storage.secretAccessKey',
  'storage.roleArn',
  'storage.stsEndpoint',
]
/** Means nothing with one. */
const OF_THE_EMBEDDED_STORE: readonly SettingKey[] = ['storage.quotaBytesPerEmployee', 'storage.quotaBytes']

const needs = (present: SettingKey, missing: SettingKey): string =>
  `${SETTINGS[present].env} is set, so ${SETTINGS[missing].env} must be set too.`

/** What is wrong about the settings of files only in combination. */
export const storageContradictions = (settings: ReadonlyMap<SettingKey, unknown>): string[] => {
  const isSet = (key: SettingKey): boolean => settings.get(key) !== SETTINGS[key].default
  const problems: string[] = []
  if (isSet('storage.bucket')) problems.push(...bucketProblems(settings, isSet))
  else {
    for (const key of OF_BUCKETS) if (isSet(key)) problems.push(needs(key, 'storage.bucket'))
  }
  for (const [one, other] of KEY_PAIR) if (isSet(one) && !isSet(other)) problems.push(needs(one, other))
  if (isSet('storage.stsEndpoint') && !isSet('storage.roleArn')) {
    problems.push(needs('storage.stsEndpoint', 'storage.roleArn'))
  }
  if (isSet('storage.scanSecret') && !isSet('storage.scanUrl')) {
    problems.push(needs('storage.scanSecret', 'storage.scanUrl'))
  }
  return problems
}

const KEY_PAIR = [
  ['storage.accessKeyId', 'storage.secretAccessKey'],
  ['storage.secretAccessKey', 'storage.accessKeyId'],
] as const

const bucketProblems = (
  settings: ReadonlyMap<SettingKey, unknown>,
  isSet: (key: SettingKey) => boolean,
): readonly string[] => {
  const problems: string[] = []
  for (const key of OF_THE_EMBEDDED_STORE) {
    if (!isSet(key)) continue
    problems.push(`${SETTINGS[key].env} is set, which is for the embedded store, but MCHAT_S3_BUCKET is set too.`)
  }
  // AWS would be shown a key that is another store's.
  if (isSet('storage.roleArn') && isSet('storage.endpoint') && !isSet('storage.stsEndpoint')) {
    problems.push(
      'MCHAT_S3_ROLE_ARN and MCHAT_S3_ENDPOINT are set, so MCHAT_S3_STS_ENDPOINT must say where that role is known.',
    )
  }
  if (isSet('storage.pathStyle')) return problems
  if (String(settings.get('storage.bucket')).includes('.')) {
    problems.push(
      'MCHAT_S3_BUCKET has a dot in it, with which no certificate covers its host name: set MCHAT_S3_PATH_STYLE=on.',
    )
  }
  for (const key of ['storage.endpoint', 'storage.publicEndpoint'] as const) {
    const endpoint = settings.get(key)
    if (typeof endpoint !== 'string' || isIP(new URL(endpoint).hostname.replace(/^\[(.*)\]$/, '$1')) === 0) continue
    problems.push(`${SETTINGS[key].env} is an address, before which no bucket can stand: set MCHAT_S3_PATH_STYLE=on.`)
  }
  return problems
}
