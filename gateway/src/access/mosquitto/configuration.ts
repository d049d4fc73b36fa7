import { pbkdf2Sync } from 'node:crypto'
import { BROKER_PACKET_BYTES, type Topics } from '@mchat/schema'
import { newSalt } from '../../platform/random.ts'
import type { Acl } from './acl.ts'

/** Where a Mosquitto for MChat listens and keeps what it knows. */
export interface MosquittoOptions {
  /** Absolute; holds dynsec.json and what is queued. Nobody else may read it. */
  readonly directory: string
  /** Of the MQTT listener; undefined: every address. */
  readonly address?: string
  readonly port: number
  /** undefined: no WebSocket. */
  readonly webSocketPort?: number
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** The account it runs as when it is started as root. Default: `mosquitto`. */
  readonly user?: string
  readonly plugin?: string
}

/** Where Debian's package has it. */
export const DYNSEC_PLUGIN = '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so'

/** A complete mosquitto.conf, each line with its reason: what MChat promises depends on most of them. */
export const renderMosquittoConfiguration = (options: MosquittoOptions): string => {
  const { address = '', directory, plugin = DYNSEC_PLUGIN, port, tls, user = 'mosquitto', webSocketPort } = options
  const encryption =
    tls === undefined ? [] : [`certfile ${tls.certFile}`, `keyfile ${tls.keyFile}`, 'tls_version tlsv1.3']
  const webSocket =
    webSocketPort === undefined
      ? []
      : [
          '',
          `listener ${webSocketPort} ${address}`.trim(),
          'protocol websockets',
          // Otherwise Mosquitto 2.0 listens on every address whatever the line above says.
          ...(address.includes('.') ? ['socket_domain ipv4'] : []),
          ...encryption,
          ...(tls === undefined
            ? []
            : ['# For WebSocket Mosquitto 2.0 speaks TLS 1.2 as well, whatever the line above says.']),
        ]
  return [
    '# Mosquitto 2.0 for MChat, written by "mchat broker mosquitto init". docs/brokers.md explains it.',
    `user ${user}`,
    'per_listener_settings false',
    '',
    '# Nobody without a user, and users only as the gateways say.',
    'allow_anonymous false',
    'allow_zero_length_clientid false',
    `plugin ${plugin}`,
    `plugin_opt_config_file ${directory}/dynsec.json`,
    '',
    `listener ${port} ${address}`.trim(),
    ...encryption,
    ...webSocket,
    '',
    '# Sessions and queues survive a restart; a crash loses at most the last second.',
    'persistence true',
    `persistence_location ${directory}/`,
    'autosave_interval 1',
    'persistent_client_expiration 30d',
    '',
    '# Without it every request waits 44 ms for the delayed acknowledgement of TCP.',
    'set_tcp_nodelay true',
    '# The queue of a gateway that died holds its requests until another one takes over; past the limit they are dropped silently.',
    'max_queued_messages 100000',
    'max_queued_bytes 268435456',
    'max_inflight_messages 1000',
    '# The answers of a large organisation.',
    `max_packet_size ${BROKER_PACKET_BYTES}`,
    '',
  ].join('\n')
}

export interface DynsecClient {
  readonly username: string
  readonly password: string
  /** undefined: any, which is for gateways alone. */
  readonly clientId?: string
  readonly roles: readonly string[]
  readonly textdescription?: string
}

export interface DynsecRole {
  readonly rolename: string
  readonly acls: readonly (Omit<Acl, 'acltype'> & { readonly acltype: string })[]
}

export const GATEWAY_ROLE = 'gateway'
/** The share group of tests on a broker in use: in that of the gateways they would take requests away. */
export const DOCTOR_GROUP = 'doctor'

/** All that a gateway does on the broker. */
export const gatewayRole = (topics: Topics): DynsecRole => {
  const allow = (acltype: string, topic: string) => ({ acltype, topic, priority: 0, allow: true }) as const
  const control = '$CONTROL/dynamic-security/#'
  const everything = `${topics.prefix}mchat/#`
  return {
    rolename: GATEWAY_ROLE,
    acls: [
      allow('publishClientSend', control),
      allow('publishClientReceive', control),
      allow('subscribePattern', control),
      allow('publishClientSend', everything),
      allow('publishClientReceive', everything),
      allow('subscribePattern', everything),
      allow('subscribePattern', topics.sharedRequests),
      // For "mchat doctor".
      allow('subscribePattern', `$share/${DOCTOR_GROUP}/${topics.gateway('#')}`),
      allow('publishClientReceive', '$SYS/#'),
      allow('subscribePattern', '$SYS/#'),
    ],
  }
}

/** Mosquitto's own number for the passwords it makes; ours are random bits, which nobody tries out. */
const ITERATIONS = 101

/**
 * The file of the dynamic security plugin, as Mosquitto 2.0 reads it at its start. Everything that is not listed is
 * denied. Many entries at once are to be written here: by commands each costs as much as writing the whole file.
 */
export const renderDynsec = (clients: readonly DynsecClient[], roles: readonly DynsecRole[]): string =>
  `${JSON.stringify(
    {
      clients: clients.map(({ clientId, password, roles, textdescription, username }) => {
        const salt = newSalt(12)
        return {
          username,
          ...(clientId === undefined ? {} : { clientid: clientId }),
          ...(textdescription === undefined || textdescription === '' ? {} : { textdescription }),
          password: pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512').toString('base64'),
          salt: salt.toString('base64'),
          iterations: ITERATIONS,
          roles: roles.map((rolename) => ({ rolename })),
        }
      }),
      roles,
      groups: [],
      defaultACLAccess: {
        publishClientSend: false,
        publishClientReceive: false,
        subscribe: false,
        unsubscribe: true,
      },
    },
    undefined,
    '\t',
  )}\n`
