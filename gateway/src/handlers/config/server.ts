import { ACTION_NAMES, CONTRACT_VERSION, LIMITS } from '@mchat/schema'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('config.server', ({ config, clock }) => ({
  version: config.version,
  contract: CONTRACT_VERSION,
  service_id: config.serviceId ?? null,
  language: config.language,
  group_delivery: config.groupDelivery,
  actions: [...ACTION_NAMES],
  limits: promisedLimits(config.limits),
  server_time: clock.timestamp(),
}))

/** The limits of the contract as this deployment has them; those that guard the broker are nobody's business. */
const promisedLimits = (configured: Readonly<Record<string, unknown>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(LIMITS).map(([name, value]) => {
      const own = configured[name]
      return [name, typeof own === 'number' ? own : value]
    }),
  )
