import type { ServerResponse } from 'node:http'
import { AgentCallError, type AgentConnectorDriver } from '../../gateway/src/agents/connectors/connector.ts'
import { createMqttConnector } from '../../gateway/src/agents/connectors/mqtt.ts'
import { createOpenaiConnector } from '../../gateway/src/agents/connectors/openai.ts'
import { createWebhookConnector } from '../../gateway/src/agents/connectors/webhook.ts'
import { createLateAnswers } from '../../gateway/src/agents/late-answers.ts'
import { createCache } from '../../gateway/src/db/cache.ts'
import type { AgentEntry, EmployeeEntry } from '../../gateway/src/db/directory.ts'
import { systemClock } from '../../gateway/src/platform/clock.ts'
import { createOutgoingHttp, type OutgoingHttp } from '../../gateway/src/platform/outgoing-http.ts'
import type { AgentCall, AgentProfile, AgentRun } from '../../schema/src/index.ts'
import { apiError, type ChatRequest, completion, streamed } from '../agents/chat-api.ts'
import { events, reply } from '../agents/webhook-agent.ts'
import { type ReceivedRequest, startHostileHttpServer } from '../kit/hostile-http-server.ts'
import type { Act, ConnectorBench } from './agent-connector.ts'
import { openLinkBench } from './embedded-bench.ts'
import { topics } from './link.ts'

const AGENT_ID = 'bot'
const clock = systemClock()

const agentOf = (profile: AgentProfile): AgentEntry => ({
  employeeId: AGENT_ID,
  name: 'Bot',
  departmentId: null,
  managerId: null,
  profile,
  secrets: [],
  silentIn: new Set(),
})

interface HttpKind {
  readonly profile: AgentProfile
  readonly secret: string
  readonly driver: (http: OutgoingHttp) => AgentConnectorDriver
  readonly respond: (act: Act, request: ReceivedRequest, response: ServerResponse) => void
}

