import { readFile } from 'node:fs/promises'
import type { BrokerEndpoint } from '../link/mqtt-connection.ts'
import { UserError } from '../platform/user-error.ts'
import type { GatewayParts } from './broker-side.ts'

/** Where the configuration says the broker is, and who the gateway is to it. */
export const endpointOf = async ({ config }: GatewayParts): Promise<BrokerEndpoint> => {
  const { caFile, password, url = '', username } = config.broker
  try {
    const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8')
    return { url, username, password, ca, protocolVersion: 5 }
  } catch (cause) {
    throw new UserError(`MCHAT_BROKER_CA_FILE (${caFile}) cannot be read.`, { cause })
  }
}

export type GatewayClientId = (role: 'start' | 'access' | 'out' | 'gateway', suffix: string) => string

/**
 * The client_ids of gateways. Their owner is `mchat` (contract 1), an id that no employee can have; a service_id has no
 * dots.
 */
export const gatewayClientIds = (serviceId: string | undefined): GatewayClientId => {
  const of = serviceId === undefined ? '' : `.${serviceId.replaceAll('_', '.')}`
  return (role, suffix) => `mchat_${role}${of}_${suffix}`
}
