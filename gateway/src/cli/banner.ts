import type { RunningGateway } from '../compose.ts'
import type { Config } from '../config.ts'
import { FIRST_ADMIN_ID } from '../first-admin.ts'

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
    `  Console      ${console}`,
    `  MQTT         ${mqtt}`,
    `  WebSocket    ${webSocket}`,
    `  First admin  ${path}${created ? ' (just made; keep it secret)' : ''}`,
    '',
    '  Try it (mosquitto-clients): a message of the first admin to themselves',
    ...firstMessage(config, running).map((line) => `  ${line}`),
    '',
  ].join('\n')
}

/** Lines of shell that make a message arrive. */
const firstMessage = (config: Config, { mqttPort, firstAdmin }: RunningGateway): string[] => {
  const topic = `${config.serviceId === undefined ? '' : `${config.serviceId}/`}mchat`
  const tls = config.tls === undefined ? '' : ` --cafile ${quote(config.tls.certFile)}`
  const port = config.publicMqttPort ?? mqttPort
  const as = (client: string): string =>
    `-h ${config.publicHost} -p ${port}${tls} -i ${client} -u ${FIRST_ADMIN_ID} -P "$PASSWORD" -q 1`
  const message = `{"action":"msg.send_private","to_employee_id":"${FIRST_ADMIN_ID}","content":"Hello"}`
  return [
    `PASSWORD=$(sed -n 's/.*"mqtt_password": "\\([^"]*\\)".*/\\1/p' ${quote(firstAdmin.path)})`,
    `mosquitto_sub ${as('admin_reader_1')} -t ${topic}/inbox/${FIRST_ADMIN_ID} &`,
    `mosquitto_pub ${as('admin_writer_1')} -t ${topic}/msg/req/admin_writer_1/1 -m '${message}'`,
  ]
}

const quote = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