const openHttpBench = async (kind: HttpKind): Promise<ConnectorBench> => {
  const server = await startHostileHttpServer()
  const http = createOutgoingHttp({ allow: ['127.0.0.0/8'], httpsOnly: false })
  let calls = 0
  let act: Act = { kind: 'hangs' }
  server.respond((request, response) => {
    calls++
    kind.respond(act, request, response)
  })
  return {
    driver: kind.driver(http),
    agent: agentOf({ ...kind.profile, webhook_endpoint: `${server.url}/agent` }),
    lateAnswers: createLateAnswers(),
    act(given) {
      act = given
    },
    get calls() {
      return calls
    },
    leave: async () => server[Symbol.asyncDispose](),
    async released() {
      await Promise.all(server.connections.map(({ closed }) => closed))
    },
    failures: { refuses: 'http_error', breaks: 'bad_answer' },
    secret: kind.secret,
    async [Symbol.asyncDispose]() {
      await http.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export const openWebhookBench = (): Promise<ConnectorBench> =>
  openHttpBench({
    profile: {},
    secret: WEBHOOK_SECRET,
    driver: (http) => createWebhookConnector({ http, secrets: { inUse: () => [WEBHOOK_SECRET] }, clock, version: '0' }),
    respond(act, request, response) {
      if (act.kind === 'says') reply(response, { content: act.text })
      if (act.kind === 'echoes') reply(response, { content: (JSON.parse(request.body) as AgentCall).message.content })
      if (act.kind === 'is silent') response.writeHead(204).end()
      if (act.kind === 'refuses') response.writeHead(500).end(`${request.body} ${WEBHOOK_SECRET}`)
      if (act.kind !== 'writes') return
      const stream = events(response)
      for (const piece of act.pieces) stream.delta(piece)
      if (act.end === 'ends') stream.end()
      if (act.end === 'breaks') response.end()
    },
  })

const API_KEY = 'sk-canary'

export const openOpenaiBench = (): Promise<ConnectorBench> =>
  openHttpBench({
    profile: { connector: 'openai', model_type: 'echo-1' },
    secret: API_KEY,
    driver: (http) =>
      createOpenaiConnector({
        http,
        secrets: { inUse: () => [API_KEY] },
        directory: { employees: createCache<EmployeeEntry>(1, async () => undefined) },
        clock,
        version: '0',
      }),
    respond(act, request, response) {
      if (act.kind === 'says') completion(response, act.text)
      if (act.kind === 'echoes') {
        completion(response, (JSON.parse(request.body) as ChatRequest).messages.at(-1)?.content)
      }
      if (act.kind === 'is silent') completion(response, null)
      if (act.kind === 'refuses') apiError(response, 401, { message: request.body, code: API_KEY, type: API_KEY })
      if (act.kind !== 'writes') return
      const stream = streamed(response)
      for (const piece of act.pieces) stream.say(piece)
      if (act.end === 'ends') stream.end()
      if (act.end === 'breaks') response.end()
    },
  })

/** The actions of the agent do here what their handlers do on the gateway that called. */
export const openMqttBench = async (): Promise<ConnectorBench> => {
  const bench = await openLinkBench()
  const lateAnswers = createLateAnswers()
  const clientId = `${AGENT_ID}_box_1`
  const sessions = new Set([clientId])
  const sessionsOf = createCache<ReadonlySet<string>>(1, async () => sessions)
  let calls = 0
  let act: Act = { kind: 'hangs' }
  await bench.link.start(async ({ payload }) => {
    const { action, delta, run_id, ...rest } = JSON.parse(payload.toString())
    if (action === 'agent.reply') lateAnswers.give(run_id, rest)
    if (action === 'agent.delta') lateAnswers.add(run_id, AGENT_ID, delta)
    if (action === 'agent.status') lateAnswers.fail(run_id, new AgentCallError('agent', 'It gave no reason.'))
  })
  const raw = await bench.connect(clientId)
  await raw.subscribe(topics.inbox(AGENT_ID))
  let packetId = 0
  const send = async (action: string, input: object): Promise<void> => {
    const payload = JSON.stringify({ action, ...input })
    await raw.publish({ topic: topics.request(clientId, `s${++packetId}`), payload, qos: 1, packetId })
  }
  const respond = async (run: AgentRun): Promise<void> => {
    const { run_id } = run
    if (act.kind === 'says') await send('agent.reply', { run_id, content: act.text })
    if (act.kind === 'echoes') await send('agent.reply', { run_id, content: run.message.content })
    if (act.kind === 'is silent') await send('agent.reply', { run_id, silent: true })
    if (act.kind === 'refuses') await send('agent.status', { run_id, state: 'failed' })
    if (act.kind !== 'writes') return
    for (const delta of act.pieces) await send('agent.delta', { run_id, delta })
    if (act.end === 'ends') await send('agent.reply', { run_id, content: act.pieces.join('') })
    if (act.end === 'breaks') await send('agent.status', { run_id, state: 'failed' })
  }
  const listen = async (): Promise<void> => {
    while (!raw.isClosed) {
      // None may come for a while.
      const message = await raw.nextPublish().catch(() => undefined)
      if (message === undefined) continue
      const run = JSON.parse(message.payload.toString()) as AgentRun
      calls++
      await respond(run)
    }
  }
  const listening = listen()
  return {
    driver: createMqttConnector({ link: bench.link, topics, directory: { sessionsOf }, clock }),
    agent: agentOf({ connector: 'mqtt' }),
    lateAnswers,
    act(given) {
      act = given
    },
    get calls() {
      return calls
    },
    async leave() {
      sessions.clear()
      sessionsOf.clear()
    },
    // A call holds nothing open: the connection is the agent's own.
    released: async () => undefined,
    failures: { refuses: 'agent', breaks: 'agent' },
    secret: clientId,
    async [Symbol.asyncDispose]() {
      await raw[Symbol.asyncDispose]()
      await listening
      await bench[Symbol.asyncDispose]()
    },
  }
}
