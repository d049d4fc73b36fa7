import { expect, test } from 'vitest'
import { messagesOf } from '../../gateway/src/agents/answer.ts'
import { AgentCallError, type AgentConnectorDriver } from '../../gateway/src/agents/connectors/connector.ts'
import type { LateAnswers } from '../../gateway/src/agents/late-answers.ts'
import { RunStopped } from '../../gateway/src/agents/run.ts'
import type { AgentEntry } from '../../gateway/src/db/directory.ts'
import { type AgentCall, type AgentReply, LIMITS, type RunFailure } from '../../schema/src/index.ts'
import { AT, MSG_ID, PROOF } from '../../schema/test/examples.ts'

/** What the agent does with a call. `breaks`: what it had begun to write ends before its end. */
export type Act =
  | { readonly kind: 'says'; readonly text: string }
  | { readonly kind: 'writes'; readonly pieces: readonly string[]; readonly end: 'ends' | 'hangs' | 'breaks' }
  | { readonly kind: 'echoes' | 'is silent' | 'hangs' | 'refuses' }

/** An agent of one kind, and the driver that calls it. */
export interface ConnectorBench extends AsyncDisposable {
  readonly driver: AgentConnectorDriver
  readonly agent: AgentEntry
  readonly lateAnswers: LateAnswers
  /** With the calls from now on. */
  act(act: Act): void
  /** How often it was called. */
  readonly calls: number
  /** Nothing can reach it any more. */
  leave(): Promise<void>
  /** Resolves when nothing of a stopped call is left open. */
  released(): Promise<void>
  /** How it fails when the agent refuses, and when it breaks off. */
  readonly failures: { readonly refuses: RunFailure; readonly breaks: RunFailure }
  /** What no error may tell. */
  readonly secret: string
}

const ASKED = 'the words of the message'

let count = 0
const newCall = ({ employeeId, name }: AgentEntry, timeoutMs: number): AgentCall => ({
  run_id: `run_${String(++count).padStart(26, '0')}`,
  agent: { employee_id: employeeId, name },
  message: { msg_id: MSG_ID, content: `${ASKED} ${count}`, sent_at: AT, proof: PROOF },
  sender: { employee_id: 'ann', name: 'Ann', is_ai_agent: false, department: null, manager_id: null, roles: [] },
  conversation: { type: 'private' },
  context_messages: [],
  history: [],
  hops: 0,
  deadline: new Date(Date.now() + timeoutMs).toISOString(),
})

interface Asking {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly onDelta?: (text: string) => void
}

/** Calls the agent as a run does (perform.ts). */
const ask = async (bench: ConnectorBench, asking: Asking = {}): Promise<AgentReply> => {
  const { onDelta = () => undefined, signal = new AbortController().signal, timeoutMs = 10_000 } = asking
  const call = newCall(bench.agent, timeoutMs)
  const { agent, driver, lateAnswers } = bench
  const late = lateAnswers.expect({ runId: call.run_id, agentId: agent.employeeId, onDelta, signal })
  try {
    const answer = await driver.call(agent, call, onDelta, signal)
    return answer.kind === 'later' ? await late.answer : answer.reply
  } finally {
    late.forget()
  }
}

/** How it failed; what is told of it has neither the message nor a secret in it. */
const failureOf = async (bench: ConnectorBench, asking: Asking = {}): Promise<RunFailure> => {
  const error: unknown = await ask(bench, asking).then(
    () => undefined,
    (reason) => reason,
  )
  if (error instanceof RunStopped) return error.failure
  if (!(error instanceof AgentCallError)) throw new Error('It did not fail as agents do.', { cause: error })
  expect(error.message).not.toContain(ASKED)
  expect(error.message).not.toContain(bench.secret)
  return error.failure
}

