import type { MqttConnection } from '@mchat/schema'
import type { Config } from '../config.ts'

/** The ports really listened on; the configuration may leave them to the system. */
export interface ListeningPorts {
  readonly mqtt: number
  readonly http: number
}

/** What a client needs to reach this deployment: everything but the secret. */
export const describeConnection = (
  config: Config,
  ports: ListeningPorts,
  employeeId: string,
  clientId: string | undefined,
): MqttConnection => {
  const { publicHost, serviceId } = config
  const secure = config.publicTls ?? config.tls !== undefined
  const urlHost = publicHost.includes(':') ? `[${publicHost}]` : publicHost
  return {
    broker_host: publicHost,
    broker_port: config.publicMqttPort ?? ports.mqtt,
    use_tls: secure,
    ws_url: `${secure ? 'wss' : 'ws'}://${urlHost}:${config.publicHttpPort ?? ports.http}/mqtt`,
    ...(serviceId === undefined ? {} : { service_id: serviceId }),
    client_id_scheme: '{employee_id}_{device_id}_{uuid}',
    ...(clientId === undefined ? {} : { client_id: clientId }),
    mqtt_username: employeeId,
  }
}
