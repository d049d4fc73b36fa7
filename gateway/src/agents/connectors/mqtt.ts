import type { AgentCall, AgentRun, AgentStatus, Topics } from '@mchat/schema'
import type { Directory } from '../../db/directory.ts'
import type { Link } from '../../link/link.ts'
import type { Clock } from '../../platform/clock.ts'
import { RunStopped, stateOf } from '../run.ts'
import { AgentCallError, type AgentConnectorDriver } from './connector.ts'

export interface MqttParts {
  readonly link: Pick<Link, 'publish'>
  readonly topics: Pick<Topics, 'inbox'>
  readonly directory: Pick<Directory, 'sessionsOf'>
  readonly clock: Pick<Clock, 'timestamp'>
}

/**
 * An agent that is an MQTT client with a credential of its own, and needs no address: a run is an event on its inbox, which
 * it answers with `agent.reply`, `agent.delta` and `agent.status` (action-answers.ts). All its devices get it; the first
 * answer counts. One without a session is not waited for; one whose session is kept while it is away may come back in
 * time, and sees by `deadline` whether it has. When the run is stopped before its answer, the agent is told by an
 * `agent_status` on its inbox.
 */
export const createMqttConnector = ({ clock, directory, link, topics }: MqttParts): AgentConnectorDriver => {
  const tellStopped = (
    agentId: string,
    { message, run_id }: Pick<AgentCall, 'message' | 'run_id'>,
    why: unknown,
  ): void => {
    const status: AgentStatus = {
      type: 'agent_status',
      event_id: `${run_id}.stopped`,
      run_id,
      from_employee_id: agentId,
      to_employee_id: agentId,
      in_reply_to: message.msg_id,
      state: why instanceof RunStopped ? stateOf(why.failure) : 'failed',
      sent_at: clock.timestamp(),
    }
    // It would learn it by its answer otherwise.
    link.publish(topics.inbox(agentId), Buffer.from(JSON.stringify(status)), { qos: 1 }).catch(() => undefined)
  }

  return {
    async call({ employeeId }, { history, reply_token, reply_url, ...call }, _onDelta, signal, onRequest) {
      signal.throwIfAborted()
      const sessions = await directory.sessionsOf.get(employeeId)
      if (sessions === undefined || sessions.size === 0) {
        throw new AgentCallError('unreachable', 'The agent has no session.')
      }
      const event: AgentRun = { type: 'agent_run', ...call }
      const stopped = Promise.withResolvers<never>()
      const onAbort = (): void => stopped.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      // Also where it is stopped while it is published: it may have got there.
      signal.addEventListener('abort', () => tellStopped(employeeId, call, signal.reason), { once: true })
      const topic = topics.inbox(employeeId)
      const payload = JSON.stringify(event)
      onRequest?.({ method: 'PUBLISH', url: topic, headers: {}, body: payload })
      const published = link.publish(topic, Buffer.from(payload), {
        qos: 1,
        stillHolds: () => !signal.aborted,
      })
      try {
        await Promise.race([published, stopped.promise])
      } catch (cause) {
        signal.throwIfAborted()
        throw new AgentCallError('unreachable', 'The broker did not take the run.', { cause })
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
      return { kind: 'later' }
    },
  }
}
