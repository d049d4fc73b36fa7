import type { RunningGateway } from '../compose.ts'
import { clientAddress, httpUrl, mqttUrl } from '../config/client-address.ts'
import type { Config } from '../config.ts'

export interface Addresses {
  readonly console: string
  readonly mqtt: string
  /** undefined: clients cannot. */
  readonly webSocket: string | undefined
}

export const addressesOf = (config: Config, running: Pick<RunningGateway, 'httpPort' | 'mqttPort'>): Addresses => {
  const address = clientAddress(config, { mqtt: running.mqttPort, http: running.httpPort })
  return {
    console: `${httpUrl(config, running.httpPort)}/`,
    mqtt: mqttUrl(address),
    webSocket: address.webSocketUrl,
  }
}

/** What embedded mode promises, and what it does not. */
export const EMBEDDED_WARNING =
  'Embedded mode: broker and database run inside this one process, for trying MChat and for small teams on one machine. ' +
  'A killed process loses nothing; a power cut can damage the embedded database, and whoever is in the process can change ' +
  'the audit log. ' +
  'For more, set MCHAT_DATABASE_URL to a PostgreSQL server.'

/** The same of a database alone, whose gateway has a broker beside it. */
export const EMBEDDED_DATABASE_WARNING =
  'The database runs inside this process: nobody else can share it, and a power cut can damage it. ' +
  'For more, and for several gateways on one broker, set MCHAT_DATABASE_URL to a PostgreSQL server.'

/** @param hasCredentials the first administrator's are in this data directory, and not in that of another gateway */
export const banner = (config: Config, running: RunningGateway, hasCredentials: boolean): string => {
  const { console, mqtt, webSocket } = addressesOf(config, running)
  const { path, created } = running.firstAdmin
  return [
    `MChat ${config.version} is ready.`,
    '',
    `  Console      ${console}`,
    `  MQTT         ${mqtt}`,
    ...(webSocket === undefined ? [] : [`  WebSocket    ${webSocket}`]),
    ...(hasCredentials ? [`  First admin  ${path}${created ? ' (just made; keep it secret)' : ''}`] : []),
    '',
    `  ${config.broker.kind === 'mosquitto' ? 'docs/brokers.md' : 'README.md'} shows how to send the first message.`,
    '',
  ].join('\n')
}
