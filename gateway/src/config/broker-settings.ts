import { choice, integer, type Kind, path, text } from './kinds.ts'
import { optional, required } from './setting.ts'
import { httpBaseUrl, refuseUrl } from './url-kinds.ts'

const brokerUrl: Kind<string> = {
  ...text('a URL such as mqtt://host:1883 or mqtts://host:8883'),
  refuse: (value) => refuseUrl(value, /^mqtts?:$/, 'is not an mqtt:// or mqtts:// URL'),
}

const webSocketUrl: Kind<string> = {
  ...text('a URL such as wss://host/mqtt'),
  refuse: (value) => refuseUrl(value, /^wss?:$/, 'is not a ws:// or wss:// URL'),
}

/** It goes into the header and into a configuration file as it is, and nobody types it. */
const hookKey: Kind<string> = text('32 to 256 of A-Z, a-z, 0-9, _ and -', { pattern: '^[A-Za-z0-9_-]{32,256}$' })

/** Which broker there is, and how gateways and clients reach it. */
export const BROKER_SETTINGS = {
  'broker.kind': required(
    'MCHAT_BROKER_KIND',
    choice('embedded', 'mosquitto', 'emqx', 'aws-iot'),
    'embedded',
    'The broker: in this process, or one of its own that any number of gateways share.',
  ),
  'broker.url': optional(
    'MCHAT_BROKER_URL',
    brokerUrl,
    'Where the gateway reaches a broker of its own, such as mqtts://mqtt.example.org:8883.',
  ),
  'broker.username': required('MCHAT_BROKER_USERNAME', text('a user name'), 'gateway', 'Who the gateway is to it.'),
  'broker.password': optional('MCHAT_BROKER_PASSWORD', text('a password'), 'Its password there.', { secret: true }),
  'broker.caFile': optional(
    'MCHAT_BROKER_CA_FILE',
    path('a file'),
    "Certificate (PEM) of the authority that signed the broker's; default: those of the system.",
  ),
  'broker.clientUrl': optional(
    'MCHAT_BROKER_CLIENT_URL',
    brokerUrl,
    'Where clients reach the broker over MQTT. Default: `broker.url`.',
  ),
  'broker.webSocketUrl': optional(
    'MCHAT_BROKER_WS_URL',
    webSocketUrl,
    'Where browsers reach the broker over WebSocket, such as wss://mqtt.example.org/mqtt. Default: they do not.',
  ),
  'broker.apiUrl': optional(
    'MCHAT_BROKER_API_URL',
    httpBaseUrl('http://host:18083'),
    'Where the gateway reaches the REST API of EMQX, such as https://emqx.example.org:18084, or the data plane of AWS IoT Core (`iot:Data-ATS`).',
  ),
  'broker.apiKey': optional(
    'MCHAT_BROKER_API_KEY',
    text('an API key'),
    'An API key of EMQX, of an administrator; an access key of AWS, by default whatever its SDK finds (a role, the environment).',
  ),
  'broker.apiSecret': optional('MCHAT_BROKER_API_SECRET', text('a secret'), 'The secret of the API key.', {
    secret: true,
  }),
  'broker.hookKey': optional(
    'MCHAT_BROKER_HOOK_KEY',
    hookKey,
    'What EMQX, or the authorizer in AWS, shows in the header `x-mchat-hook-key` when it asks a gateway who may connect, and what for.',
    { secret: true },
  ),
  'broker.region': optional(
    'MCHAT_BROKER_REGION',
    text('a region such as eu-central-1', { pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]$' }),
    'The region of AWS IoT Core.',
  ),
  'broker.connections': required(
    'MCHAT_BROKER_CONNECTIONS',
    integer(1, 100),
    8,
    'With AWS IoT Core, which limits each connection: those that take requests; twice as many publish.',
  ),
} as const
