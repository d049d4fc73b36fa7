import type { MqttConnection } from '@mchat/schema'
import { clientAddress, type ListeningPorts } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import type { Access } from './access.ts'

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
      ...addressOf(config, ports),
      ...(config.serviceId === undefined ? {} : { service_id: config.serviceId }),
      client_id_scheme: '{employee_id}_{device_id}_{uuid}',
      ...(clientId === undefined ? {} : { client_id: clientId }),
      mqtt_username: bindsCredentials && clientId !== undefined ? clientId : employeeId,
    }),
  }
}

const addressOf = (
  config: Config,
  ports: ListeningPorts,
): Pick<MqttConnection, 'broker_host' | 'broker_port' | 'use_tls' | 'ws_url'> => {
  const { host, port, tls, webSocketUrl } = clientAddress(config, ports)
  const address = { broker_host: host, broker_port: port, use_tls: tls }
  return webSocketUrl === undefined ? address : { ...address, ws_url: webSocketUrl }
}
