import { type ActionClass, classOf, MChatError, ownerOf } from '@mchat/schema'
import type { Config } from '../../config.ts'
import type { Budgets } from '../../limits/budgets.ts'
import type { TokenBuckets } from '../../limits/token-bucket.ts'
import type { Metrics } from '../../ops/metrics.ts'
import type { Request } from '../request.ts'

/** The limits of contract 7, as three steps: before anything is looked up, once the caller is known, once the group is. */
export interface LimitSteps {
  client(request: Request): void
  employee(request: Request): void
  group(request: Request): void
  /**
   * Whether a refusal is still answered. A flood is answered only so far, or the answers would be a flood themselves; a
   * device that waits for each answer, or for as long as told, always gets one, whatever others of its owner do.
   */
  isAnswered(request: Request): boolean
}

/** Refusals that are answered at once, in seconds of their rate. */
const REFUSAL_SECONDS = 10
/** Heavy requests at once, in seconds of their rate. */
const HEAVY_SECONDS = 4

export const createLimitSteps = (config: Config, budgets: Budgets, metrics: Pick<Metrics, 'limited'>): LimitSteps => {
  if (!config.rateLimit) return { client: () => {}, employee: () => {}, group: () => {}, isAnswered: () => true }
  const { limits } = config
  const burst = (perSecond: number): number => Math.max(limits.requestBurstPerClient, perSecond)
  const clients = budgets.buckets('client', limits.requestsPerSecondPerClient, limits.requestBurstPerClient)
  const { requestsPerSecondPerEmployee, changesPerSecondPerEmployee, heavyRequestsPerSecondPerEmployee } = limits
  const employees = budgets.buckets('employee', requestsPerSecondPerEmployee, burst(requestsPerSecondPerEmployee))
  const classes: Partial<Record<ActionClass, TokenBuckets>> = {
    change: budgets.buckets('change', changesPerSecondPerEmployee, burst(changesPerSecondPerEmployee)),
    heavy: budgets.buckets(
      'heavy',
      heavyRequestsPerSecondPerEmployee,
      HEAVY_SECONDS * heavyRequestsPerSecondPerEmployee,
    ),
  }
  const groups = budgets.buckets('group', limits.messagesPerSecondPerGroup, limits.messagesPerSecondPerGroup)
  const { refusalsPerSecondPerClient } = limits
  const refusals = budgets.buckets('refusal', refusalsPerSecondPerClient, REFUSAL_SECONDS * refusalsPerSecondPerClient)

  const spend = (limit: string, buckets: TokenBuckets, key: string): void => {
    const retryAfterMs = buckets.take(key)
    if (retryAfterMs === 0) return
    metrics.limited(limit)
    throw new MChatError('rate_limited', { retryAfterMs })
  }
  return {
    client: ({ clientId }) => spend('client', clients, clientId),
    employee({ caller, clientId, definition }) {
      const who = caller?.employeeId ?? ownerOf(clientId)
      spend('employee', employees, who)
      if (definition === undefined) return
      const name = classOf(definition)
      const budget = classes[name]
      if (budget !== undefined) spend(name, budget, who)
    },
    group(request) {
      const groupId = publishesToGroup(request) ? request.input.group_id : undefined
      if (typeof groupId === 'string') spend('group', groups, groupId)
    },
    isAnswered: ({ clientId }) => refusals.take(clientId) === 0,
  }
}

/** Read receipts go to the writers' inboxes, and a private conversation may name any group without being in it. */
const publishesToGroup = (request: Request): boolean => {
  const { action, definition, input } = request
  if (definition?.kind !== 'relay' || action === 'msg.read_ack') return false
  return definition.rule === 'group_member' || input.conversation_type === 'group'
}
