import type { StatName } from '@mchat/schema/tables'
import type { EndedRunTimes } from './agent-metrics.ts'
import { addDuration, bucketNames, type Durations, noDurations } from './durations.ts'
import type { RequestTotals } from './request-metrics.ts'

/** Told of each number, which has only grown since the last time. */
export type EachTotal = (name: StatName, label: string, total: number) => void

/** What is counted beside requests, for what is kept of it (stats/). */
export interface StatTotals {
  /** One message that the broker has. */
  message(isToGroup: boolean, isFromAgent: boolean): void
  agentRun(ended: EndedRunTimes): void
  each(requests: RequestTotals, tell: EachTotal): void
}

export const createStatTotals = (): StatTotals => {
  const messages = { private: 0, group: 0 }
  let ofAgents = 0
  const runs = new Map<string, number>()
  const reasons = new Map<string, number>()
  const firstAnswers = noDurations()
  const answers = noDurations()
  const count = (counts: Map<string, number>, label: string): void => {
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return {
    message(isToGroup, isFromAgent) {
      if (isToGroup) messages.group++
      else messages.private++
      if (isFromAgent) ofAgents++
    },
    agentRun({ firstAnswerSeconds, reason, seconds, state }) {
      count(runs, state)
      if (reason !== undefined) count(reasons, reason)
      if (firstAnswerSeconds !== undefined) addDuration(firstAnswers, firstAnswerSeconds)
      if (seconds !== undefined && state === 'done') addDuration(answers, seconds)
    },
    each(requests, tell) {
      const tellAll = (name: StatName, counts: Iterable<readonly [string, number]>): void => {
        for (const [label, total] of counts) tell(name, label, total)
      }
      const tellTimes = (name: StatName, durations: Durations): void =>
        bucketNames.forEach((label, bucket) => {
          tell(name, label, durations[bucket] ?? 0)
        })
      tellAll('message', Object.entries(messages))
      tell('agent_message', '', ofAgents)
      tellAll('agent_call', runs)
      tellAll('agent_error', reasons)
      tell('request', '', requests.requests)
      tellAll('error', requests.errors)
      tellTimes('message_time', requests.messages)
      tellTimes('request_time', requests.others)
      tellTimes('agent_first_answer_time', firstAnswers)
      tellTimes('agent_answer_time', answers)
    },
  }
}
