import { type AgentCall, type AgentRequest, LIMITS } from '@mchat/schema'
import { Webhook } from 'standardwebhooks'
import type { AgentEntry } from '../../db/directory.ts'
import type { Clock } from '../../platform/clock.ts'
import type { OutgoingHttp, OutgoingResponse } from '../../platform/outgoing-http.ts'
import { newTraceParent } from '../../platform/random.ts'
import type { AgentSecrets } from '../agent-secrets.ts'
import { readReply } from '../answer.ts'
import { type AgentAnswer, AgentCallError, type AgentConnectorDriver } from './connector.ts'
import { readStream } from './event-stream.ts'
import { askWithRetries, leftMs, refusedWith } from './retries.ts'
import { collectReply } from './streamed-reply.ts'

export interface WebhookParts {
  readonly http: OutgoingHttp
  readonly secrets: AgentSecrets
  readonly clock: Clock
  readonly version: string
}

/**
 * An agent behind HTTP: a POST for each run, signed by Standard Webhooks 1.0. `webhook-id` is the run_id, the same on every
 * repetition, so that a receiver can tell a repetition from a new message.
 */
export const createWebhookConnector = (parts: WebhookParts): AgentConnectorDriver => {
  const { clock, http, secrets, version } = parts

  const post = async (
    agent: AgentEntry,
    call: AgentCall,
    signal: AbortSignal,
    onRequest?: (request: AgentRequest) => void,
  ): Promise<OutgoingResponse> => {
    const keys = secrets.inUse(agent, 'webhook')
    if (keys.length === 0) throw new AgentCallError('no_secret', 'The agent has no secret to sign with.')
    const body = JSON.stringify(call)
    const now = clock.date()
    const request = {
      method: 'POST',
      url: agent.profile.webhook_endpoint ?? '',
      headers: {
        'content-type': 'application/json',
        accept:
          agent.profile.stream === false
            ? 'application/json'
            : 'text/event-stream, application/x-ndjson, application/json',
        'user-agent': `MChat/${version}`,
        'webhook-id': call.run_id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': keys.map((key) => new Webhook(key).sign(call.run_id, now, body)).join(' '),
        traceparent: newTraceParent(),
      },
      body,
    } as const
    onRequest?.(request)
    return await http.request({ ...request, signal, deadlineMs: leftMs(call, clock) })
  }

  const read = async (response: OutgoingResponse, onDelta: (text: string) => void): Promise<AgentAnswer> => {
    const { status } = response
    if (status === 202) return discarded(response, { kind: 'later' })
    if (status === 204) return discarded(response, { kind: 'reply', reply: { silent: true } })
    if (status !== 200) {
      response.discard()
      throw refusedWith(status)
    }
    const type = (response.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
    if (type === 'text/event-stream' || type === 'application/x-ndjson') {
      const form = type === 'text/event-stream' ? 'events' : 'lines'
      const parts = readStream(response.chunks(LIMITS.agentStreamBytes), form)
      return { kind: 'reply', reply: await collectReply(parts, onDelta) }
    }
    const text = await response.text(LIMITS.agentAnswerBytes)
    return { kind: 'reply', reply: text.trim() === '' ? { silent: true } : readReply(text) }
  }

  return {
    call: (agent, call, onDelta, signal, onRequest) =>
      askWithRetries(
        call,
        { clock, signal },
        () => post(agent, call, signal, onRequest),
        (response) => read(response, onDelta),
      ),
  }
}

const discarded = (response: OutgoingResponse, answer: AgentAnswer): AgentAnswer => {
  response.discard()
  return answer
}
