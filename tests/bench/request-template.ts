import { encodePublish } from './mqtt-codec.ts'

/** Digits of a message's number; with the run's tag in front they are its seq_id. */
const NUMBER_DIGITS = 8
const SENDER_DIGITS = 2
const ZERO = 48

/** What a run's messages are marked with at the beginning of their text, so that a delivery can be told from any other. */
export const markOf = (runTag: string): Buffer => Buffer.from(`bench:${runTag}:`)

export type Conversation =
  | { readonly kind: 'private'; readonly toEmployeeId: string }
  | { readonly kind: 'group'; readonly groupId: string }

export interface RequestFields {
  readonly clientId: string
  /** Index of the sender in its run. */
  readonly sender: number
  readonly runTag: string
  readonly conversation: Conversation
  readonly textBytes: number
}

/** One sender's request as an encoded PUBLISH in which only the digits of its number and the packet id change. */
export interface RequestTemplate {
  readonly packet: Buffer
  /** Writes message number `number` over the copy of the packet that begins at `at`. */
  stamp(buffer: Buffer, at: number, packetId: number, number: number): void
}

export const createRequestTemplate = (fields: RequestFields): RequestTemplate => {
  const placeholder = '0'.repeat(NUMBER_DIGITS)
  const topic = `mchat/msg/req/${fields.clientId}/${fields.runTag}${placeholder}`
  const mark = `${markOf(fields.runTag)}${String(fields.sender).padStart(SENDER_DIGITS, '0')}`
  const payload = Buffer.from(
    JSON.stringify(requestOf(fields, `${mark}${placeholder}`.padEnd(fields.textBytes, ' lorem ipsum'))),
  )
  const packet = encodePublish(topic, payload, 1, 0)
  const topicEnd = packet.indexOf(topic) + Buffer.byteLength(topic)
  const topicDigits = topicEnd - NUMBER_DIGITS
  const textDigits = packet.indexOf(mark) + mark.length
  return {
    packet,
    stamp(buffer, at, packetId, number) {
      buffer[at + topicEnd] = packetId >>> 8
      buffer[at + topicEnd + 1] = packetId & 255
      writeDigits(buffer, at + topicDigits, number)
      writeDigits(buffer, at + textDigits, number)
    },
  }
}

const requestOf = ({ conversation }: RequestFields, text: string): object => {
  const content = { type: 'text', body: { text } }
  return conversation.kind === 'private'
    ? { action: 'msg.send_private', to_employee_id: conversation.toEmployeeId, content }
    : { action: 'msg.send_group', group_id: conversation.groupId, content }
}

const writeDigits = (buffer: Buffer, at: number, number: number): void => {
  let left = number
  for (let index = at + NUMBER_DIGITS - 1; index >= at; index--) {
    const rest = Math.floor(left / 10)
    buffer[index] = ZERO + left - rest * 10
    left = rest
  }
}

const readDigits = (buffer: Buffer, start: number, end: number): number => {
  let number = 0
  for (let index = start; index < end; index++) number = number * 10 + (buffer[index] ?? ZERO) - ZERO
  return number
}

/** The message's number from the last digits of a response topic that ends at `topicEnd`. */
export const numberInTopic = (buffer: Buffer, topicEnd: number): number =>
  readDigits(buffer, topicEnd - NUMBER_DIGITS, topicEnd)

export const senderAfterMark = (buffer: Buffer, markEnd: number): number =>
  readDigits(buffer, markEnd, markEnd + SENDER_DIGITS)

export const numberAfterMark = (buffer: Buffer, markEnd: number): number =>
  readDigits(buffer, markEnd + SENDER_DIGITS, markEnd + SENDER_DIGITS + NUMBER_DIGITS)

/** Finds a byte sequence in packets that mostly have it at the same distance from their start. */
export class NeedleFinder {
  readonly #needle: Buffer
  #lastDistance = 0

  constructor(needle: Buffer) {
    this.#needle = needle
  }

  /** The first byte behind the needle within [start, end), or -1. */
  endOf(buffer: Buffer, start: number, end: number): number {
    const needle = this.#needle
    let at = start + this.#lastDistance
    if (!this.#standsAt(buffer, at, end)) {
      at = buffer.indexOf(needle, start)
      if (at < 0 || at + needle.length > end) return -1
      this.#lastDistance = at - start
    }
    return at + needle.length
  }

  #standsAt(buffer: Buffer, at: number, end: number): boolean {
    const needle = this.#needle
    if (at + needle.length > end) return false
    for (let index = 0; index < needle.length; index++) if (buffer[at + index] !== needle[index]) return false
    return true
  }
}
