import type { Topics } from '@mchat/schema'
import type { Link } from '../link/link.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Caller, RelayContext, Services } from './context.ts'
import { QueuedDeliveries } from './deliveries.ts'
import type { Request } from './request.ts'
import type { AnyHandle } from './run-change.ts'

export interface RelayParts {
  readonly services: Services
  readonly topics: Topics
  readonly link: Link
  readonly metrics: Pick<Metrics, 'delivery'>
  /** Finds the caller and judges the rule anew, as for a request that has just come. */
  readonly judgeAgain: (request: Request) => Promise<Caller>
}

/**
 * Runs a relay and publishes what it has queued. Between the last look at the rights and the publish nothing else can
 * happen: a handler may have waited (for names, for sessions), and a removal answered in that time must hold.
 */
export const createRunRelay = (parts: RelayParts) => {
  const { judgeAgain, link, metrics, services, topics } = parts
  const { directory } = services

  const groupOf = (request: Request) => {
    const groupId = request.input.group_id
    return typeof groupId === 'string' ? directory.groups.peek(groupId) : undefined
  }

  return async (request: Request, judged: Caller, handle: AnyHandle): Promise<object> => {
    let caller = judged
    let group = groupOf(request)
    const deliver = new QueuedDeliveries(topics, directory, caller, services.config.groupDelivery)
    const context: RelayContext = {
      ...services,
      clientId: request.clientId,
      seqId: request.seqId,
      caller,
      rawField: (name) => request.parsed?.raw(name) ?? 'null',
      deliver,
    }
    const data = await handle(context, request.input)
    await deliver.prepare()
    // An entry that is still the same object has not been invalidated since it was judged.
    while (
      directory.sessions.peek(caller.clientId) !== caller.session ||
      directory.employees.peek(caller.employeeId) !== caller.employee ||
      groupOf(request) !== group
    ) {
      caller = await judgeAgain(request)
      group = groupOf(request)
    }
    await deliver.publish(link, metrics.delivery)
    return data
  }
}
