import type { IPublishPacket } from 'mqtt-packet'

/** What MQTT 5 publishers may say of a message, and its receivers are told. */
export type MessageProperties = Pick<
  NonNullable<IPublishPacket['properties']>,
  'payloadFormatIndicator' | 'contentType' | 'responseTopic' | 'correlationData' | 'userProperties'
>

export interface Message {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
  readonly retain: boolean
  readonly properties: MessageProperties
  /** By performance.now(); undefined: never. */
  readonly expiresAt: number | undefined
}

export interface MessageSource {
  readonly topic: string
  readonly payload: string | Buffer
  readonly qos?: number
  readonly retain?: boolean
  readonly properties?: MessageProperties & { readonly messageExpiryInterval?: number }
}

const MAXIMUM_EXPIRY_SECONDS = 604_800

/** The time until it expires begins now: of a will when it is published, not when it is left. */
export const messageOf = ({ payload, properties = {}, qos, retain, topic }: MessageSource): Message => {
  const { contentType, correlationData, messageExpiryInterval, payloadFormatIndicator, responseTopic, userProperties } =
    properties
  const seconds = Math.min(Math.max(messageExpiryInterval ?? 0, 1), MAXIMUM_EXPIRY_SECONDS)
  return {
    topic,
    payload: Buffer.from(payload),
    qos: qos === 0 ? 0 : 1,
    retain: retain === true,
    properties: {
      ...(payloadFormatIndicator === undefined ? {} : { payloadFormatIndicator }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(responseTopic === undefined ? {} : { responseTopic }),
      ...(correlationData === undefined ? {} : { correlationData }),
      ...(userProperties === undefined ? {} : { userProperties }),
    },
    expiresAt: messageExpiryInterval === undefined ? undefined : performance.now() + seconds * 1000,
  }
}

export const isExpired = ({ expiresAt }: Message): boolean => expiresAt !== undefined && expiresAt <= performance.now()

/** For a subscription: no message has more QoS than was asked for, and only what was retained before says so. */
export const forSubscription = (message: Message, qos: 0 | 1): Message => ({
  ...message,
  qos: message.qos === 0 ? 0 : qos,
  retain: false,
})

/** @param messageId of QoS 1 */
export const publishPacket = (message: Message, version: 4 | 5, messageId: number | undefined): IPublishPacket => {
  const { expiresAt, payload, properties, qos, retain, topic } = message
  const left = expiresAt === undefined ? undefined : Math.floor((expiresAt - performance.now()) / 1000)
  return {
    cmd: 'publish',
    topic,
    payload,
    qos,
    retain,
    // "The MQTT DUP flag is not supported."
    dup: false,
    ...(messageId === undefined ? {} : { messageId }),
    ...(version === 4
      ? {}
      : {
          properties: { ...properties, ...(left === undefined ? {} : { messageExpiryInterval: Math.max(0, left) }) },
        }),
  }
}
