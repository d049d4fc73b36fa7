import type { Config } from '../config.ts'

/** The ports really listened on; the configuration may leave them to the system. */
export interface ListeningPorts {
  readonly mqtt: number
  readonly http: number
}

/** Where clients reach the broker. */
export interface ClientAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** undefined: not over WebSocket. */
  readonly webSocketUrl: string | undefined
}

/** What clients are told, which a proxy may make another address than the one listened on. */
export const clientAddress = (config: Config, ports: ListeningPorts): ClientAddress =>
  config.broker.kind === 'embedded' ? embeddedAddress(config, ports) : externalAddress(config)

export const mqttUrl = ({ host, port, tls }: ClientAddress): string =>
  `${tls ? 'mqtts' : 'mqtt'}://${bracketed(host)}:${port}`

/** Of the gateway's own HTTP port, without a path. */
export const httpUrl = (config: Config, httpPort: number): string =>
  `${isSecure(config) ? 'https' : 'http'}://${bracketed(config.publicHost)}:${config.publicHttpPort ?? httpPort}`

const embeddedAddress = (config: Config, ports: ListeningPorts): ClientAddress => ({
  host: config.publicHost,
  port: config.publicMqttPort ?? ports.mqtt,
  tls: isSecure(config),
  webSocketUrl: `${httpUrl(config, ports.http).replace(/^http/, 'ws')}/mqtt`,
})

const externalAddress = ({ broker }: Config): ClientAddress => {
  const { hostname, port, protocol } = new URL(broker.clientUrl ?? broker.url ?? '')
  const tls = protocol === 'mqtts:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (tls ? 8883 : 1883) : Number(port),
    tls,
    webSocketUrl: broker.webSocketUrl,
  }
}

/** Do clients come over TLS, to the gateway itself or to a proxy before it? */
export const isEncrypted = (config: Pick<Config, 'tls' | 'publicTls'>): boolean =>
  config.tls !== undefined || config.publicTls === true

/** What they are told, which a proxy may make something else. */
const isSecure = (config: Config): boolean => config.publicTls ?? config.tls !== undefined

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
