import { AgentReply, type Content, isContentType, LIMITS } from '@mchat/schema'
import { Compile } from 'typebox/compile'
import { checkContent } from '../delivery/content.ts'
import { HttpRefusal } from '../ops/http-hooks.ts'
import { parseJsonObject } from '../platform/strict-json.ts'
import { AgentCallError } from './connectors/connector.ts'

const reply = Compile(AgentReply)

/**
 * Reads what an agent has answered, as strictly as a request: nothing of it is trusted (threats T46, T48).
 * @throws AgentCallError `bad_answer`, `too_large`
 */
export const readReply = (text: string): AgentReply => {
  let value: unknown
  try {
    value = parseJsonObject(Buffer.from(text)).value
  } catch (cause) {
    throw new AgentCallError('bad_answer', 'The answer is not a JSON object.', { cause })
  }
  return checkReply(value)
}

/** @throws AgentCallError `bad_answer`, `too_large` */
export const checkReply = (value: unknown): AgentReply => {
  if (!reply.Check(value)) {
    const [first] = reply.Errors(value)
    const where = first?.instancePath.slice(1).replaceAll('/', '.') ?? ''
    throw new AgentCallError('bad_answer', `The answer's ${where || 'fields'} do not fit: ${first?.message ?? ''}.`)
  }
  for (const { content } of messagesOf(value)) checkAgentContent(content)
  return value
}

/** What it says, in order; nothing when it is silent. */
export const messagesOf = (answer: AgentReply): readonly { content: Content; mentions?: readonly string[] }[] => {
  if (answer.silent === true) return []
  const { content, mentions } = answer
  const first = content === undefined ? [] : [{ content, ...(mentions === undefined ? {} : { mentions }) }]
  return [...first, ...(answer.messages ?? [])].slice(0, LIMITS.agentMessages)
}

/**
 * A type that is not known is relayed for people, who agreed on it; an agent says what every client can show.
 * @throws AgentCallError `bad_answer`, `too_large`
 */
export const checkAgentContent = (content: Content): void => {
  if (typeof content !== 'string' && !isContentType(content.type)) {
    throw new AgentCallError('bad_answer', 'The content is of a type that agents may not send.')
  }
  try {
    checkContent(content, JSON.stringify(content))
  } catch (cause) {
    const isTooLarge = Buffer.byteLength(JSON.stringify(content)) > LIMITS.contentBytes
    throw new AgentCallError(isTooLarge ? 'too_large' : 'bad_answer', 'The content does not fit its type.', { cause })
  }
  if (typeof content === 'string') return
  const { url } = content.body as { readonly url?: unknown }
  if (typeof url === 'string' && !/^https?:\/\//i.test(url)) {
    throw new AgentCallError('bad_answer', 'A URL is neither http nor https.')
  }
}

/** Of what came over HTTP. @throws HttpRefusal 400 */
export const readable = (body: unknown): AgentReply => {
  try {
    return checkReply(body)
  } catch (error) {
    if (error instanceof AgentCallError) throw new HttpRefusal(400, error.message)
    throw error
  }
}
