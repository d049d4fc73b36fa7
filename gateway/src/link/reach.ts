import mqtt, { type MqttClient } from 'mqtt'
import { UserError } from '../platform/user-error.ts'
import type { BrokerEndpoint } from './mqtt-connection.ts'

export type { MqttClient }

const CONNECT_MS = 10_000

/** A connection for a moment, as somebody in particular. The caller ends it. @throws the error of mqtt.js */
export const connectOnce = async (endpoint: BrokerEndpoint, clientId: string): Promise<MqttClient> => {
  const { ca, password, protocolVersion, url, username } = endpoint
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
  }
  const options = { clientId, clean: true, protocolVersion, reconnectPeriod: 0, connectTimeout: CONNECT_MS }
  const client = await mqtt.connectAsync(url, { ...options, ...credentials }, false)
  // Without a listener an error would end the process.
  client.on('error', () => undefined)
  return client
}

/** @throws UserError with one sentence when the gateway cannot get through to its broker */
export const requireBroker = async (endpoint: BrokerEndpoint, clientId: string): Promise<void> => {
  try {
    const client = await connectOnce(endpoint, clientId)
    await client.endAsync()
  } catch (error) {
    throw new UserError(`The broker at ${new URL(endpoint.url).host} cannot be used: ${reason(error)}.`, {
      cause: error,
    })
  }
}

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; check MCHAT_BROKER_URL',
  ENOTFOUND: 'there is no such host; check MCHAT_BROKER_URL',
  EAI_AGAIN: 'its host name cannot be resolved; check MCHAT_BROKER_URL',
  ETIMEDOUT: 'it does not answer; check MCHAT_BROKER_URL',
  ECONNRESET: 'it ended the connection; check whether it expects TLS there',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted; set MCHAT_BROKER_CA_FILE',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted; set MCHAT_BROKER_CA_FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted; set MCHAT_BROKER_CA_FILE',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}
/** CONNACK: 4 and 5 of MQTT 3.1.1, 134 and 135 of MQTT 5; 1 and 132: the protocol itself. */
const BY_RETURN_CODE: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of MQTT',
  4: 'it does not accept MCHAT_BROKER_USERNAME with MCHAT_BROKER_PASSWORD',
  5: 'it does not accept MCHAT_BROKER_USERNAME with MCHAT_BROKER_PASSWORD',
  132: 'it does not speak this version of MQTT',
  134: 'it does not accept MCHAT_BROKER_USERNAME with MCHAT_BROKER_PASSWORD',
  135: 'it does not accept MCHAT_BROKER_USERNAME with MCHAT_BROKER_PASSWORD',
}

const reason = (error: unknown): string => {
  const { code, errors, message } = error as { code?: unknown; errors?: unknown[]; message?: string }
  if (typeof code === 'string' && BY_CODE[code] !== undefined) return BY_CODE[code]
  if (typeof code === 'number' && BY_RETURN_CODE[code] !== undefined) return BY_RETURN_CODE[code]
  // Node reports a host with several addresses as one error for each.
  if (Array.isArray(errors) && errors.length > 0) return reason(errors[0])
  return message ?? String(error)
}
