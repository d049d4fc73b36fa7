import { invalidField } from '@mchat/schema'
import { isWebhookSecret, storeSecret } from '../../agents/store-secret.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { lockedAgent } from './locked-agent.ts'

export default defineHandler('agent.set_secret', async (context, input) => {
  const { employee_id, kind, overlap_minutes = 0, secret } = input
  const agent = await lockedAgent(context, employee_id)
  await context.judge({ employee: agent })
  if (kind === 'api_key' && secret === undefined) {
    throw invalidField('secret', 'required', 'is required: a key is made by whoever checks it')
  }
  if (kind === 'webhook' && secret !== undefined && !isWebhookSecret(secret)) {
    throw invalidField('secret', 'pattern', 'must be whsec_ and 24 to 64 bytes in base64')
  }
  const formerEndsAt = overlap_minutes === 0 ? undefined : new Date(context.now.getTime() + overlap_minutes * 60_000)
  context.effects.push({ kind: 'agents_changed' })
  const stored = await storeSecret(context, { agentId: employee_id, kind, secret, formerEndsAt })
  return {
    employee_id,
    ...(secret === undefined ? { secret: stored.secret } : {}),
    former_ends_at: stored.hadOne ? (formerEndsAt?.toISOString() ?? null) : null,
  }
})
