import { isLoopback } from './hosts.ts'
import { SETTINGS, type SettingKey } from './settings.ts'
import type { Environment } from './sources.ts'

interface PlainUrl {
  readonly key: SettingKey
  readonly plain: string
  readonly encrypted: string
  /** Completes "so … would cross the network unencrypted". */
  readonly what: string
}

const BOTH = 'passwords and messages'
const URLS: readonly PlainUrl[] = [
  { key: 'broker.url', plain: 'mqtt:', encrypted: 'mqtts://', what: BOTH },
  { key: 'broker.clientUrl', plain: 'mqtt:', encrypted: 'mqtts://', what: BOTH },
  { key: 'broker.webSocketUrl', plain: 'ws:', encrypted: 'wss://', what: BOTH },
  { key: 'broker.apiUrl', plain: 'http:', encrypted: 'https://', what: 'the API key' },
  { key: 'storage.endpoint', plain: 'http:', encrypted: 'https://', what: 'files' },
  { key: 'storage.publicEndpoint', plain: 'http:', encrypted: 'https://', what: 'files' },
  { key: 'storage.stsEndpoint', plain: 'http:', encrypted: 'https://', what: 'temporary credentials' },
  { key: 'storage.scanUrl', plain: 'http:', encrypted: 'https://', what: 'addresses of files' },
]

/**
 * Every way into or out of this machine that somebody could listen to, in sentences. One that is added to the settings
 * belongs in here.
 */
export const unencrypted = (settings: ReadonlyMap<SettingKey, unknown>, env: Environment): string[] => {
  const problems: string[] = []
  const host = String(settings.get('host'))
  if (!isLoopback(host) && settings.get('tls.certFile') === undefined) {
    problems.push(
      `MCHAT_HOST is ${host}, so ${BOTH} would cross the network unencrypted: set MCHAT_TLS_CERT_FILE and MCHAT_TLS_KEY_FILE, ${OTHERWISE}`,
    )
  }
  for (const { encrypted, key, plain, what } of URLS) {
    const value = settings.get(key)
    const url = typeof value === 'string' ? new URL(value) : undefined
    if (url === undefined || url.protocol !== plain || isLoopback(url.hostname)) continue
    problems.push(
      `${SETTINGS[key].env} is ${value}, so ${what} would cross the network unencrypted: use ${encrypted}, ${OTHERWISE}`,
    )
  }
  for (const key of ['databaseUrl', 'databaseOwnerUrl'] as const) {
    const url = settings.get(key)
    if (typeof url === 'string') problems.push(...databaseProblems(SETTINGS[key].env, url, env))
  }
  return problems
}

const OTHERWISE = 'or set MCHAT_INSECURE=1 if something else encrypts.'

/**
 * As the driver reads the URL: parameters win over the rest of it, and the variables of libpq fill in what it leaves out.
 * `require` is refused although the driver of today verifies with it: it says that it wants no more.
 */
const databaseProblems = (name: string, text: string, env: Environment): string[] => {
  const { hostname, searchParams } = new URL(text)
  const last = (name: string): string | undefined => searchParams.getAll(name).at(-1)
  const host = last('host') || decodeURIComponent(hostname) || env.PGHOST || 'localhost'
  if (isLoopback(host) || host.startsWith('/')) return []
  const hasOwn = ['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert'].some((name) => searchParams.has(name))
  const mode = hasOwn ? last('sslmode') : env.PGSSLMODE
  if (mode === 'verify-full') return []
  return [
    `${name} is on ${host} without sslmode=verify-full, so the organisation would cross the network where others can read or change it: add ?sslmode=verify-full, ${OTHERWISE}`,
  ]
}
