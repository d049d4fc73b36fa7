import { BROKER_PACKET_BYTES, LIMITS } from '@mchat/schema'
import { SETTINGS } from '../../config/settings.ts'
import { HOOK_KEY_HEADER } from '../hooks/hook-key.ts'
import { AUTHENTICATION_PATH, AUTHORIZATION_PATH } from './hooks.ts'

/** How a cluster of EMQX is to find the gateways, and where it listens. */
export interface EmqxOptions {
  /** Scheme, host and port of the gateways, or of what distributes to them. */
  readonly hookUrl: string
  /** MCHAT_BROKER_HOOK_KEY. */
  readonly hookKey: string
  /** Of the authorities that may have signed the certificate of the gateways. Default: where Debian keeps them. */
  readonly hookCaFile?: string
  readonly tls: { readonly certFile: string; readonly keyFile: string }
  /** Of the listener that only gateways can reach. */
  readonly gatewayAddress: string
  /** Sessions survive the loss of a node, at a price: docs/brokers-emqx.md. Default: no. */
  readonly durableSessions?: boolean
}

const DEBIAN_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt'

/** Where clients and gateways reach it. */
export const EMQX_PORTS = { mqtts: 8883, wss: 8084, gateways: 8884 }

/**
 * What MChat needs of EMQX 5.8, in HOCON, each part with its reason: everything else, such as the
 * names of the nodes, is the operator's.
 */
export const renderEmqxConfiguration = (options: EmqxOptions): string => {
  const { durableSessions = false, gatewayAddress, hookCaFile = DEBIAN_AUTHORITIES, hookKey, hookUrl, tls } = options
  const sslOptions = `ssl_options { certfile = ${quoted(tls.certFile)}, keyfile = ${quoted(tls.keyFile)}, versions = ["tlsv1.3"] }`
  const hook = [
    '  method = post',
    `  headers { "content-type" = "application/json", ${quoted(HOOK_KEY_HEADER)} = ${quoted(hookKey)} }`,
    ...(hookUrl.startsWith('https:')
      ? [`  ssl { enable = true, verify = verify_peer, cacertfile = ${quoted(hookCaFile)} }`]
      : []),
    '  pool_size = 32',
    '  request_timeout = 5s',
  ]
  return `${[
    '# EMQX 5.8 for MChat: put this at the end of etc/emqx.conf of every node. docs/brokers-emqx.md explains it.',
    '# Made by "npm run generate" from gateway/src/access/emqx/configuration.ts.',
    '',
    '# The gateways say who may connect. Nothing else may stand in this list: whoever it lets in is let in.',
    'authentication = [{',
    '  mechanism = password_based',
    '  backend = http',
    `  url = ${quoted(hookUrl + AUTHENTICATION_PATH)}`,
    ...hook,
    ...body('clientid', 'username', 'password', 'peerhost', 'cn=cert_common_name'),
    '}]',
    '',
    '# The gateways say what for, where the answer to the authentication does not. The default would be to allow.',
    'authorization {',
    '  no_match = deny',
    '  # A client is told with the SUBACK, and tries again when it has been added to a group.',
    '  deny_action = ignore',
    '  # Statuses and wills must be judged when they are published, requests have a topic each.',
    '  cache { enable = true, max_size = 64, ttl = 10s, excludes = ["+/mchat/status/+", "mchat/status/+", "+/mchat/msg/#", "mchat/msg/#"] }',
    '  sources = [{',
    '    type = http',
    `    url = ${quoted(hookUrl + AUTHORIZATION_PATH)}`,
    ...hook.map((line) => `  ${line}`),
    ...body('clientid', 'username', 'action', 'topic', 'qos', 'retain').map((line) => `  ${line}`),
    '  }]',
    '}',
    '',
    'mqtt {',
    '  # One sender’s requests go to one gateway, as long as there are the same gateways.',
    '  shared_subscription_strategy = hash_clientid',
    `  max_packet_size = ${BROKER_PACKET_BYTES / 1024}KB`,
    '  max_clientid_len = 128',
    '  max_qos_allowed = 1',
    '  # MQTT 3.1.1 clients cannot say how long their session is to wait.',
    `  session_expiry_interval = ${LIMITS.sessionDays}d`,
    '  # Past it the oldest are dropped silently, and 1,000 is the default.',
    `  max_mqueue_len = ${SETTINGS['limits.queuedMessagesPerSession'].default}`,
    '  mqueue_store_qos0 = false',
    `  max_inflight = ${SETTINGS['limits.inflightPerSession'].default}`,
    '}',
    '',
    '# Clients must not share out among themselves: EMQX looks at the topic behind $share/… only.',
    'zones.clients.mqtt.shared_subscription = false',
    '',
    '# Statuses and other retained messages survive a restart.',
    'retainer { enable = true, backend { type = built_in_database, storage_type = disc, max_retained_messages = 0 } }',
    '',
    ...durable(durableSessions),
    'listeners.tcp.default.enable = false',
    'listeners.ws.default.enable = false',
    `listeners.ssl.default { bind = "0.0.0.0:${EMQX_PORTS.mqtts}", zone = clients, ${sslOptions} }`,
    `listeners.wss.default { bind = "0.0.0.0:${EMQX_PORTS.wss}", zone = clients, websocket.mqtt_path = "/mqtt", ${sslOptions} }`,
    '# For the gateways alone, which share out the requests among themselves.',
    `listeners.ssl.gateways { bind = "${gatewayAddress}:${EMQX_PORTS.gateways}", ${sslOptions} }`,
    '',
    '# One line "key:secret:administrator": MCHAT_BROKER_API_KEY and MCHAT_BROKER_API_SECRET.',
    'api_key { bootstrap_file = "etc/mchat-api-keys" }',
  ].join('\n')}\n`
}

/** A body of placeholders: what is not there comes as an empty text. */
const body = (...fields: readonly string[]): string[] => [
  '  body {',
  ...fields.map((field) => {
    const [name = '', placeholder = name] = field.split('=')
    return `    ${name} = "\${${placeholder}}"`
  }),
  '  }',
]

const durable = (isOn: boolean): string[] =>
  isOn
    ? [
        '# Sessions are on the disks of three nodes. A change takes a restart.',
        'durable_sessions { enable = true, message_retention_period = 7d }',
        'durable_storage.messages { backend = builtin_raft, replication_factor = 3 }',
        '',
      ]
    : []

const quoted = (text: string): string => JSON.stringify(text)
