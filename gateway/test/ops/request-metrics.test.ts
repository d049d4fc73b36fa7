import { expect, test } from 'vitest'
import { createRequestMetrics } from '../../src/ops/request-metrics.ts'

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

test('how long it took is counted where nobody outside was waited for, and never less than nothing', () => {
  const metrics = createRequestMetrics()
  metrics.record('msg.send_private', 0, 0.002)
  metrics.record('msg.send_private', 0, 2, undefined, true)
  metrics.record('agent.test', 0, 2, undefined, true)
  metrics.record('file.complete', 0, 0.5, undefined, true)
  metrics.record('group.list', 0, 0.001)
  const { messages, others, requests } = metrics.totals()
  expect([requests, sum(messages), sum(others)]).toEqual([5, 1, 1])
  expect([...messages, ...others].filter((count) => count < 0)).toEqual([])
  expect(metrics.render()).toContain('mchat_request_duration_seconds_count{action="msg.send_private"} 2\n')
})
