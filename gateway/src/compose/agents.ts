import { LIMITS, textOf } from '@mchat/schema'
import { createAgentSecrets } from '../agents/agent-secrets.ts'
import type { Agents } from '../agents/agents.ts'
import { createAsksFor } from '../agents/asks.ts'
import { createCallAgent } from '../agents/call-agent.ts'
import { createCallBody } from '../agents/call-body.ts'
import { createCapacity } from '../agents/capacity.ts'
import { createChain, createRunIdOf } from '../agents/chain.ts'
import { createCircuitBreaker, type SparedAgent } from '../agents/circuit-breaker.ts'
import { createMqttConnector } from '../agents/connectors/mqtt.ts'
import { createOpenaiConnector } from '../agents/connectors/openai.ts'
import { createWebhookConnector } from '../agents/connectors/webhook.ts'
import { createContentFilter } from '../agents/content-filter.ts'
import { createEarlierRuns } from '../agents/earlier-runs.ts'
import { createHandoffWords } from '../agents/handoff-words.ts'
import { createLateAnswers } from '../agents/late-answers.ts'
import { createMessageEndpoint, MESSAGE_PATH } from '../agents/message-endpoint.ts'
import { createPerform } from '../agents/perform.ts'
import { createReplyEndpoint, REPLY_PATH } from '../agents/reply-endpoint.ts'
import { createReplyTokens } from '../agents/reply-tokens.ts'
import { createRunAnswers } from '../agents/run-answers.ts'
import { createRunKeeper } from '../agents/run-keeper.ts'
import { createRunLedger } from '../agents/run-ledger.ts'
import { createAgentRuns } from '../agents/runs.ts'
import { createStillAsked } from '../agents/still-asked.ts'
import { createStillOurs } from '../agents/still-ours.ts'
import { createTestCalls } from '../agents/test-calls.ts'
import { createTestCancels } from '../agents/test-cancels.ts'
import { createTriggers } from '../agents/trigger.ts'
import { createAgentVoice, type VoiceParts } from '../agents/voice.ts'
import type { Changes } from '../changes/changes.ts'
import { httpUrl } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Lease } from '../db/lease.ts'
import { createHandOver } from '../handlers/agent/hand-over.ts'
import type { Budgets } from '../limits/budgets.ts'
import { createBetweenGateways } from '../link/between-gateways.ts'
import type { HttpServer } from '../ops/http.ts'
import type { HttpHook } from '../ops/http-hooks.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Keys } from '../platform/keys.ts'
import { createOutgoingHttp } from '../platform/outgoing-http.ts'
import type { Sealing } from '../platform/sealing.ts'
import type { Settle } from '../router/settle.ts'

export interface AgentParts extends Omit<VoiceParts, 'metrics'> {
  readonly config: Config
  readonly database: Database
  readonly lease: Lease
  readonly budgets: Budgets
  readonly keys: Keys
  readonly sealing: Sealing
  readonly settle: Settle
  readonly changes: Pick<Changes, 'run'>
  readonly ports: { readonly http: number }
  readonly instance: string
  readonly isAlone: boolean
  readonly metrics: Metrics
  readonly log: Log
}

export interface ComposedAgents extends Agents {
  readonly routes: readonly AgentRoute[]
  /** Calls that wait or are under way here. */
  underWay(): number
  /** Agents that are not called for a while. */
  spared(): readonly SparedAgent[]
  /** When the link publishes. */
  begin(): void
  /** What another gateway has published for this one. */
  heard(note: Buffer): void
  /** When no more requests are taken, and the link still publishes: runs under way may end, for a while. */
  finish(): Promise<void>
  close(): Promise<void>
}

const ROUTES = [MESSAGE_PATH, REPLY_PATH] as const
type AgentRoute = Pick<HttpHook, 'path' | 'mayAsk' | 'answer'>

/**
 * The routes of agents. To be said before the port is open, which some brokers need before there can be anything to
 * answer: until then nobody may ask.
 */
export const addAgentRoutes = (http: Pick<HttpServer, 'addHook'>, agents: () => ComposedAgents | undefined): void => {
  for (const path of ROUTES) {
    const route = (): AgentRoute | undefined => agents()?.routes.find((each) => each.path === path)
    http.addHook({
      path,
      bodyBytes: LIMITS.agentAnswerBytes,
      isStrict: true,
      mayAsk: (header) => route()?.mayAsk(header) ?? false,
      answer: async (body, header) => await route()?.answer(body, header),
    })
  }
}

/** So many calls at a time, of all agents: most of them wait. */
const CONNECTIONS = { connections: 4096, connectionsPerOrigin: 2048 }
const STOP_MS = 5000

