import { type CallSite, RequestRejectedError, RequestTimeoutError } from './errors.ts'
import { LIMITS, SENSITIVE } from './generated/contract.ts'
import type { ActionName, InputOf, OutputOf } from './generated/types.ts'
import type { Challenge, ClientOptions } from './options.ts'
import type { RequestOptions } from './requests.ts'

/** Sends a request as it is. */
type Ask = <A extends ActionName>(
  action: A,
  input: InputOf<A>,
  options: RequestOptions,
  site: CallSite,
) => Promise<OutputOf<A>>

interface Asked {
  readonly challenge: Omit<Challenge, 'signal'>
  /** By the clock of this device, which may be another than the gateway's. */
  readonly expiresAt: number
}

interface Confirmed extends Asked {
  readonly token: string
}

/** Whoever tries again does so soon. */
const MOST_REMEMBERED = 20

/**
 * Asks, and where the gateway wants a second factor for it (`auth.challenge`), has the person confirm it and asks again, until
 * the code is right, the challenge takes no further one, or the person gives up. Without `confirm` the refusal goes to the
 * caller, as any other does.
 */
export class SecondFactor {
  readonly #ask: Ask
  readonly #confirm: ClientOptions['confirm']
  /** By seq_id, of what was confirmed and not answered: it is only the same request with the same confirmation. */
  readonly #confirmed = new Map<string, Confirmed>()

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
    if (confirmed !== undefined) return await this.#askConfirmed(confirmed, action, input, options, site)
    try {
      return await this.#ask(action, input, options, site)
    } catch (error) {
      if (!isRefused(error, 'challenge_required') || this.#confirm === undefined) throw error
      if (!Object.hasOwn(SENSITIVE, action)) throw error
      return await this.#askConfirmed(error, action, input, options, site)
    }
  }

  /**
   * All tries are one request: what is refused leaves nothing behind under its seq_id, and what is done is done once.
   * @param first what was confirmed already, or what it was refused for
   */
  async #askConfirmed<A extends ActionName>(
    first: Confirmed | RequestRejectedError,
    action: A,
    input: InputOf<A>,
    options: RequestOptions,
    site: CallSite,
  ): Promise<OutputOf<A>> {
    this.#confirmed.delete(options.seqId ?? '')
    const end = new AbortController()
    const confirm = async (asked: Asked, refusal: RequestRejectedError): Promise<Confirmed> => {
      const token = await this.#confirm?.({ ...asked.challenge, signal: end.signal })
      if (token === undefined) throw refusal
      return { ...asked, token }
    }
    const challenge = (): Promise<Asked> => this.#challenge(action, input, options, site)
    try {
      let confirmed = first instanceof RequestRejectedError ? await confirm(await challenge(), first) : first
      for (;;) {
        const { challenge_id } = confirmed.challenge
        try {
          return await this.#ask(action, { ...input, challenge_id, token: confirmed.token }, options, site)
        } catch (error) {
          if (error instanceof RequestTimeoutError) this.#remember(error.seqId, confirmed)
          if (!isRefused(error, 'challenge_failed')) throw error
          const again = oneTryLess(confirmed) ?? expired(await challenge())
          if (again.challenge.triesLeft === 0) throw error
          confirmed = await confirm(again, error)
        }
      }
    } finally {
      end.abort()
    }
  }

  #remember(seqId: string, confirmed: Confirmed): void {
    this.#confirmed.set(seqId, confirmed)
    const [oldest] = this.#confirmed.keys()
    if (this.#confirmed.size > MOST_REMEMBERED && oldest !== undefined) this.#confirmed.delete(oldest)
  }

  async #challenge(
    action: ActionName,
    input: object,
    { signal, timeoutMs }: RequestOptions,
    site: CallSite,
  ): Promise<Asked> {
    const field = SENSITIVE[action]
    const target = field === undefined ? undefined : (input as Readonly<Record<string, unknown>>)[field]
    const limits = { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const about = typeof target === 'string' ? { for_target: target } : {}
    const expiresAt = Date.now() + LIMITS.challengeMinutes * 60_000
    const answer = await this.#ask('auth.challenge', { for_action: action, ...about }, limits, site)
    return { challenge: { ...answer, action, input, triesLeft: LIMITS.challengeTries }, expiresAt }
  }
}

/** undefined: it takes no code any more. */
const oneTryLess = ({ challenge, expiresAt }: Asked): Asked | undefined =>
  Date.now() < expiresAt
    ? { challenge: { ...challenge, triesLeft: challenge.triesLeft - 1, failed: 'code_refused' }, expiresAt }
    : undefined

const expired = (asked: Asked): Asked => ({ ...asked, challenge: { ...asked.challenge, failed: 'expired' } })

const isRefused = (error: unknown, reason: string): error is RequestRejectedError =>
  error instanceof RequestRejectedError && error.reason === reason
