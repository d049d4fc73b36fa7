import type { AgentReply, RunFailure } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import type { Lease } from '../db/lease.ts'
import { type AgentRunRow, agentRuns } from '../db/repositories/agent-runs.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import { messagesOf } from './answer.ts'
import type { ContentFilter } from './content-filter.ts'
import type { LateAnswers } from './late-answers.ts'
import { newsOf, placeOf, readNews } from './run-keeper.ts'
import { type AgentVoice, NotAMember } from './voice.ts'

export interface AnswerElsewhereParts {
  readonly database: Database
  readonly lease: Pick<Lease, 'tell'>
  readonly lateAnswers: LateAnswers
  readonly filter: ContentFilter
  readonly voice: AgentVoice
  readonly metrics: Pick<Metrics, 'agentRun'>
  readonly instance: string
  readonly clock: Clock
}

/**
 * Ends runs of other gateways, when that is where the agent has answered. The answer is said from here; a further agent is
 * not called then, nor a person. The gateway that waits is told, and takes what became of the run from the database.
 */
export interface AnswerElsewhere {
  /** @returns false when the run is over, or was called from here and is being answered already */
  say(runId: string, reply: AgentReply): Promise<boolean>
  /** @returns false as `say` */
  fail(runId: string, reason: RunFailure): Promise<boolean>
  /** @returns false when the news of another gateway is about something else */
  heard(news: string): boolean
}

export const createAnswerElsewhere = (parts: AnswerElsewhereParts): AnswerElsewhere => {
  const { clock, database, filter, instance, lateAnswers, lease, metrics, voice } = parts

  /** @returns its row, when it was this that has ended it */
  const end = async (runId: string, reason: RunFailure | null, reply: AgentReply): Promise<AgentRunRow | undefined> => {
    const row = await agentRuns.find(database.kysely, runId)
    if (row === undefined || row.instance === instance) return undefined
    const ended = await agentRuns.end(database.kysely, [
      {
        run_id: runId,
        end_state: reason === null ? 'done' : 'failed',
        reason,
        started_at: row.started_at,
        first_answer_at: clock.date(),
        ended_at: clock.date(),
        input_tokens: reply.usage?.input_tokens ?? null,
        output_tokens: reply.usage?.output_tokens ?? null,
      },
    ])
    if (!ended.has(runId)) return undefined
    metrics.agentRun(reason === null ? { state: 'done', reason: undefined } : { state: 'failed', reason })
    return row
  }

  const fail = async (runId: string, reason: RunFailure, reply: AgentReply = {}): Promise<boolean> => {
    const row = await end(runId, reason, reply)
    if (row === undefined) return false
    try {
      await voice.status(placeOf(row), 'failed', reason)
    } finally {
      lease.tell(newsOf('over', runId))
    }
    return true
  }

  return {
    async say(runId, reply) {
      const contents = messagesOf(reply).map(({ content, mentions }) => ({ ...filter.apply(content), mentions }))
      if (contents.some(({ verdict }) => verdict === 'blocked')) return await fail(runId, 'blocked', reply)
      const row = await end(runId, null, reply)
      if (row === undefined) return false
      const place = placeOf(row)
      try {
        const said: string[] = []
        for (const [i, { content, mentions = [] }] of contents.entries()) {
          said.push((await voice.say(place, i, content, mentions)).msgId)
        }
        await voice.status(place, 'done', undefined, said)
      } catch (error) {
        const reason = error instanceof NotAMember ? 'not_a_member' : 'unavailable'
        await agentRuns.correct(database.kysely, runId, reason)
        await voice.status(place, 'failed', reason)
      } finally {
        lease.tell(newsOf('over', runId))
      }
      return true
    },
    fail: (runId, reason) => fail(runId, reason),
    heard(news) {
      const { runId, what } = readNews(news)
      if (what !== 'over') return false
      // Nothing is left to say: the run finds that it has ended.
      lateAnswers.give(runId, { silent: true })
      return true
    },
  }
}
