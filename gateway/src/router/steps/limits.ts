import { MChatError } from '@mchat/schema'
import type { Config } from '../../config.ts'
import type { Clock } from '../../platform/clock.ts'
import { createTokenBuckets } from '../../platform/token-bucket.ts'
import type { Request } from '../request.ts'

/** The limits of contract 7, as three steps: before anything is looked up, once the caller is known, once the group is. */
export interface LimitSteps {
  client(request: Request): void
  employee(request: Request): void
  group(request: Request): void
}

export const createLimitSteps = (config: Config, clock: Clock): LimitSteps => {
  const { limits } = config
  const clients = createTokenBuckets(clock, limits.requestsPerSecondPerClient, limits.requestBurstPerClient)
  const employees = createTokenBuckets(
    clock,
    limits.requestsPerSecondPerEmployee,
    Math.max(limits.requestBurstPerClient, limits.requestsPerSecondPerEmployee),
  )
  const groups = createTokenBuckets(clock, limits.messagesPerSecondPerGroup, limits.messagesPerSecondPerGroup)
  const check = (retryAfterMs: number): void => {
    if (retryAfterMs > 0) throw new MChatError('rate_limited', { retryAfterMs })
  }
  if (!config.rateLimit) return { client: () => {}, employee: () => {}, group: () => {} }
  return {
    client: (request) => check(clients.take(request.clientId)),
    employee: (request) => check(employees.take(request.caller?.employeeId ?? request.clientId)),
    group(request) {
      const groupId = publishesToGroup(request) ? request.input.group_id : undefined
      if (typeof groupId === 'string') check(groups.take(groupId))
    },
  }
}

/** Read receipts go to the writers' inboxes, and a private conversation may name any group without being in it. */
const publishesToGroup = (request: Request): boolean => {
  const { action, definition, input } = request
  if (definition?.kind !== 'relay' || action === 'msg.read_ack') return false
  return definition.rule === 'group_member' || input.conversation_type === 'group'
}
