import { LIMITS, SERVICE_ID_PATTERN } from '@mchat/schema'
import { isAllowEntry } from '../platform/address-guard.ts'
import { BROKER_SETTINGS } from './broker-settings.ts'
import { choice, flag, integer, isNetwork, isOrigin, type Kind, list, path, text } from './kinds.ts'
import { LIMIT_SETTINGS } from './limit-settings.ts'
import { decodeSecret, SECRET_BYTES } from './secret.ts'
import { optional, required } from './setting.ts'
import { STORAGE_SETTINGS } from './storage-settings.ts'
import { refuseUrl } from './url-kinds.ts'

const port = integer(0, 65_535)

const deploymentSecret: Kind<string> = {
  ...text(`at least ${SECRET_BYTES} random bytes as base64 or hex`),
  refuse(value) {
    const decoded = decodeSecret(value)
    if (decoded === undefined) return 'is neither base64 nor hex'
    if (decoded.length < SECRET_BYTES) return `holds only ${decoded.length} bytes`
    return new Set(decoded).size < SECRET_BYTES / 2 ? 'repeats itself' : undefined
  },
}

const databaseUrl: Kind<string> = {
  ...text('a URL such as postgres://user:password@host:5432/mchat'),
  refuse: (value) =>
    /^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? '') ? undefined : 'is not a postgres:// URL',
}

/**
 * Everything a deployment can set: loading, `--help`, `init` and the reference have no other list. The key is where the
 * setting stands in mchat.yaml and in `Config`.
 */
