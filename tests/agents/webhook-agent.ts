import type { ServerResponse } from 'node:http'
import type { AgentCall, AgentProfile, InputOf } from '../../schema/src/index.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { type HostileHttpServer, type ReceivedRequest, startHostileHttpServer } from '../kit/hostile-http-server.ts'
import { Person } from '../kit/person.ts'

/** Lets gateways of tests call agents on this machine. */
export const LOOPBACK_AGENTS = { agents: { allow: ['127.0.0.0/8'] } } as const

export interface WebhookAgent extends AsyncDisposable {
  readonly person: Person
  readonly id: string
  readonly secret: string
  readonly server: HostileHttpServer
  /** What it was called with, in the order of the calls. */
  readonly calls: readonly AgentCall[]
  /** Answers every call from now on. */
  answer(respond: (call: AgentCall, response: ServerResponse, request: ReceivedRequest) => void): void
}

let count = 0

/** An agent behind a webhook on loopback, which says "echo: …" until it is told otherwise. */
export const startWebhookAgent = async (
  gateway: TestGateway,
  profile: AgentProfile = {},
  input: Partial<InputOf<'employee.create'>> = {},
): Promise<WebhookAgent> => {
  const server = await startHostileHttpServer()
  const office = await gateway.office
  const name = input.name ?? `Echo ${++count}`
  const {
    employee_id,
    mqtt_connection,
    webhook_secret = '',
  } = await office.call('employee.create', {
    ...input,
    name,
    is_ai_agent: true,
    agent_profile: { webhook_endpoint: `${server.url}/hook`, ...profile },
  })
  const calls: AgentCall[] = []
  const answer: WebhookAgent['answer'] = (respond) =>
    server.respond((request, response) => {
      const call = JSON.parse(request.body) as AgentCall
      calls.push(call)
      respond(call, response, request)
    })
  answer((call, response) => reply(response, { content: `echo: ${String(call.message.content)}` }))
  return {
    person: new Person(gateway, { id: employee_id, name, connection: mqtt_connection }),
    id: employee_id,
    secret: webhook_secret,
    server,
    calls,
    answer,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export const reply = (response: ServerResponse, body: object): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A stream of server-sent events that the test writes. */
export const events = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  return {
    delta: (delta: string) => void response.write(`data: ${JSON.stringify({ delta })}\n\n`),
    part: (value: object) => void response.write(`data: ${JSON.stringify(value)}\n\n`),
    end: () => void response.end('data: [DONE]\n\n'),
  }
}