/** What a run relies on in every connector. */
export const connectorConformance = (open: () => Promise<ConnectorBench>): void => {
  test('what the agent answers is the answer', async () => {
    await using bench = await open()
    bench.act({ kind: 'says', text: '答案 ✓' })
    expect(messagesOf(await ask(bench))).toEqual([{ content: '答案 ✓' }])
    expect(bench.calls).toBe(1)
  })

  test('calls at the same time get each their own', async () => {
    await using bench = await open()
    bench.act({ kind: 'echoes' })
    const first = count
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask(bench)))
    const said = replies.map((reply) => messagesOf(reply)[0]?.content)
    expect(said.map((text) => String(text).match(/\d+$/)?.[0])).toEqual([1, 2, 3, 4, 5].map((i) => `${first + i}`))
  })

  test('what it writes is heard in order, and the whole is the answer', async () => {
    await using bench = await open()
    const pieces = ['Once ', 'upon ', 'a ', '时间', '🕰', '!']
    bench.act({ kind: 'writes', pieces, end: 'ends' })
    const heard: string[] = []
    const reply = await ask(bench, { onDelta: (text) => void heard.push(text) })
    expect(heard).toEqual(pieces)
    expect(messagesOf(reply)).toEqual([{ content: pieces.join('') }])
  })

  test('silence is an answer', async () => {
    await using bench = await open()
    bench.act({ kind: 'is silent' })
    expect(messagesOf(await ask(bench))).toEqual([])
  })

  test('a refusal is a failure of its own', async () => {
    await using bench = await open()
    bench.act({ kind: 'refuses' })
    expect(await failureOf(bench)).toBe(bench.failures.refuses)
  })

  test('an answer that breaks off is none', async () => {
    await using bench = await open()
    bench.act({ kind: 'writes', pieces: ['half of '], end: 'breaks' })
    expect(await failureOf(bench)).toBe(bench.failures.breaks)
  })

  test('an answer that goes on and on is given up, and so is what it came over', async () => {
    await using bench = await open()
    const pieces = Array.from({ length: 1 + LIMITS.contentBytes / 4096 }, () => 'x'.repeat(4096))
    bench.act({ kind: 'writes', pieces, end: 'hangs' })
    expect(await failureOf(bench)).toBe('too_large')
    await bench.released()
  })

  test('an agent that nobody can reach is not waited for', async () => {
    await using bench = await open()
    await bench.leave()
    expect(await failureOf(bench, { timeoutMs: 3000 })).toBe('unreachable')
  })

  test('one that never answers has until the end of the run', async () => {
    await using bench = await open()
    bench.act({ kind: 'hangs' })
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(new RunStopped('timeout')), 300)
    expect(await failureOf(bench, { timeoutMs: 300, signal: stop.signal })).toBe('timeout')
    clearTimeout(timer)
    await bench.released()
  })

  test('stopped before it was called, it is not called', async () => {
    await using bench = await open()
    bench.act({ kind: 'says', text: 'x' })
    expect(await failureOf(bench, { signal: AbortSignal.abort(new RunStopped('cancelled')) })).toBe('cancelled')
    bench.act({ kind: 'says', text: 'y' })
    expect(messagesOf(await ask(bench))).toEqual([{ content: 'y' }])
    expect(bench.calls).toBe(1)
  })

  test('stopped while it is waited for, it ends at once and leaves nothing open', async () => {
    await using bench = await open()
    bench.act({ kind: 'hangs' })
    const stop = new AbortController()
    const failure = failureOf(bench, { signal: stop.signal, timeoutMs: 60_000 })
    await expect.poll(() => bench.calls).toBe(1)
    stop.abort(new RunStopped('cancelled'))
    expect(await failure).toBe('cancelled')
    await bench.released()
  })

  test('stopped while it writes, it ends at once and leaves nothing open', async () => {
    await using bench = await open()
    bench.act({ kind: 'writes', pieces: ['I could '], end: 'hangs' })
    const stop = new AbortController()
    const onDelta = (): void => stop.abort(new RunStopped('cancelled'))
    expect(await failureOf(bench, { signal: stop.signal, timeoutMs: 60_000, onDelta })).toBe('cancelled')
    await bench.released()
  })

  test('what does not want to hear any more ends it', async () => {
    await using bench = await open()
    bench.act({ kind: 'writes', pieces: ['a bad word'], end: 'hangs' })
    const onDelta = (): void => {
      throw new AgentCallError('blocked', 'It is held back.')
    }
    expect(await failureOf(bench, { timeoutMs: 60_000, onDelta })).toBe('blocked')
    await bench.released()
  })
}
