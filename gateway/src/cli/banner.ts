import type { RunningGateway } from '../compose.ts'
import type { Config } from '../config.ts'

export interface Addresses {
  readonly console: string
  readonly mqtt: string
  readonly webSocket: string
}

export const addressesOf = (config: Config, running: Pick<RunningGateway, 'httpPort' | 'mqttPort'>): Addresses => {
  const tls = config.publicTls ?? config.tls !== undefined
  const host = config.publicHost.includes(':') ? `[${config.publicHost}]` : config.publicHost
  const http = `${host}:${config.publicHttpPort ?? running.httpPort}`
  return {
    console: `${tls ? 'https' : 'http'}://${http}/`,
    mqtt: `${tls ? 'mqtts' : 'mqtt'}://${host}:${config.publicMqttPort ?? running.mqttPort}`,
    webSocket: `${tls ? 'wss' : 'ws'}://${http}/mqtt`,
  }
}

/** What embedded mode promises, and what it does not. */
export const EMBEDDED_WARNING =
  'Embedded mode: broker and database run inside this one process, for trying MChat and for small teams on one machine. ' +
  'A killed process loses nothing; a power cut can damage the embedded database. ' +
  'For more, set MCHAT_DATABASE_URL to a PostgreSQL server.'

export const banner = (config: Config, running: RunningGateway): string => {
  const { console, mqtt, webSocket } = addressesOf(config, running)
  const { path, created } = running.firstAdmin
  return [
    `MChat ${config.version} is ready.`,
    '',
    `  Status page  ${console}`,
    `  MQTT         ${mqtt}`,
    `  WebSocket    ${webSocket}`,
    `  First admin  ${path}${created ? ' (just made; keep it secret)' : ''}`,
    '',
    '  README.md shows how to send the first message.',
    '',
  ].join('\n')
}
