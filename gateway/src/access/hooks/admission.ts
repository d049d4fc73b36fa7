import { MChatError, ownerOf } from '@mchat/schema'
import { isSameSecret } from '../../platform/same-secret.ts'
import type { Login, VerifiedLogin } from '../credentials.ts'
import type { Arrivals } from './arrivals.ts'
import type { Probes } from './probes.ts'

/** Somebody whom the broker is to let in. */
export type Admitted =
  | { readonly kind: 'gateway' }
  /** The test of the broker, until then (seconds since 1970). */
  | { readonly kind: 'probe'; readonly until: number }
  /** @see VerifiedLogin.expiresAt */
  | { readonly kind: 'employee'; readonly employeeId: string; readonly expiresAt: Date | null }

export interface AdmissionParts {
  /** Who the gateways are to the broker. */
  readonly gateway: { readonly username: string; readonly password: string }
  readonly login: (login: Login) => Promise<VerifiedLogin | undefined>
  readonly probes: Pick<Probes, 'verify'>
  readonly arrivals: Pick<Arrivals, 'coming'>
  readonly onRefused: (clientId: string) => void
}

/** Whom the client_ids of gateways belong to (RESERVED_EMPLOYEE_IDS): an employee that nobody is. */
const GATEWAY_OWNER = 'mchat'

/** The broker can say no in one way only. */
const undefinedIfThrottled = (error: unknown): undefined => {
  if (error instanceof MChatError && error.key === 'rate_limited') return undefined
  throw error
}

/** Decides for a broker that asks who a connection is. @returns undefined when it is to be refused */
export const createAdmission = (parts: AdmissionParts): ((login: Login) => Promise<Admitted | undefined>) => {
  const { arrivals, gateway, login, onRefused, probes } = parts

  const admitGateway = (wanted: Login): Admitted | undefined => {
    const { secret, username } = wanted
    const until = probes.verify(wanted)
    if (until !== undefined) return { kind: 'probe', until }
    const isUser = isSameSecret(username, gateway.username)
    const isPassword = isSameSecret(secret, gateway.password)
    return isUser && isPassword ? { kind: 'gateway' } : undefined
  }

  const admitEmployee = async (wanted: Login): Promise<Admitted | undefined> => {
    const arrival = arrivals.coming(wanted.username)
    const verified = await login(wanted).catch(undefinedIfThrottled)
    if (verified === undefined) return undefined
    arrival.admitted(wanted.clientId)
    return { kind: 'employee', employeeId: verified.employeeId, expiresAt: verified.expiresAt }
  }

  return async (wanted) => {
    const admit = ownerOf(wanted.clientId) === GATEWAY_OWNER ? admitGateway : admitEmployee
    const admitted = await admit(wanted)
    if (admitted === undefined) onRefused(wanted.clientId)
    return admitted
  }
}
