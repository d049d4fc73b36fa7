/** Return and reason codes of a CONNACK, for MQTT 3.1.1 and 5. */
export type ConnackCodes = Readonly<Record<4 | 5, number>>

export const NOT_AUTHORISED: ConnackCodes = { 4: 5, 5: 135 }
export const UNKNOWN_PROTOCOL: ConnackCodes = { 4: 1, 5: 132 }
export const BAD_CLIENT_ID: ConnackCodes = { 4: 2, 5: 133 }
export const BAD_WILL_TOPIC: ConnackCodes = { 4: 5, 5: 144 }
export const BAD_WILL_QOS: ConnackCodes = { 4: 5, 5: 155 }
export const TOO_MANY: ConnackCodes = { 4: 3, 5: 151 }
export const UNSPECIFIED: ConnackCodes = { 4: 5, 5: 128 }

/** Why a client is not let in. The client learns no more than the code. */
export class Refusal extends Error {
  readonly codes: ConnackCodes

  constructor(reason: string, codes = NOT_AUTHORISED) {
    super(reason)
    this.codes = codes
  }
}
