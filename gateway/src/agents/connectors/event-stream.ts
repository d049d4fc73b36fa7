import { AgentReply, LIMITS } from '@mchat/schema'
import { Compile } from 'typebox/compile'
import { parseJsonObject } from '../../platform/strict-json.ts'
import { AgentCallError } from './connector.ts'

/** What an answer that comes bit by bit says: pieces of text, and in the end perhaps more about it. */
export type StreamPart =
  | { readonly kind: 'delta'; readonly text: string }
  | { readonly kind: 'reply'; readonly reply: AgentReply }
  | { readonly kind: 'usage'; readonly inputTokens: number | undefined; readonly outputTokens: number | undefined }

const reply = Compile(AgentReply)

/**
 * Reads server-sent events (HTML Living Standard, 9.2.6) or lines of JSON (NDJSON). Each is `{"delta": "…"}`, a chunk of
 * chat completions, or fields of an answer such as `next_agent`; `[DONE]` is the end, and `{"error": …}` a failure.
 * @throws AgentCallError `http_error`; `bad_answer` for anything else, and when it stops before its end: it may have been cut
 */
export async function* readStream(
  chunks: AsyncIterable<Uint8Array>,
  form: 'events' | 'lines',
): AsyncGenerator<StreamPart> {
  for await (const data of form === 'events' ? eventsIn(linesIn(chunks)) : linesIn(chunks)) {
    if (data.trim() === '') continue
    if (data.trim() === '[DONE]') return
    yield* partsOf(data)
  }
  throw new AgentCallError('bad_answer', 'The stream ended without [DONE].')
}

async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  try {
    for await (const chunk of chunks) {
      const piece = decoder.decode(chunk, { stream: true })
      rest += piece
      // A line in a thousand pieces is not searched a thousand times.
      const lines = /[\r\n]/.test(piece) || rest.at(-piece.length - 1) === '\r' ? rest.split(/\r\n|\n|\r(?!$)/) : [rest]
      rest = lines.pop() ?? ''
      if (rest.length > LIMITS.agentAnswerBytes)
        throw new AgentCallError('too_large', 'A line of the stream is too long.')
      yield* lines
    }
    rest += decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw new AgentCallError('bad_answer', 'The stream is not UTF-8.')
    throw error
  }
  if (rest !== '') yield rest
}

/** The data of each event; comments and other fields are left out. */
async function* eventsIn(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let data: string[] = []
  for await (const line of lines) {
    if (line === '') {
      if (data.length > 0) yield data.join('\n')
      data = []
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
    }
  }
  if (data.length > 0) yield data.join('\n')
}

interface Chunk {
  readonly delta?: unknown
  readonly error?: unknown
  readonly object?: unknown
  readonly choices?: readonly { readonly delta?: { readonly content?: unknown; readonly refusal?: unknown } }[]
  readonly usage?: Tokens | null
}

/** As chat completions count them. */
export interface Tokens {
  readonly prompt_tokens?: unknown
  readonly completion_tokens?: unknown
}

/** undefined: it does not say, or not in a number that can be one. */
export const tokensOf = ({ completion_tokens, prompt_tokens }: Tokens) => ({
  inputTokens: countOf(prompt_tokens),
  outputTokens: countOf(completion_tokens),
})

function* partsOf(data: string): Generator<StreamPart> {
  const value = jsonObject(data)
  const { choices, delta, error, object, usage } = value as Chunk
  // Its text is not passed on: some APIs repeat a part of the key in it.
  if (error !== undefined && error !== null) throw new AgentCallError('http_error', 'The stream ended in an error.')
  if (typeof delta === 'string') {
    yield { kind: 'delta', text: delta }
    return
  }
  if (Array.isArray(choices) || object === 'chat.completion.chunk') {
    const text: unknown = choices?.[0]?.delta?.content ?? choices?.[0]?.delta?.refusal
    if (typeof text === 'string' && text !== '') yield { kind: 'delta', text }
    if (typeof usage === 'object' && usage !== null) {
      yield { kind: 'usage', ...tokensOf(usage) }
    }
    return
  }
  if (!reply.Check(value)) throw new AgentCallError('bad_answer', 'A part of the stream is neither text nor an answer.')
  yield { kind: 'reply', reply: value }
}

const jsonObject = (data: string): object => {
  try {
    return parseJsonObject(Buffer.from(data)).value
  } catch (cause) {
    throw new AgentCallError('bad_answer', 'A part of the stream is not a JSON object.', { cause })
  }
}

const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1e9 ? value : undefined
