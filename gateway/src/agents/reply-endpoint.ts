import { MChatError } from '@mchat/schema'
import { type Header, type HttpHook, HttpRefusal } from '../ops/http-hooks.ts'
import { readable } from './answer.ts'
import type { ReplyTokens } from './reply-tokens.ts'
import type { RunAnswers } from './run-answers.ts'

export const REPLY_PATH = '/agents/reply'

export interface ReplyEndpointParts {
  readonly tokens: ReplyTokens
  readonly answers: Pick<RunAnswers, 'reply'>
}

/**
 * Where an agent answers that has said 202: with the token of the run, once, on any gateway.
 */
export const createReplyEndpoint = (parts: ReplyEndpointParts): Pick<HttpHook, 'path' | 'mayAsk' | 'answer'> => {
  const { answers, tokens } = parts

  return {
    path: REPLY_PATH,
    mayAsk: (header) => runOf(tokens, header) !== undefined,
    async answer(body, header) {
      const runId = runOf(tokens, header)
      if (runId === undefined) return undefined
      const reply = readable(body)
      await answers.reply(runId, reply).catch((error: unknown) => {
        if (!(error instanceof MChatError)) throw error
        if (error.code === 503) throw new HttpRefusal(503, 'The gateway that waits for it does not answer.')
        throw new HttpRefusal(409, 'The run is over.')
      })
      return { run_id: runId }
    },
  }
}

const runOf = (tokens: ReplyTokens, header: Header): string | undefined => {
  const [, token] = /^Bearer (\S{1,200})$/i.exec(header('authorization') ?? '') ?? []
  return token === undefined ? undefined : tokens.runOf(token)
}
