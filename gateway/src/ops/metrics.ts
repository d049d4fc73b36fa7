import type { ErrorKey } from '@mchat/schema'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { createAgentMetrics, type EndedRunTimes } from './agent-metrics.ts'
import { type BusyGroups, createBusyGroups } from './busy-groups.ts'
import { createRequestMetrics } from './request-metrics.ts'
import { createStatTotals, type EachTotal } from './stat-totals.ts'

/** What leaves the gateway for clients, by where it goes. */
export type DeliveryKind = 'inbox' | 'group' | 'sync' | 'stream' | 'notice' | 'response' | 'changes'

/**
 * What is counted. Recording is a few additions, so it may stand on the message path; the text is made when it is asked
 * for. Every gateway has a registry of its own.
 */
export interface Metrics {
  /**
   * One answered request.
   * @param reason undefined: it was done
   * @param isAwaited true: the answer waited for an agent, so how long it took says nothing of the gateway
   */
  request(action: string, code: number, seconds: number, reason?: ErrorKey, isAwaited?: boolean): void
  /** One message that the broker has. @param groupId undefined: a private one */
  message(groupId: string | undefined, isFromAgent: boolean): void
  /** One publish handed to the broker and acknowledged by it. */
  delivery(kind: DeliveryKind): void
  /** One request that could not be answered, or something else that was thrown away; `reason` from a fixed set. */
  dropped(reason: string): void
  /** One call of an agent that has ended. */
  agentRun(ended: EndedRunTimes): void
  /** One request over a limit, by the name of the limit. */
  limited(limit: string): void
  /** One connection the embedded broker has refused, by CONNACK return code (MQTT 3.1.1, 3.2.2.3). */
  refused(returnCode: number): void
  /** A number that is asked for when metrics are read: what is now. */
  gauge(name: string, help: string, read: () => number): void
  /** A number that only grows and is counted elsewhere, asked for when metrics are read. */
  total(name: string, help: string, read: () => number): void
  /** What was counted since the start. */
  eachTotal(tell: EachTotal): void
  readonly busyGroups: Pick<BusyGroups, 'take'>
  readonly contentType: string
  render(): Promise<string>
}

export interface MetricsOptions {
  readonly version: string
  /** Memory, processor, event loop lag and garbage collection of this process. Default true. */
  readonly process?: boolean
}

export const createMetrics = (options: MetricsOptions): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  if (options.process !== false) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 })

  const requests = createRequestMetrics()
  const totals = createStatTotals()
  const busyGroups = createBusyGroups()
  const agentRun = createAgentMetrics(registry)
  const deliveries = new Map<DeliveryKind, number>()
  new Gauge({ name: 'mchat_build_info', help: 'The running version.', labelNames: ['version'], registers }).set(
    { version: options.version },
    1,
  )
  new Counter({
    name: 'mchat_deliveries_total',
    help: 'Publishes the broker has acknowledged.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const [kind, count] of deliveries) this.inc({ kind }, count)
    },
  })
  const drops = new Counter({
    name: 'mchat_dropped_total',
    help: 'What was thrown away without an answer.',
    labelNames: ['reason'],
    registers,
  })

  const limited = new Counter({
    name: 'mchat_limited_requests_total',
    help: 'Requests over a limit, by the limit.',
    labelNames: ['limit'],
    registers,
  })
  const refusals = new Counter({
    name: 'mchat_refused_connections_total',
    help: 'MQTT connections refused, by CONNACK return code.',
    labelNames: ['return_code'],
    registers,
  })

  return {
    request: requests.record,
    message(groupId, isFromAgent) {
      totals.message(groupId !== undefined, isFromAgent)
      if (groupId !== undefined) busyGroups.add(groupId)
    },
    eachTotal: (tell) => totals.each(requests.totals(), tell),
    busyGroups,
    agentRun(ended) {
      agentRun(ended)
      totals.agentRun(ended)
    },
    delivery(kind) {
      deliveries.set(kind, (deliveries.get(kind) ?? 0) + 1)
    },
    limited: (limit) => limited.inc({ limit }),
    dropped: (reason) => drops.inc({ reason }),
    refused: (returnCode) => refusals.inc({ return_code: returnCode }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    },
    total(name, help, read) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        },
      })
    },
    contentType: registry.contentType,
    render: async () => `${await registry.metrics()}\n${requests.render()}`,
  }
}
