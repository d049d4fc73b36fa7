import type { MqttConnection } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Access } from './access.ts'

/** The ports really listened on; the configuration may leave them to the system. */
export interface ListeningPorts {
  readonly mqtt: number
  readonly http: number
}

/** What clients are told of a deployment: where its broker is, and who they are to it. Everything but the secret. */
export const describeAccess = (
  config: Config,
  ports: ListeningPorts,
): Pick<Access, 'bindsCredentials' | 'connection'> => {
  // Mosquitto binds a user to one client_id, so there every device is a user of its own.
  const bindsCredentials = config.broker.kind === 'mosquitto'
  return {
    bindsCredentials,
    connection: (employeeId, clientId): MqttConnection => ({
      ...(config.broker.kind === 'embedded' ? embeddedAddress(config, ports) : externalAddress(config)),
      ...(config.serviceId === undefined ? {} : { service_id: config.serviceId }),
      client_id_scheme: '{employee_id}_{device_id}_{uuid}',
      ...(clientId === undefined ? {} : { client_id: clientId }),
      mqtt_username: bindsCredentials && clientId !== undefined ? clientId : employeeId,
    }),
  }
}

type Address = Pick<MqttConnection, 'broker_host' | 'broker_port' | 'use_tls' | 'ws_url'>

const embeddedAddress = (config: Config, ports: ListeningPorts): Address => {
  const { publicHost } = config
  const secure = config.publicTls ?? config.tls !== undefined
  const urlHost = publicHost.includes(':') ? `[${publicHost}]` : publicHost
  return {
    broker_host: publicHost,
    broker_port: config.publicMqttPort ?? ports.mqtt,
    use_tls: secure,
    ws_url: `${secure ? 'wss' : 'ws'}://${urlHost}:${config.publicHttpPort ?? ports.http}/mqtt`,
  }
}

const externalAddress = ({ broker }: Config): Address => {
  const { hostname, port, protocol } = new URL(broker.clientUrl ?? broker.url ?? '')
  const secure = protocol === 'mqtts:'
  return {
    broker_host: hostname.replace(/^\[|\]$/g, ''),
    broker_port: port === '' ? (secure ? 8883 : 1883) : Number(port),
    use_tls: secure,
    ...(broker.webSocketUrl === undefined ? {} : { ws_url: broker.webSocketUrl }),
  }
}