export const SETTINGS = {
  host: required(
    'MCHAT_HOST',
    text('an address or a host name', { pattern: '^[A-Za-z0-9.:_-]+$' }),
    '127.0.0.1',
    'Address to listen on. Anything but loopback needs `tls`, or `insecure` where something else encrypts.',
  ),
  httpPort: required(
    'MCHAT_HTTP_PORT',
    port,
    8080,
    'Port of HTTP and of MQTT over WebSocket (`/mqtt`); 0 takes a free one.',
  ),
  mqttPort: required(
    'MCHAT_MQTT_PORT',
    port,
    1883,
    'Port of MQTT over TCP (over TLS when `tls` is set); 0 takes a free one.',
  ),
  publicHost: optional(
    'MCHAT_PUBLIC_HOST',
    text('a host name or an address', { pattern: '^[A-Za-z0-9.:_-]+$' }),
    'Host that clients are told to connect to. Default: `host`.',
  ),
  publicMqttPort: optional(
    'MCHAT_PUBLIC_MQTT_PORT',
    integer(1, 65_535),
    'MQTT port that clients are told, where a proxy stands before MChat. Default: the port listened on.',
  ),
  publicHttpPort: optional(
    'MCHAT_PUBLIC_HTTP_PORT',
    integer(1, 65_535),
    'HTTP port that clients are told, where a proxy stands before MChat. Default: the port listened on.',
  ),
  publicTls: optional(
    'MCHAT_PUBLIC_TLS',
    flag(),
    'Whether clients are told to use TLS, where a proxy stands before MChat. Default: whether `tls` is set.',
  ),
  dataDir: required(
    'MCHAT_DATA_DIR',
    path('a directory'),
    './data',
    'Directory of everything MChat keeps; created when missing.',
  ),
  databaseUrl: optional(
    'MCHAT_DATABASE_URL',
    databaseUrl,
    'PostgreSQL to use, with `?sslmode=verify-full` where it is another machine. Default: an embedded database in the data directory, for one gateway only.',
    { secret: true },
  ),
  databaseOwnerUrl: optional(
    'MCHAT_DATABASE_OWNER_URL',
    databaseUrl,
    'The same PostgreSQL as the role that owns the tables, for migrations; `mchat database migrate` does without it on the gateways (docs/scaling.md). Default: `databaseUrl`.',
    { secret: true },
  ),
  serviceId: optional(
    'MCHAT_SERVICE_ID',
    text('1 to 32 of a-z, 0-9 and _', { pattern: SERVICE_ID_PATTERN }),
    'Prefix of every topic, so that several deployments can share one broker (but not one EMQX).',
  ),
  language: required('MCHAT_LANGUAGE', choice('en', 'zh-CN'), 'en', 'Language of what people read in answers.'),
  rateLimit: required('MCHAT_RATE_LIMIT', flag(), true, 'Rate limits; off is for load tests only.'),
  fsync: required(
    'MCHAT_FSYNC',
    choice('never', 'always'),
    'never',
    'When undelivered messages are flushed to the disk itself: `never` survives a killed process, `always` also a power cut.',
  ),
  logLevel: required(
    'MCHAT_LOG_LEVEL',
    choice('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'Least serious log line to write; `debug` has a line for every request.',
  ),
  logFormat: required(
    'MCHAT_LOG_FORMAT',
    choice('json', 'pretty'),
    'json',
    'Log lines on standard output: `json` for machines, or `pretty` for a terminal.',
  ),
  groupDelivery: required(
    'MCHAT_GROUP_DELIVERY',
    choice('topic', 'inbox'),
    'topic',
    'How group messages travel: by one publish to a topic that the members subscribe, or by one to the inbox of each, for brokers where rights change slowly (docs/brokers.md). The same on every gateway.',
  ),
  allowedOrigins: required(
    'MCHAT_ALLOWED_ORIGINS',
    list('a list of origins such as https://chat.example.org', (item) => !isOrigin(item)),
    [],
    'Web pages from elsewhere that may open a WebSocket to `/mqtt`; pages of this host and port always may.',
  ),
  consoleBrokers: required(
    'MCHAT_CONSOLE_BROKERS',
    list(
      'a list of URLs such as wss://mqtt.example.org/mqtt',
      (item) => refuseUrl(item, /^wss?:$/, 'is not a ws:// or wss:// URL') !== undefined,
    ),
    [],
    'Where else the console may reach the broker, beside the address that clients are told (`broker.webSocketUrl`).',
  ),
  membersMayCreateGroups: required(
    'MCHAT_MEMBERS_MAY_CREATE_GROUPS',
    flag(),
    true,
    'Whether everybody may create groups, or only those with a role that allows it.',
  ),
  challengeFallback: optional(
    'MCHAT_CHALLENGE_FALLBACK',
    choice('deny', 'self'),
    'What becomes of a sensitive request of somebody who has neither an authenticator nor another device: `deny`, or `self`, a code to the very device. Default: `self` with the embedded broker, otherwise `deny`.',
  ),
  credentialDays: optional(
    'MCHAT_CREDENTIAL_DAYS',
    integer(1, LIMITS.credentialDaysAtMost),
    'Days after which the credential of an employee or a device ends, if not earlier. Default: it does not by itself.',
  ),
  filterFile: optional(
    'MCHAT_FILTER_FILE',
    path('a file'),
    'Words that agents must not say: one in a line, `block: word` or `mask: word` (docs/content-filter.md); a change is noticed. Default: no filter.',
  ),
  filterPeople: required(
    'MCHAT_FILTER_PEOPLE',
    flag(),
    false,
    'Whether the words of `filterFile` hold for messages of people, too.',
  ),
  auditDays: required(
    'MCHAT_AUDIT_DAYS',
    integer(LIMITS.auditDaysAtLeast, 36_500),
    LIMITS.auditDays,
    'Days that the audit log goes back; what is older is purged.',
  ),
  secret: optional(
    'MCHAT_SECRET',
    deploymentSecret,
    'Secret that opens all keys (docs/keys.md); the same on every gateway. Default: generated once into `secret.key` in the data directory.',
    { secret: true },
  ),
  insecure: required(
    'MCHAT_INSECURE',
    flag(),
    false,
    'Accept unencrypted connections from and to other machines. Passwords and messages are then readable on the way.',
  ),
  trustedProxies: required(
    'MCHAT_TRUSTED_PROXIES',
    list('a list of addresses or networks such as 10.0.0.0/8', (item) => !isNetwork(item)),
    [],
    "Proxies whose `X-Forwarded-For` is believed to be the client's address.",
  ),
  metricsNetworks: required(
    'MCHAT_METRICS_NETWORKS',
    list('a list of addresses or networks such as 10.0.0.0/8', (item) => !isNetwork(item)),
    [],
    'From where `/metrics` may be read, beside this machine itself.',
  ),
  ...BROKER_SETTINGS,
  'tls.certFile': optional(
    'MCHAT_TLS_CERT_FILE',
    path('a file'),
    'Certificate chain (PEM) for HTTPS, WSS and MQTT over TLS; a new one in its place is noticed (docs/tls.md).',
  ),
  'tls.keyFile': optional('MCHAT_TLS_KEY_FILE', path('a file'), 'Private key (PEM) of the certificate.'),
  'tls.minVersion': required(
    'MCHAT_TLS_MIN_VERSION',
    choice('1.3', '1.2'),
    '1.3',
    'Oldest version of TLS that is spoken; `1.2` is for devices that cannot do more.',
  ),
  'agents.allow': required(
    'MCHAT_AGENT_ALLOW',
    list(
      'a list of host:port (in lower case) or networks such as agents.example.org:8443 or 10.1.0.0/16',
      (entry) => !isAllowEntry(entry),
    ),
    [],
    'Where AI agents may be called beside the public Internet: a host with its port, wherever its name leads, or networks.',
  ),
  'agents.handoffWords': required(
    'MCHAT_AGENT_HANDOFF_WORDS',
    list(
      `a list of words of at most ${LIMITS.keywordChars} characters`,
      (item) => item.trim() === '' || [...item].length > LIMITS.keywordChars,
    ),
    ['转人工', '人工客服', 'human', 'talk to a human', 'real person'],
    'Words that ask an agent for a person. A single word of letters, such as `human`, must be the whole message, mentions aside; others may stand anywhere in it. A comma alone: none.',
  ),
  ...STORAGE_SETTINGS,
  ...LIMIT_SETTINGS,
} as const

type Settings = typeof SETTINGS
export type SettingKey = keyof Settings
type ValueOf<S> = S extends { readonly kind: Kind<infer T>; readonly default: infer D }
  ? T | Extract<D, undefined>
  : never

/** The settings below one dot, e.g. `Section<'limits'>`. */
export type Section<P extends string> = {
  readonly [K in SettingKey as K extends `${P}.${infer R}` ? R : never]: ValueOf<Settings[K]>
}
/** The settings without a dot. */
export type TopLevel = {
  readonly [K in SettingKey as K extends `${string}.${string}` ? never : K]: ValueOf<Settings[K]>
}
