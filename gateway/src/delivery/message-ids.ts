import { hash } from 'node:crypto'
import { isMsgId } from '@mchat/schema'
import { type Keys, perGeneration } from '../platform/keys.ts'
import { canonicalJson } from './canonical-json.ts'
import { createTextHmac } from './hmac.ts'

/**
 * Message ids and proofs (contract 4.1, 4.2). Both are derived, so a retry gives the same id on any gateway, and it can
 * be told later, without anything stored, who wrote a message where and whether a copy of it is genuine.
 */
export interface MessageIds {
  /** The id of what this client sends with this seq_id in this conversation. */
  messageId(clientId: string, seqId: string, senderId: string, conversation: string): string
  /** Did this employee write this message in this conversation? false for malformed ids too. */
  isWriter(msgId: string, senderId: string, conversation: string): boolean
  /** 22 characters saying that this deployment relayed exactly this. */
  proof(message: ProvenMessage): string
  isGenuine(message: ProvenMessage, proof: string): boolean
  /** An id for anything else that comes of a request: the same on every retry. */
  eventId(clientId: string, seqId: string, what: string): string
}

export interface ProvenMessage {
  readonly msgId: string
  readonly senderId: string
  readonly conversation: string
  readonly sentAt: string
  readonly content: unknown
}

/** The name of a conversation in ids and proofs; the same seen from both sides. Ids never contain `|`. */
export const privateConversation = (a: string, b: string): string => (a < b ? `p|${a}|${b}` : `p|${b}|${a}`)
export const groupConversation = (groupId: string): string => `g|${groupId}`

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

const ALPHABET_CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0))
const scratch = Buffer.alloc(18 + 29)

/** 36 hex digits (18 bytes) to 29 characters of base32: 144 bits and one zero bit. */
const base32 = (hex: string): string => {
  scratch.write(hex, 0, 'hex')
  let at = 18
  let bits = 0
  let value = 0
  for (let i = 0; i < 18; i++) {
    value = ((value << 8) | (scratch[i] as number)) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      scratch[at++] = ALPHABET_CODES[(value >> bits) & 31] as number
    }
  }
  scratch[at] = ALPHABET_CODES[(value << (5 - bits)) & 31] as number
  return scratch.toString('latin1', 18, 18 + 29)
}

/** Ids are made with the oldest keys for ever: nobody knows with which a request was answered before it is sent again. */
export const createMessageIds = (keys: Keys): MessageIds => {
  const [oldest = keys.current] = keys.all
  const idMac = createTextHmac(oldest.messageIds)
  const proofMac = perGeneration(keys, (set) => createTextHmac(set.proofs))

  const origin = (clientId: string, seqId: string): string => hash('sha256', `${clientId}/${seqId}`, 'hex').slice(0, 20)
  const tag = (originHex: string, senderId: string, conversation: string): string =>
    idMac(`${originHex}|${senderId}|${conversation}`, 'hex').slice(0, 16)
  const idOf = (originHex: string, senderId: string, conversation: string): string =>
    `msg_${base32(originHex + tag(originHex, senderId, conversation))}`

  const textOf = ({ content, conversation, msgId, senderId, sentAt }: ProvenMessage): string =>
    `${msgId}|${senderId}|${conversation}|${sentAt}|${hash('sha256', canonicalJson(content), 'hex')}`
  const proofOf = (text: string, generation: number): string => proofMac(generation)(text, 'base64url').slice(0, 22)

  return {
    messageId: (clientId, seqId, senderId, conversation) => idOf(origin(clientId, seqId), senderId, conversation),
    isWriter: (msgId, senderId, conversation) =>
      isMsgId(msgId) && sameText(idOf(originOf(msgId), senderId, conversation), msgId),
    proof: (message) => proofOf(textOf(message), keys.current.generation),
    isGenuine(message, claimed) {
      const text = textOf(message)
      return keys.all.some(({ generation }) => sameText(proofOf(text, generation), claimed))
    },
    eventId: (clientId, seqId, what) => `evt_${idMac(`event|${clientId}/${seqId}|${what}`, 'hex').slice(0, 26)}`,
  }
}

/** The first 10 bytes of a msg_id, as hex. */
const originOf = (msgId: string): string => {
  let hex = ''
  let bits = 0
  let value = 0
  for (let i = 4; i < 20; i++) {
    value = ((value << 5) | ALPHABET.indexOf(msgId.charAt(i))) & 0x1ff
    bits += 5
    while (bits >= 4) {
      bits -= 4
      hex += ((value >> bits) & 15).toString(16)
    }
  }
  return hex
}

/** Compares without telling by its duration where the texts differ. */
const sameText = (a: string, b: string): boolean => {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
