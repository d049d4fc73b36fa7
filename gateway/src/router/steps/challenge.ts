import { MChatError } from '@mchat/schema'
import type { Database } from '../../db/database.ts'
import { isSensitive } from '../../policies/sensitivity.ts'
import { targetOf } from '../../policies/target.ts'
import { type SecondFactor, targetHash } from '../../second-factor/second-factor.ts'
import type { Request } from '../request.ts'

/**
 * Asks for the second factor of sensitive requests, after the rights, so that nobody is asked in vain. What is proved here
 * is used up in the transaction of the change: when that fails, the challenge is good for another try.
 */
export const createChallengeStep =
  (database: Database, secondFactor: SecondFactor) =>
  async (request: Request): Promise<void> => {
    const { action, caller, clientId, definition, input } = request
    if (definition?.sensitive === undefined || caller === undefined || !isSensitive(definition, input)) return
    const { challenge_id: challengeId, token } = input
    if (typeof challengeId !== 'string' || typeof token !== 'string') {
      const asked = { employeeId: caller.employeeId, clientId, credentialId: caller.session.credentialId }
      const isFirst =
        definition.sensitive === 'once_enrolled' && (await secondFactor.methodOf(database.kysely, asked)) === undefined
      if (isFirst) return
      throw new MChatError('challenge_required')
    }
    const target = targetOf(definition, input, caller.employeeId) ?? caller.employeeId
    const purpose = {
      challenge_id: challengeId,
      employee_id: caller.employeeId,
      client_id: clientId,
      action,
      target_hash: targetHash(action, target),
    }
    const proved = await secondFactor.prove(database.kysely, purpose, token)
    if (proved === undefined) throw new MChatError('challenge_failed')
    request.challenge = proved
  }
