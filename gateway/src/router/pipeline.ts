import { MChatError } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import { authorise } from '../policies/authorise.ts'
import { rememberedFacts } from '../policies/facts.ts'
import type { Caller, Services } from './context.ts'
import type { HandlerRegistry } from './define-handler.ts'
import type { Request } from './request.ts'
import { createRunHandler, type HandlerParts } from './run-handler.ts'
import { createChallengeStep } from './steps/challenge.ts'
import { createFindAnswered } from './steps/deduplicate.ts'
import type { LimitSteps } from './steps/limits.ts'
import { parse } from './steps/parse.ts'
import { createSessionStep } from './steps/session.ts'
import { validate } from './steps/validate.ts'

export interface PipelineParts extends Omit<HandlerParts, 'judgeAgain'> {
  readonly services: Services
  readonly database: Database
  readonly handlers: HandlerRegistry
  readonly limits: LimitSteps
}

/** One step of a request: a check lets it pass or throws; an answer also may end the pipeline by giving the data. */
export type Step =
  | { readonly name: string; readonly check: (request: Request) => Promise<void> | void }
  | { readonly name: string; readonly answer: (request: Request) => Promise<object | undefined> }

export interface Pipeline {
  readonly steps: readonly Step[]
  /** The answer given to this very request before, for one that has failed now; undefined when there is none. */
  recover(request: Request, error: unknown): Promise<object | undefined>
}

/**
 * The way of every request, in this order; a step fails by throwing, and there is no way past one. What follows the
 * handler (commit, enforce, deliver) is in run-handler.ts; what follows the pipeline (answer, log) in router.ts.
 */
export const createPipeline = (parts: PipelineParts): Pipeline => {
  const { limits } = parts
  const { config, clock, directory } = parts.services
  const session = createSessionStep(directory, parts.services.keeper, clock)
  const facts = rememberedFacts(directory)
  const authoriseRequest = (request: Request): Promise<void> | void => {
    const { caller, definition, input } = request
    if (definition === undefined) throw new MChatError('internal')
    if (caller === undefined) {
      if (definition.kind !== 'connection') throw new MChatError('no_session')
      return
    }
    const { membersMayCreateGroups } = config
    return authorise(definition, { employee: caller.employee, facts, membersMayCreateGroups }, input)
  }

  const judgeAgain = async (request: Request): Promise<Caller> => {
    await session(request)
    await authoriseRequest(request)
    if (request.caller === undefined) throw new MChatError('no_session')
    return request.caller
  }
  const findAnswered = createFindAnswered(parts.database, parts.settle, parts.secrets)
  const runHandler = createRunHandler({ ...parts, judgeAgain })

  const steps: readonly Step[] = [
    // First, so that what cannot be read counts too.
    { name: 'limit client', check: limits.client },
    { name: 'parse', check: parse },
    { name: 'session', check: session },
    { name: 'limit employee', check: limits.employee },
    { name: 'validate', check: validate },
    { name: 'deduplicate', answer: findAnswered },
    { name: 'authorise', check: authoriseRequest },
    { name: 'limit group', check: limits.group },
    { name: 'challenge', check: createChallengeStep(parts.database, parts.services.secondFactor) },
    { name: 'handle', answer: async (request) => (await runHandler(request)) ?? (await findAnswered(request)) },
    // What follows is in router.ts: the audit row (of a change it is in its transaction, run-change.ts), the answer, the log.
  ]
  return {
    steps,
    /**
     * The same request may be under way twice, and what the first one did can make the second one fail: its session is
     * gone, its id is taken. Then it gets the answer of the first.
     */
    async recover(request, error) {
      const mayBeRepeated = request.definition?.kind === 'change' && error instanceof MChatError && error.code < 429
      return mayBeRepeated ? await findAnswered(request) : undefined
    },
  }
}
