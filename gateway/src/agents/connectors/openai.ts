import { type AgentCall, type AgentReply, LIMITS } from '@mchat/schema'
import { isLoopback } from '../../config/hosts.ts'
import type { AgentEntry, Directory } from '../../db/directory.ts'
import type { Clock } from '../../platform/clock.ts'
import type { OutgoingHttp, OutgoingResponse } from '../../platform/outgoing-http.ts'
import { newTraceParent } from '../../platform/random.ts'
import { parseJsonObject } from '../../platform/strict-json.ts'
import type { AgentSecrets } from '../agent-secrets.ts'
import { checkReply } from '../answer.ts'
import { chatMessages } from './chat-messages.ts'
import { AgentCallError, type AgentConnectorDriver } from './connector.ts'
import { readStream, type StreamPart, type Tokens, tokensOf } from './event-stream.ts'
import { askWithRetries, leftMs, refusedWith } from './retries.ts'
import { collectReply, usageOf } from './streamed-reply.ts'

export interface OpenaiParts {
  readonly http: OutgoingHttp
  readonly secrets: AgentSecrets
  readonly directory: Pick<Directory, 'employees'>
  readonly clock: Clock
  readonly version: string
}

/**
 * A chat model behind the chat-completions API, as OpenAI has it and many others do. `webhook_endpoint` is the base URL,
 * such as `https://api.openai.com/v1`, `model_type` the model and the secret of kind `api_key` the bearer token, which
 * only an endpoint on this machine can do without. What the model writes is text and nothing else: it names no next agent
 * and no person to take over.
 */
export const createOpenaiConnector = (parts: OpenaiParts): AgentConnectorDriver => {
  const { clock, directory, http, secrets, version } = parts
  const nameOf = async (employeeId: string): Promise<string | undefined> =>
    (await directory.employees.get(employeeId))?.name

  const bodyOf = async (agent: AgentEntry, call: AgentCall): Promise<string> => {
    const { profile } = agent
    return JSON.stringify({
      ...(profile.model_type === undefined ? {} : { model: profile.model_type }),
      messages: await chatMessages(agent, call, { date: clock.date(), nameOf }),
      ...(profile.stream === false ? {} : { stream: true, stream_options: { include_usage: true } }),
    })
  }

  const headersOf = (agent: AgentEntry, endpoint: string): Record<string, string> => {
    const { profile } = agent
    const [key] = secrets.inUse(agent, 'api_key')
    if (key === undefined && !isOnThisMachine(endpoint)) {
      throw new AgentCallError('no_secret', 'The agent has no key to ask with.')
    }
    return {
      'content-type': 'application/json',
      accept: profile.stream === false ? 'application/json' : 'text/event-stream, application/json',
      'user-agent': `MChat/${version}`,
      traceparent: newTraceParent(),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    }
  }

  return {
    async call(agent, call, onDelta, signal, onRequest) {
      const endpoint = agent.profile.webhook_endpoint ?? ''
      const headers = headersOf(agent, endpoint)
      const body = await bodyOf(agent, call)
      const request = { method: 'POST', url: completionsUrl(endpoint), headers, body } as const
      const post = (): Promise<OutgoingResponse> => {
        onRequest?.({ ...request, headers: withoutKey(headers) })
        return http.request({ ...request, signal, deadlineMs: leftMs(call, clock) })
      }
      const reply = await askWithRetries(call, { clock, signal }, post, (response) => read(response, onDelta))
      return { kind: 'reply', reply }
    },
  }
}

const withoutKey = (headers: Readonly<Record<string, string>>): Record<string, string> => ({
  ...headers,
  ...(headers.authorization === undefined ? {} : { authorization: 'Bearer ***' }),
})

/** Below the base; a query, as some deployments want one, stays. */
const completionsUrl = (base: string): string => {
  const url = URL.parse(base)
  // The guard says what is wrong with it.
  if (url === null) return base
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`
  return url.href
}

const isOnThisMachine = (endpoint: string): boolean => isLoopback(URL.parse(endpoint)?.hostname ?? '')

const read = async (response: OutgoingResponse, onDelta: (text: string) => void): Promise<AgentReply> => {
  if (response.status !== 200) throw refusedWith(response.status, await errorCodeOf(response))
  const type = (response.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'text/event-stream') return completionOf(await response.text(LIMITS.agentAnswerBytes))
  const parts = readStream(response.chunks(LIMITS.agentStreamBytes), 'events')
  return await collectReply(withoutReplies(parts), onDelta)
}

/** What webhooks may say beside text is left out: an API that adds fields of its own does not mean it so. */
async function* withoutReplies(parts: AsyncIterable<StreamPart>): AsyncGenerator<StreamPart> {
  for await (const part of parts) if (part.kind !== 'reply') yield part
}

interface Completion {
  readonly choices?: unknown
  readonly usage?: Tokens | null
}

/** What a model that has nothing to say leaves is silence; a refusal of its own is what it says. */
const completionOf = (text: string): AgentReply => {
  let value: Completion
  try {
    value = parseJsonObject(Buffer.from(text)).value
  } catch (cause) {
    throw new AgentCallError('bad_answer', 'The completion is not a JSON object.', { cause })
  }
  const { choices, usage } = value
  const [choice] = (Array.isArray(choices) ? choices : []) as readonly { readonly message?: unknown }[]
  const message = choice?.message
  if (typeof message !== 'object' || message === null) {
    throw new AgentCallError('bad_answer', 'The completion has no message.')
  }
  const { content, refusal } = message as { readonly content?: unknown; readonly refusal?: unknown }
  const said = content ?? refusal ?? ''
  if (typeof said !== 'string') throw new AgentCallError('bad_answer', 'The completion is not a text.')
  return checkReply({
    ...(said === '' ? {} : { content: said }),
    ...(typeof usage === 'object' && usage !== null ? { usage: usageOf(tokensOf(usage)) } : {}),
  })
}

/** Words of the API that may be written into a log; its sentences repeat parts of the key and of what was said. */
const ERROR_CODES: ReadonlySet<unknown> = new Set([
  'authentication_error',
  'billing_hard_limit_reached',
  'content_filter',
  'content_policy_violation',
  'context_length_exceeded',
  'insufficient_quota',
  'invalid_api_key',
  'invalid_request_error',
  'model_not_found',
  'not_found_error',
  'permission_error',
  'rate_limit_exceeded',
  'server_error',
  'tokens_exceeded',
  'unsupported_parameter',
  'unsupported_value',
])

const errorCodeOf = async (response: OutgoingResponse): Promise<string | undefined> => {
  try {
    const { error } = JSON.parse(await response.text(LIMITS.agentAnswerBytes)) as {
      readonly error?: { readonly code?: unknown; readonly type?: unknown }
    }
    return [error?.code, error?.type].find((word): word is string => ERROR_CODES.has(word))
  } catch {
    // The status alone is told.
    return undefined
  }
}
