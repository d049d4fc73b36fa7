import { type AgentReply, LIMITS } from '@mchat/schema'
import { checkReply } from '../answer.ts'
import { AgentCallError } from './connector.ts'
import type { StreamPart } from './event-stream.ts'

/** Passes the pieces of a streamed answer on as they come. @returns the whole, checked like one that came at once */
export const collectReply = async (
  parts: AsyncIterable<StreamPart>,
  onDelta: (text: string) => void,
): Promise<AgentReply> => {
  let text = ''
  let bytes = 0
  let rest: AgentReply = {}
  for await (const part of parts) {
    if (part.kind === 'delta') {
      text += part.text
      bytes += Buffer.byteLength(part.text)
      if (bytes > LIMITS.contentBytes) throw new AgentCallError('too_large', 'The answer is too long.')
      onDelta(part.text)
    } else if (part.kind === 'reply') {
      rest = { ...rest, ...part.reply }
    } else {
      rest = { ...rest, usage: usageOf(part) }
    }
  }
  // What was shown while it was written is the answer, unless there is none.
  return checkReply(text === '' ? rest : { ...rest, content: text })
}

/** Token counts as an answer tells them. */
export const usageOf = ({
  inputTokens,
  outputTokens,
}: {
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
}): NonNullable<AgentReply['usage']> => ({
  ...(inputTokens === undefined ? {} : { input_tokens: inputTokens }),
  ...(outputTokens === undefined ? {} : { output_tokens: outputTokens }),
})
