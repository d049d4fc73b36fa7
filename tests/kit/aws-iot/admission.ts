import { randomUUID } from 'node:crypto'
import type { IConnackPacket, IConnectPacket } from 'mqtt-packet'
import { REGION } from './account.ts'
import type { AuthorizerEvent } from './authorizer.ts'
import type { ConnectAttribute } from './policy.ts'
import type { Quotas } from './quotas.ts'
import { BAD_CLIENT_ID, BAD_WILL_QOS, BAD_WILL_TOPIC, Refusal, UNKNOWN_PROTOCOL, UNSPECIFIED } from './refusal.ts'
import { isTopic } from './topics.ts'

export const MAXIMUM_PACKET_BYTES = 149_504
const MAXIMUM_CLIENT_ID_BYTES = 128
const SERVER_NAME = `a1b2c3d4e5f6g7-ats.iot.${REGION}.amazonaws.com`

/** What a CONNECT asks for, in one form for both versions of MQTT. */
export interface Wish {
  readonly clientId: string
  readonly version: 4 | 5
  readonly resumes: boolean
  /** As the account's quota lets it be. */
  readonly expirySeconds: number
  readonly receiveMaximum: number
  readonly will: IConnectPacket['will']
  readonly attributes: readonly ConnectAttribute[]
  readonly event: AuthorizerEvent
}

/** @throws {Refusal} for whatever AWS IoT Core would refuse before it asks anybody */
export const wishOf = (packet: IConnectPacket, quotas: Quotas): Wish => {
  const { clean, clientId, properties = {}, protocolVersion, will } = packet
  if (protocolVersion !== 4 && protocolVersion !== 5) throw new Refusal('unknown protocol', UNKNOWN_PROTOCOL)
  if (clientId === '' || clientId.startsWith('$') || Buffer.byteLength(clientId) > MAXIMUM_CLIENT_ID_BYTES) {
    throw new Refusal('client id not valid', BAD_CLIENT_ID)
  }
  if (properties.authenticationMethod !== undefined) throw new Refusal('AUTH is not supported', UNSPECIFIED)
  refuseWill(will, quotas)
  const asked = protocolVersion === 5 ? (properties.sessionExpiryInterval ?? 0) : clean === false ? Infinity : 0
  const expirySeconds = Math.min(asked, quotas.persistentSessionSeconds)
  return {
    clientId,
    version: protocolVersion,
    resumes: clean === false,
    expirySeconds,
    receiveMaximum: properties.receiveMaximum ?? 65_535,
    will,
    attributes: [
      ...(expirySeconds > 0 ? (['PersistentConnect'] as const) : []),
      ...(will === undefined ? [] : (['LastWill'] as const)),
    ],
    event: eventOf(packet),
  }
}

const refuseWill = (will: IConnectPacket['will'], quotas: Quotas): void => {
  if (will === undefined) return
  if (will.qos === 2) throw new Refusal('a will of QoS 2', BAD_WILL_QOS)
  if (!isTopic(will.topic, quotas)) throw new Refusal('the topic of the will is not valid', BAD_WILL_TOPIC)
  if (Buffer.byteLength(will.payload) > quotas.payloadBytes) throw new Refusal('the will is too large', UNSPECIFIED)
  // Not among the properties that AWS IoT Core supports.
  if ((will.properties?.willDelayInterval ?? 0) > 0) throw new Refusal('a will with a delay', UNSPECIFIED)
}

/** Of the domain's default authorizer, which checks no signature: nobody has to name it in the user name. */
const eventOf = ({ clientId, password, username }: IConnectPacket): AuthorizerEvent => ({
  signatureVerified: false,
  protocols: ['tls', 'mqtt'],
  protocolData: {
    tls: { serverName: SERVER_NAME },
    mqtt: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: Buffer.from(password).toString('base64') }),
      clientId,
    },
  },
  connectionMetadata: { id: randomUUID() },
})

/** What an MQTT 5 client is told of the broker. */
export const connackProperties = (wish: Wish, quotas: Quotas): NonNullable<IConnackPacket['properties']> => ({
  sessionExpiryInterval: wish.expirySeconds,
  receiveMaximum: quotas.unacknowledged,
  maximumQoS: 1,
  retainAvailable: true,
  maximumPacketSize: MAXIMUM_PACKET_BYTES,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifiersAvailable: false,
  sharedSubscriptionAvailable: true,
})
