import { type CallSite, RequestRejectedError, RequestTimeoutError } from './errors.ts'
import { SENSITIVE } from './generated/contract.ts'
import type { ActionName, AuthChallengeOutput, InputOf, OutputOf } from './generated/types.ts'
import type { ClientOptions } from './options.ts'
import type { RequestOptions } from './requests.ts'

/** Sends a request as it is. */
type Ask = <A extends ActionName>(
  action: A,
  input: InputOf<A>,
  options: RequestOptions,
  site: CallSite,
) => Promise<OutputOf<A>>

interface Confirmation {
  readonly challenge_id: string
  readonly token: string
}

/** Whoever tries again does so soon. */
const MOST_REMEMBERED = 20

/**
 * Asks, and where the gateway wants a second factor for it (`auth.challenge`), has the person confirm it and asks again. Without
 * `confirm` the refusal goes to the caller, as any other does.
 */
export class SecondFactor {
  readonly #ask: Ask
  readonly #confirm: ClientOptions['confirm']
  /** By seq_id, of what was confirmed and not answered: it is only the same request with the same confirmation. */
  readonly #confirmed = new Map<string, Confirmation>()

  constructor(ask: Ask, confirm: ClientOptions['confirm']) {
    this.#ask = ask
    this.#confirm = confirm
  }

  /** @throws as `MChatClient.request`, and whatever `confirm` throws */
  async request<A extends ActionName>(
    action: A,
    input: InputOf<A>,
    options: RequestOptions,
    site: CallSite,
  ): Promise<OutputOf<A>> {
    const confirmed = this.#confirmed.get(options.seqId ?? '')
    if (confirmed !== undefined) return await this.#askConfirmed(action, input, confirmed, options, site)
    try {
      return await this.#ask(action, input, options, site)
    } catch (error) {
      const confirm = this.#confirm
      const isWanted = error instanceof RequestRejectedError && error.reason === 'challenge_required'
      if (!isWanted || confirm === undefined || !Object.hasOwn(SENSITIVE, action)) throw error
      const challenge = await this.#challenge(action, input, options, site)
      const token = await confirm({ ...challenge, action, input })
      return await this.#askConfirmed(action, input, { challenge_id: challenge.challenge_id, token }, options, site)
    }
  }

  async #askConfirmed<A extends ActionName>(
    action: A,
    input: InputOf<A>,
    confirmed: Confirmation,
    options: RequestOptions,
    site: CallSite,
  ): Promise<OutputOf<A>> {
    this.#confirmed.delete(options.seqId ?? '')
    try {
      return await this.#ask(action, { ...input, ...confirmed }, options, site)
    } catch (error) {
      if (error instanceof RequestTimeoutError) this.#remember(error.seqId, confirmed)
      throw error
    }
  }

  #remember(seqId: string, confirmed: Confirmation): void {
    this.#confirmed.set(seqId, confirmed)
    const [oldest] = this.#confirmed.keys()
    if (this.#confirmed.size > MOST_REMEMBERED && oldest !== undefined) this.#confirmed.delete(oldest)
  }

  #challenge(
    action: ActionName,
    input: object,
    { signal, timeoutMs }: RequestOptions,
    site: CallSite,
  ): Promise<AuthChallengeOutput> {
    const field = SENSITIVE[action]
    const target = field === undefined ? undefined : (input as Readonly<Record<string, unknown>>)[field]
    const limits = { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const about = typeof target === 'string' ? { for_target: target } : {}
    return this.#ask('auth.challenge', { for_action: action, ...about }, limits, site)
  }
}
