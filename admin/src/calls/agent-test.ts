import type { AgentTest, OutputOf } from '@mchat/sdk'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useClient } from '../connection/connection-context.tsx'
import { newSeqId } from './seq-id.ts'

type Tested = OutputOf<'agent.test'>

/** How a test goes on: `result` or `error` when it is over. */
export interface AgentTesting {
  readonly isRunning: boolean
  /** As it was sent last. */
  readonly request: Tested['request']
  /** What there is of the answer. */
  readonly text: string
  readonly result: Tested | undefined
  readonly error: unknown
}

const IDLE: AgentTesting = { isRunning: false, request: undefined, text: '', result: undefined, error: undefined }
/** What a test may take beyond the time of the agent, twice: it may wait for its turn as long. */
const SPARE_MS = 15_000

/** Calls an agent, and follows it. What is under way is stopped when nobody looks any more. */
export const useAgentTest = () => {
  const client = useClient()
  const [testing, setTesting] = useState<AgentTesting>(IDLE)
  const current = useRef<{ stop(): void } | undefined>(undefined)
  useEffect(() => () => current.current?.stop(), [])

  const start = useCallback(
    async (employee_id: string, content: string, timeoutSeconds: number): Promise<void> => {
      const seqId = newSeqId()
      const abort = new AbortController()
      let runId: string | undefined
      const own = {
        stop() {
          if (runId === undefined) abort.abort()
          // It has ended by itself when this fails.
          else client.request('agent.cancel', { run_id: runId }).catch(() => abort.abort())
        },
      }
      current.current?.stop()
      current.current = own
      const change = (news: (before: AgentTesting) => Partial<AgentTesting>): void => {
        if (current.current === own) setTesting((before) => ({ ...before, ...news(before) }))
      }
      setTesting({ ...IDLE, isRunning: true })
      const forget = client.on('agent_test', ({ delta, offset = 0, request, run_id, seq_id }: AgentTest) => {
        if (seq_id !== seqId) return
        runId = run_id
        if (request !== undefined) change(() => ({ request, text: '' }))
        if (delta !== undefined) change(({ text }) => ({ text: text.slice(0, offset) + delta }))
      })
      const timeoutMs = 2 * timeoutSeconds * 1000 + SPARE_MS
      try {
        const result = await client.request(
          'agent.test',
          { employee_id, content, live: true },
          // Sent again it would be another test.
          { seqId, timeoutMs, attemptMs: timeoutMs, signal: abort.signal },
        )
        change(({ request }) => ({ isRunning: false, result, request: result.request ?? request }))
      } catch (error) {
        change(() => ({ isRunning: false, error: abort.signal.aborted ? undefined : error }))
      } finally {
        forget()
        if (current.current === own) current.current = undefined
      }
    },
    [client],
  )
  const stop = useCallback(() => current.current?.stop(), [])
  return { testing, start, stop }
}
