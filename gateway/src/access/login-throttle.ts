import { isClientId, MChatError, ownerOf } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Directory } from '../db/directory.ts'
import type { Budgets } from '../limits/budgets.ts'
import type { TokenBuckets } from '../limits/token-bucket.ts'
import { addressKey } from '../platform/networks.ts'
import type { Login } from './credentials.ts'
import { TOKEN_PATTERN } from './tokens.ts'

/** A try that is under way. One of these is to be called when it is over. */
export interface AdmittedLogin {
  failed(): void
  /** Whoever is let in, or could not be judged, uses up nothing. */
  passed(): void
}

/**
 * Slows down whoever guesses, by account and by address, without locking out whom the account belongs to: what is guessed at
 * an account from elsewhere does not count against a device that has a session, even under its client_id, which everybody can
 * read. Wrong tokens, which nobody can guess, count against their address only.
 */
export interface LoginThrottle {
  /**
   * Before anything is looked at, so that guessing costs neither a query nor a hash. A try counts from here on, or many at
   * once would be as good as one.
   * @throws MChatError `rate_limited`
   */
  admit(attempt: Login): Promise<AdmittedLogin>
}

const WINDOW_SECONDS = 900
const UNLIMITED: AdmittedLogin = { failed() {}, passed() {} }

export const createLoginThrottle = (
  config: Pick<Config, 'rateLimit' | 'limits'>,
  directory: Pick<Directory, 'sessions'>,
  budgets: Budgets,
  onLimited: () => void = () => {},
): LoginThrottle => {
  if (!config.rateLimit) return { admit: async () => UNLIMITED }
  const { failedLoginsPerAccount, failedLoginsPerAddress } = config.limits
  const buckets = (name: string, perWindow: number) => budgets.buckets(name, perWindow / WINDOW_SECONDS, perWindow)
  const accounts = buckets('login of account', failedLoginsPerAccount)
  const devices = buckets('login of device', failedLoginsPerAccount)
  const addresses = buckets('login from address', failedLoginsPerAddress)

  /** Of a device that has a session: where it is from is part of it, or whoever knows its client_id could wear it out. */
  const deviceKey = ({ address, clientId }: Login): string => `${clientId} ${addressKey(address ?? '')}`

  /** One that has a session. */
  const isKnownDevice = async ({ clientId, username }: Login, isRemembered: boolean): Promise<boolean> => {
    const { sessions } = directory
    const session = isRemembered ? sessions.peek(clientId) : await sessions.get(clientId)
    return session?.endReason === null && session.employeeId === username
  }
  /** What else is refused before anything is compared, whatever it names, or is a token. */
  const isGuess = ({ clientId, secret, username }: Login): boolean =>
    !TOKEN_PATTERN.test(secret) && isClientId(clientId) && ownerOf(clientId) === username

  const waitFor = (attempt: Login): number =>
    Math.max(
      isGuess(attempt) ? accounts.waitFor(attempt.username) : 0,
      attempt.address === undefined ? 0 : addresses.waitFor(addressKey(attempt.address)),
    )

  const begin = (attempt: Login, isKnown: boolean): AdmittedLogin => {
    const guess = isKnown ? () => reserve(devices, deviceKey(attempt)) : () => reserve(accounts, attempt.username)
    const reserved = isGuess(attempt) ? guess() : undefined
    return {
      failed() {
        reserved?.spend()
        // Also of a known device: an address that guesses at one each of a thousand accounts guesses a thousand times.
        if (attempt.address !== undefined) addresses.take(addressKey(attempt.address))
      },
      passed() {
        reserved?.giveBack()
      },
    }
  }

  return {
    async admit(attempt) {
      let isKnown = await isKnownDevice(attempt, true)
      // A query only for whom it saves from waiting: it may have a session that is not remembered.
      if (!isKnown && waitFor(attempt) > 0) isKnown = await isKnownDevice(attempt, false)
      const ofDevice = (): number => (isGuess(attempt) ? devices.waitFor(deviceKey(attempt)) : 0)
      const wait = isKnown ? ofDevice() : waitFor(attempt)
      if (wait > 0) {
        onLimited()
        throw new MChatError('rate_limited', { retryAfterMs: wait })
      }
      return begin(attempt, isKnown)
    },
  }
}

/** Taken for now, and told to the other gateways once it is spent. */
const reserve = (buckets: TokenBuckets, key: string) => {
  buckets.charge(key, 1)
  const giveBack = (): void => buckets.charge(key, -1)
  return {
    giveBack,
    spend() {
      giveBack()
      buckets.take(key)
    },
  }
}
