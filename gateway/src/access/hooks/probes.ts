import { createHmac } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { newUuid } from '../../platform/random.ts'
import { isSameSecret } from '../../platform/same-secret.ts'
import type { Login } from '../credentials.ts'
import type { ProbeClient } from '../self-test.ts'

/**
 * A client that is nobody, for the test of a broker that asks any gateway who it is: whoever has the deployment's secret
 * can tell that another gateway has made it. It is good for one client_id and one minute, and has no rights but to the
 * exchange of that client_id, which has no session.
 */
export interface Probes {
  issue(): ProbeClient
  /** @returns when it ends, in seconds since 1970; undefined when it is not one, or no more */
  verify(login: Login): number | undefined
}

const LIFETIME_SECONDS = 60
/** Another gateway's clock may be ahead. */
const SKEW_SECONDS = 60
/** No employee_id has a colon. */
const USERNAME = /^mchat:probe:([0-9]{1,12})$/
const CLIENT_ID = /^mchat_probe_[0-9a-f]{8}$/

/** @param accepted beside its own: other gateways may have been started before a rotation, or with another secret in one */
export const createProbes = (
  key: Uint8Array,
  clock: Pick<Clock, 'now'>,
  accepted: () => readonly Uint8Array[] = () => [],
): Probes => {
  const now = (): number => Math.floor(clock.now() / 1000)
  const passwordOf = (clientId: string, username: string, by = key): string =>
    createHmac('sha256', by).update(`${clientId}\n${username}`).digest('base64url')
  return {
    issue() {
      const clientId = `mchat_probe_${newUuid().slice(0, 8)}`
      const username = `mchat:probe:${now() + LIFETIME_SECONDS}`
      // Nothing is kept anywhere, so there is nothing to take back: it ends by itself.
      return { clientId, username, password: passwordOf(clientId, username), async [Symbol.asyncDispose]() {} }
    },
    verify({ clientId, secret, username }) {
      const [, seconds] = USERNAME.exec(username) ?? []
      if (seconds === undefined || !CLIENT_ID.test(clientId)) return undefined
      const isOurs = [key, ...accepted()].some((by) => isSameSecret(secret, passwordOf(clientId, username, by)))
      if (!isOurs) return undefined
      const left = Number(seconds) - now()
      return left > 0 && left <= LIFETIME_SECONDS + SKEW_SECONDS ? Number(seconds) : undefined
    },
  }
}