/** Everything about calling agents. */
export const composeAgents = async (parts: AgentParts): Promise<ComposedAgents> => {
  const { clock, config, database, directory, instance, isAlone, keys, lease, log, messageIds, metrics, ports } = parts
  const { settle } = parts
  const onRun = parts.changes.run
  const outgoing = createOutgoingHttp({
    allow: config.agents.allow,
    httpsOnly: config.broker.kind !== 'embedded',
    remedy: 'MCHAT_AGENT_ALLOW admits what is yours',
    ...CONNECTIONS,
  })
  const secrets = createAgentSecrets(parts.sealing, clock)
  const voice = createAgentVoice(parts)
  const filter = await createContentFilter({ file: config.filterFile, log })
  const lateAnswers = createLateAnswers()
  const tokens = createReplyTokens(keys, clock)
  const runIdOf = createRunIdOf(messageIds)
  const callBody = createCallBody({
    database,
    directory,
    messageIds,
    replyAddress: ({ runId }, deadline) => ({
      reply_url: `${httpUrl(config, ports.http)}${REPLY_PATH}`,
      reply_token: tokens.make(runId, deadline),
    }),
  })
  const connectors = {
    webhook: createWebhookConnector({ http: outgoing, secrets, clock, version: config.version }),
    openai: createOpenaiConnector({ http: outgoing, secrets, directory, clock, version: config.version }),
    mqtt: createMqttConnector(parts),
  }
  const callAgent = createCallAgent({ callBody, connectors, lateAnswers, clock })
  const capacity = createCapacity({ budgets: parts.budgets, gateways: () => lease.gateways })
  const handoffWords = createHandoffWords(config.agents.handoffWords)
  const breaker = createCircuitBreaker(clock)
  const testCalls = createTestCalls({
    ...{ callAgent, capacity, filter, messageIds, instance, clock },
    onWorks: breaker.close,
    tell(clientId, event) {
      const payload = Buffer.from(JSON.stringify(event))
      // Nobody relies on it: the answer to the request follows.
      parts.link.publish(parts.topics.response(clientId, event.run_id), payload, { qos: 0 }).catch(() => undefined)
    },
  })
  const handOver = createHandOver({ database, directory, lease, messageIds, settle, clock, log })
  const runs = createAgentRuns({
    ledger: createRunLedger({ database, instance, isAlone, onRun, clock }),
    capacity,
    breaker,
    earlier: createEarlierRuns(database, messageIds),
    perform: createPerform({ callAgent, filter, voice, onRun, clock }),
    chain: createChain(directory, runIdOf),
    voice,
    stillAsked: createStillAsked(directory),
    stillOurs: createStillOurs(database, lease),
    wantsPerson({ agent, message }) {
      const text = textOf(message.content)
      return text !== undefined && handoffWords.askForPerson(text, [agent.name])
    },
    async handOver(ask, reply) {
      if (reply.handoff === undefined || !(await voice.maySpeak(ask))) return false
      const { reason, to } = reply.handoff
      // Its words, as much as an answer is.
      const said = reason === undefined ? undefined : filter.apply(reason)
      return await handOver(ask, {
        to,
        reason: said?.verdict === 'blocked' ? undefined : (said?.content as string | undefined),
      })
    },
    async onFailing({ agent, runId }) {
      if (agent.managerId === null) return
      const message = { action: 'agent_failing', agent_id: agent.employeeId } as const
      const effect = { kind: 'system_to_inboxes', employee_ids: [agent.managerId], message } as const
      await settle([effect], { clientId: 'mchat', seqId: runId })
    },
    onRun,
    metrics,
    clock,
    log,
  })
  const between = createBetweenGateways({
    link: parts.link,
    topics: parts.topics,
    instance,
    answer: (question) => answers.passedOn(question) ?? testCancels.told(question) ?? keeper.told(question),
  })
  const testCancels = createTestCancels({ database, testCalls, between, instance })
  const answers = createRunAnswers({ database, lateAnswers, between, instance })
  const keeper = createRunKeeper({
    database,
    lease,
    between,
    instance,
    isAlone,
    runs,
    voice,
    onRun,
    metrics,
    clock,
    log,
  })
  metrics.gauge('mchat_agent_runs_under_way', 'Calls of agents that wait or are under way here.', () => runs.underWay)
  metrics.gauge('mchat_agent_open_circuits', 'Agents that are not called for a while.', () => breaker.open)
  const messageRoute = createMessageEndpoint({ database, directory, budgets: parts.budgets, filter, voice, clock })
  const replyRoute = createReplyEndpoint({ tokens, answers })

  return {
    routes: [messageRoute, replyRoute],
    asksFor: createAsksFor(directory, createTriggers(messageIds), runIdOf),
    start: runs.start,
    answers,
    cancel: keeper.cancel,
    test: testCalls.call,
    cancelTest: testCancels.cancel,
    filterPeople: config.filterPeople ? filter.apply : (content) => ({ verdict: 'pass', content }),
    refuseEndpoint: outgoing.check,
    underWay: () => runs.underWay,
    spared: breaker.spared,
    heard: between.heard,
    begin: keeper.start,
    async finish() {
      testCalls.stop()
      await runs.stop(STOP_MS)
      await keeper.stop()
    },
    async close() {
      await outgoing.close()
      filter.close()
    },
  }
}
