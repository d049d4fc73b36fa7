import { AbortedError, type CallSite, RequestRejectedError, RequestTimeoutError } from './errors.ts'
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
  /** Of the questions that wait for a person. */
  readonly #giveUps = new Set<(error: Error) => void>()

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

  /** Gives up whatever waits for a person. */
  close(error: () => Error): void {
    for (const giveUp of this.#giveUps) giveUp(error())
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
      const question = { ...asked.challenge, signal: end.signal }
      const token = await this.#unlessGivenUp(options.signal, () => this.#confirm?.(question))
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

  /** A person may take as long as they like: the caller need not. */
  async #unlessGivenUp<T>(signal: AbortSignal | undefined, work: () => T | Promise<T>): Promise<T> {
    let leave = (): void => undefined
    const givenUp = new Promise<never>((_resolve, reject) => {
      const abort = (): void => reject(new AbortedError(signal?.reason))
      signal?.addEventListener('abort', abort)
      if (signal?.aborted === true) abort()
      this.#giveUps.add(reject)
      leave = () => {
        signal?.removeEventListener('abort', abort)
        this.#giveUps.delete(reject)
      }
    })
    try {
      return await Promise.race([givenUp, work()])
    } finally {
      leave()
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
