import { type ActionDefinition, findAction, invalidField, MChatError } from '@mchat/schema'
import { challenges } from '../../db/repositories/challenges.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { targetHash } from '../../second-factor/second-factor.ts'

export default defineHandler('auth.challenge', async (context, { for_action, for_target }) => {
  const { caller, clientId, config, effects, secondFactor, tx } = context
  const { employeeId } = caller
  const target = targetFor(findAction(for_action), for_target, employeeId)
  // Locked, so that of two requests one counts the other.
  await employees.findForUpdate(tx, employeeId)
  const retryAfterMs = config.rateLimit ? await challenges.waitFor(tx, employeeId) : 0
  if (retryAfterMs > 0) throw new MChatError('rate_limited', { retryAfterMs })
  const asked = { employeeId, clientId, credentialId: caller.session.credentialId }
  const method = await secondFactor.methodOrFallback(tx, asked)
  if (method === undefined) throw new MChatError('challenge_unavailable')

  const { challenge_id, expires_at } = await challenges.insert(tx, {
    challenge_id: context.newChallengeId(),
    employee_id: employeeId,
    client_id: clientId,
    action: for_action,
    target_hash: targetHash(for_action, target),
    method: method.method,
  })
  const expires = expires_at.toISOString()
  const sent_to = method.method === 'inbox' ? [...method.clientIds] : []
  if (sent_to.length > 0) {
    const challenge = { challenge_id, for_action, for_target: target, requested_by: clientId, expires_at: expires }
    effects.push({ kind: 'challenge_code', client_ids: sent_to, challenge })
  }
  return { challenge_id, method: method.method, expires_at: expires, sent_to }
})

/** What the request will be about: as the challenge step finds it. */
const targetFor = (definition: ActionDefinition | undefined, given: string | undefined, employeeId: string): string => {
  if (definition?.sensitive === undefined) {
    throw invalidField('for_action', 'sensitive', 'is no action that needs a second factor')
  }
  if (given !== undefined) return given
  if (definition.target !== undefined && definition.target !== 'employee_id') {
    throw invalidField('for_target', 'required', `is required: the ${definition.target} of the request`)
  }
  return employeeId
}
