import { MChatError } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Directory } from '../db/directory.ts'
import type { Budgets } from '../limits/budgets.ts'
import { TOKEN_PATTERN } from './tokens.ts'

export interface LoginAttempt {
  readonly username: string
  readonly secret: string
  readonly clientId: string
  /** Where it comes from, where that is known. */
  readonly address?: string | undefined
}

/**
 * Slows down whoever guesses, by account and by address, without locking out whom the account belongs to: what is guessed at
 * an account from elsewhere does not count against a device that has a session, and wrong tokens, which nobody can guess,
 * count against their address only. Nobody who is let in uses up anything.
 */
export interface LoginThrottle {
  /** Before anything is looked at, so that guessing costs neither a query nor a hash. @throws MChatError `rate_limited` */
  admit(attempt: LoginAttempt): void
  failed(attempt: LoginAttempt): void
}

const WINDOW_SECONDS = 900

export const createLoginThrottle = (
  config: Pick<Config, 'rateLimit' | 'limits'>,
  directory: Pick<Directory, 'sessions'>,
  budgets: Budgets,
): LoginThrottle => {
  if (!config.rateLimit) return { admit() {}, failed() {} }
  const { failedLoginsPerAccount, failedLoginsPerAddress } = config.limits
  const buckets = (name: string, perWindow: number) => budgets.buckets(name, perWindow / WINDOW_SECONDS, perWindow)
  const accounts = buckets('login of account', failedLoginsPerAccount)
  const devices = buckets('login of device', failedLoginsPerAccount)
  const addresses = buckets('login from address', failedLoginsPerAddress)

  /** One that is remembered to have a session: whoever guesses would have to know its client_id. */
  const isKnownDevice = ({ clientId, username }: LoginAttempt): boolean => {
    const session = directory.sessions.peek(clientId)
    return session?.endReason === null && session.employeeId === username
  }
  const mayBeGuessed = ({ secret }: LoginAttempt): boolean => !TOKEN_PATTERN.test(secret)

  return {
    admit(attempt) {
      const own = isKnownDevice(attempt)
        ? devices.waitFor(attempt.clientId)
        : Math.max(
            mayBeGuessed(attempt) ? accounts.waitFor(attempt.username) : 0,
            attempt.address === undefined ? 0 : addresses.waitFor(attempt.address),
          )
      if (own > 0) throw new MChatError('rate_limited', { retryAfterMs: own })
    },
    failed(attempt) {
      if (isKnownDevice(attempt)) {
        devices.take(attempt.clientId)
        return
      }
      if (mayBeGuessed(attempt)) accounts.take(attempt.username)
      if (attempt.address !== undefined) addresses.take(attempt.address)
    },
  }
}
