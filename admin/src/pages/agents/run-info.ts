import type { OutputOf } from '@mchat/sdk'

export type AgentRunInfo = OutputOf<'agent.runs'>['runs'][number]
export type RunState = AgentRunInfo['state']

export const UNDER_WAY: readonly RunState[] = ['queued', 'running', 'streaming']

/** Of antd's tags. */
export const STATE_COLOURS: Readonly<Record<RunState, string>> = {
  queued: 'default',
  running: 'processing',
  streaming: 'processing',
  done: 'success',
  failed: 'error',
  cancelled: 'default',
  timed_out: 'warning',
}
export const RUN_STATES = Object.keys(STATE_COLOURS) as RunState[]
