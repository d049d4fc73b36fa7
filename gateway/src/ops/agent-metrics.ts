import type { EndState, RunFailure } from '@mchat/schema'
import { Counter, Histogram, type Registry } from 'prom-client'

/** One call of an agent that has ended. */
export interface EndedRunTimes {
  readonly state: EndState
  readonly reason: RunFailure | undefined
  /** From the message until the agent began to answer; undefined: it did not. */
  readonly firstAnswerSeconds?: number | undefined
  /** From the message until the end; undefined: not known here. */
  readonly seconds?: number | undefined
}

/** Upper ends of the buckets, in seconds: up to the longest `response_timeout`, and what waits for its turn. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 240]

/** Counts the calls of agents, of which there are far fewer than requests. No label names an agent: there may be many. */
export const createAgentMetrics = (registry: Registry): ((ended: EndedRunTimes) => void) => {
  const registers = [registry]
  const runs = new Counter({
    name: 'mchat_agent_runs_total',
    help: 'Calls of agents that have ended, by how and why.',
    labelNames: ['end_state', 'reason'],
    registers,
  })
  const firstAnswers = new Histogram({
    name: 'mchat_agent_first_answer_seconds',
    help: 'From the message until the agent began to answer.',
    buckets: BUCKETS,
    registers,
  })
  const durations = new Histogram({
    name: 'mchat_agent_run_seconds',
    help: 'From the message until the call of the agent had ended.',
    labelNames: ['end_state'],
    buckets: BUCKETS,
    registers,
  })
  return ({ firstAnswerSeconds, reason, seconds, state }) => {
    runs.inc({ end_state: state, reason: reason ?? '' })
    if (firstAnswerSeconds !== undefined) firstAnswers.observe(firstAnswerSeconds)
    if (seconds !== undefined) durations.observe({ end_state: state }, seconds)
  }
}
