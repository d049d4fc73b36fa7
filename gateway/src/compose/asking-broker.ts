import type { Access } from '../access/access.ts'
import { createBackgroundSync } from '../access/background-sync.ts'
import type { AdmissionParts } from '../access/hooks/admission.ts'
import { type Arrivals, watchArrivals } from '../access/hooks/arrivals.ts'
import type { Asked } from '../access/hooks/hook-key.ts'
import { createProbes, type Probes } from '../access/hooks/probes.ts'
import { createVerifiedLogin } from '../access/login.ts'
import { createLineBudget } from '../ops/line-budget.ts'
import { UserError } from '../platform/user-error.ts'
import type { GatewayParts } from './broker-side.ts'

export interface AskedGateway extends AdmissionParts {
  readonly hookKey: string
  readonly onError: (error: unknown) => void
  stop(): Promise<void>
}

/** Of this gateway, of others that have or have not heard of a rotation yet, and of programs that have only the secret. */
export const probesOf = ({ clock, keys, secret }: Pick<GatewayParts, 'clock' | 'keys' | 'secret'>): Probes =>
  createProbes(keys.current.probes, clock, () => [
    ...keys.all.filter(({ generation }) => generation >= keys.current.generation).map((set) => set.probes),
    secret.probes,
  ])

/** What a gateway answers a broker with that asks it over HTTP who may connect. */
export const answerBroker = (
  { authenticate, clock, config, directory, keeper, log, metrics }: GatewayParts,
  probes: Probes,
  access: Pick<Access, 'syncEmployees'>,
): AskedGateway => {
  const mayLog = createLineBudget(log, clock, 'refused connections left out')
  const background = createBackgroundSync(access, log)
  const arrivals: Arrivals = watchArrivals({
    directory,
    groupDelivery: config.groupDelivery,
    sync: async (employeeId) => background.sync([employeeId]),
    onError: (error) => log.warn({ error: String(error) }, 'a connection could not be looked at again'),
  })
  const login = createVerifiedLogin({
    authenticate,
    keeper,
    // Not waited for: the broker waits for this answer only so long.
    onSurplus: async (employeeId) => background.sync([employeeId]),
  })
  const { hookKey = '', password = '', username } = config.broker
  return {
    hookKey,
    gateway: { username, password },
    login,
    probes,
    arrivals,
    onRefused(clientId) {
      metrics.refused(5)
      if (mayLog()) log.info({ client_id: clientId }, 'a connection was refused')
    },
    onError(error) {
      if (mayLog()) log.warn({ error: String(error) }, 'a question of the broker could not be answered')
    },
    stop() {
      arrivals.stop()
      return background.stop()
    },
  }
}

/** Why such a broker refuses the gateway itself is to be found in what it asked, or did not ask. */
export const requireGatewayAdmitted = async (
  connect: () => Promise<void>,
  asked: Asked,
  /** Completes "It has not asked this gateway who may connect; look at …". */
  whereToLook: string,
): Promise<void> => {
  try {
    await connect()
  } catch (cause) {
    if (asked.rightly) throw cause
    const reason = cause instanceof UserError ? cause.message : String(cause)
    const hint = asked.wrongly
      ? 'It asked this gateway with another key than MCHAT_BROKER_HOOK_KEY'
      : 'It has not asked this gateway who may connect'
    throw new UserError(`${reason} ${hint}; look at ${whereToLook}.`, { cause })
  }
}

/** Whether an API works is known from the last call; whoever asks after one that failed causes another. */
export const problemOf = (api: { readonly problem: string | undefined }, look: () => Promise<unknown>) => {
  let isLooking = false
  return (): string | undefined => {
    const { problem } = api
    if (problem === undefined || isLooking) return problem
    isLooking = true
    look()
      .catch(() => undefined)
      .finally(() => {
        isLooking = false
      })
    return problem
  }
}
