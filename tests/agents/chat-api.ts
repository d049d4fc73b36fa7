import type { ServerResponse } from 'node:http'
import type { AgentProfile } from '../../schema/src/index.ts'
import type { TestGateway } from '../kit/gateway.ts'
import {
  eventStream,
  type HostileHttpServer,
  type ReceivedRequest,
  startHostileHttpServer,
} from '../kit/hostile-http-server.ts'
import { Person } from '../kit/person.ts'

/** What the chat-completions API is asked with. */
export interface ChatRequest {
  readonly model?: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage: boolean }
}

export type ChatResponder = (asked: ChatRequest, response: ServerResponse, request: ReceivedRequest) => void

export interface ChatApi extends AsyncDisposable {
  readonly server: HostileHttpServer
  /** What an agent's profile has as its endpoint. */
  readonly base: string
  readonly asked: readonly ChatRequest[]
  /** Answers every request from now on; before, the last message comes back as it was asked for. */
  answer(respond: ChatResponder): void
}

/** The chat-completions API on loopback. */
export const startChatApi = async (): Promise<ChatApi> => {
  const server = await startHostileHttpServer()
  const asked: ChatRequest[] = []
  const answer: ChatApi['answer'] = (respond) =>
    server.respond((request, response) => {
      const body = JSON.parse(request.body) as ChatRequest
      asked.push(body)
      respond(body, response, request)
    })
  answer((body, response) => {
    const text = `echo: ${body.messages.at(-1)?.content}`
    if (body.stream === true) streamed(response).say(text).end()
    else completion(response, text)
  })
  return {
    server,
    base: `${server.url}/v1`,
    asked,
    answer,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export const USAGE = { prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 }

export const completion = (response: ServerResponse, content: unknown, status = 200): void => {
  const body = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: USAGE,
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export const apiError = (response: ServerResponse, status: number, error: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
}

/** Chunks as OpenAI sends them: a role first, the usage last, in a chunk without choices. */
export const streamed = (response: ServerResponse) => {
  const stream = eventStream(response)
  const chunk = (more: object): void =>
    stream.send(JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', usage: null, ...more }))
  const choice = (delta: object, finish_reason: string | null = null): void =>
    chunk({ choices: [{ index: 0, delta, finish_reason }] })
  choice({ role: 'assistant', content: '' })
  const chunks = {
    chunk,
    say(content: string) {
      choice({ content })
      return chunks
    },
    end() {
      choice({}, 'stop')
      chunk({ choices: [], usage: USAGE })
      stream.send('[DONE]')
      stream.end()
    },
  }
  return chunks
}

export interface ChatAgent extends AsyncDisposable {
  readonly id: string
  readonly person: Person
  readonly api: ChatApi
}

/** An agent with a model behind a chat API of its own. @param key undefined: it has none */
export const startChatAgent = async (
  gateway: TestGateway,
  profile: AgentProfile = {},
  key: string | undefined = undefined,
): Promise<ChatAgent> => {
  const api = await startChatApi()
  const office = await gateway.office
  const { employee_id, mqtt_connection } = await office.call('employee.create', {
    name: 'Echo',
    is_ai_agent: true,
    agent_profile: { connector: 'openai', webhook_endpoint: api.base, model_type: 'echo-1', ...profile },
  })
  if (key !== undefined) await office.call('agent.set_secret', { employee_id, kind: 'api_key', secret: key })
  return {
    id: employee_id,
    person: new Person(gateway, { id: employee_id, name: 'Echo', connection: mqtt_connection }),
    api,
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}
