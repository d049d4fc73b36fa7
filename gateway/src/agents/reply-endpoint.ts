import { type Header, type HttpHook, HttpRefusal } from '../ops/http-hooks.ts'
import { readable } from './answer.ts'
import type { AnswerElsewhere } from './answer-elsewhere.ts'
import type { LateAnswers } from './late-answers.ts'
import type { ReplyTokens } from './reply-tokens.ts'

export const REPLY_PATH = '/agents/reply'

export interface ReplyEndpointParts {
  readonly tokens: ReplyTokens
  readonly lateAnswers: LateAnswers
  readonly elsewhere: AnswerElsewhere
}

/**
 * Where an agent answers that has said 202: with the token of the run, once, on any gateway (answer-elsewhere.ts).
 */
export const createReplyEndpoint = (parts: ReplyEndpointParts): Pick<HttpHook, 'path' | 'mayAsk' | 'answer'> => {
  const { elsewhere, lateAnswers, tokens } = parts

  return {
    path: REPLY_PATH,
    mayAsk: (header) => runOf(tokens, header) !== undefined,
    async answer(body, header) {
      const runId = runOf(tokens, header)
      if (runId === undefined) return undefined
      const reply = readable(body)
      if (!lateAnswers.give(runId, reply) && !(await elsewhere.say(runId, reply))) {
        throw new HttpRefusal(409, 'The run is over.')
      }
      return { run_id: runId }
    },
  }
}

const runOf = (tokens: ReplyTokens, header: Header): string | undefined => {
  const [, token] = /^Bearer (\S{1,200})$/i.exec(header('authorization') ?? '') ?? []
  return token === undefined ? undefined : tokens.runOf(token)
}
