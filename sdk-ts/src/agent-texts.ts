import type { AgentDelta, Message } from './generated/types.ts'

/** What an agent has written of one message of its answer, from the beginning. */
export interface AgentText {
  readonly run_id: string
  readonly msg_id: string
  /** The agent. */
  readonly from_employee_id: string
  readonly to_employee_id?: string
  readonly group_id?: string
  readonly in_reply_to: string
  readonly text: string
  /** true: this is what it says, and takes the place of all that was shown before. It comes as a `message`, too. */
  readonly is_whole: boolean
}

interface Written {
  text: string
  /** No piece counts any more: one was lost, or the whole is there. */
  isClosed: boolean
}

/** Of so many messages the pieces are remembered; of an older one nothing is shown until it is whole. */
const REMEMBERED = 200

/**
 * Puts texts together from pieces that come at QoS 0. Where one is missing there is nothing more to show until the whole
 * message comes, which counts whatever was shown before.
 */
export class AgentTexts {
  readonly #written = new Map<string, Written>()

  /** @returns undefined: there is nothing new to show */
  add(piece: AgentDelta): AgentText | undefined {
    const { delta, msg_id, offset } = piece
    const written = this.#written.get(msg_id) ?? this.#begin(msg_id)
    if (written.isClosed || offset < written.text.length) return undefined
    if (offset > written.text.length) {
      this.#close(written)
      return undefined
    }
    written.text += delta
    return textEvent(piece, piece.in_reply_to, piece.run_id, written.text, false)
  }

  /** @returns undefined: it is no text */
  whole(message: Message): AgentText | undefined {
    this.#close(this.#written.get(message.msg_id) ?? this.#begin(message.msg_id))
    const text = textOf(message.content)
    const { in_reply_to, run_id } = message
    if (text === undefined || in_reply_to === undefined || run_id === undefined) return undefined
    return textEvent(message, in_reply_to, run_id, text, true)
  }

  #begin(msgId: string): Written {
    const written = { text: '', isClosed: false }
    this.#written.set(msgId, written)
    if (this.#written.size > REMEMBERED) {
      const [oldest] = this.#written.keys()
      if (oldest !== undefined) this.#written.delete(oldest)
    }
    return written
  }

  #close(written: Written): void {
    written.isClosed = true
    written.text = ''
  }
}

const textEvent = (
  { from_employee_id, group_id, msg_id, to_employee_id }: AgentDelta | Message,
  in_reply_to: string,
  run_id: string,
  text: string,
  is_whole: boolean,
): AgentText => ({
  run_id,
  msg_id,
  from_employee_id,
  ...(to_employee_id === undefined ? {} : { to_employee_id }),
  ...(group_id === undefined ? {} : { group_id }),
  in_reply_to,
  text,
  is_whole,
})

/** What can be shown of a content as text. @param content what a sender has given along may be anything */
export const textOf = (content: unknown): string | undefined => {
  if (typeof content === 'string') return content
  const text = (content as { readonly body?: { readonly text?: unknown } | null } | null)?.body?.text
  return typeof text === 'string' ? text : undefined
}
