import type { ActionDefinition } from '@mchat/schema'

/**
 * The answer as it may be remembered: without the secrets its action declares, and saying so beside each
 * (contract 3.1, 3: a secret is answered once).
 */
export const withholdSecrets = (data: object, definition: ActionDefinition): object => {
  if (definition.secrets === undefined) return data
  const copy = structuredClone(data) as Record<string, unknown>
  for (const path of definition.secrets) {
    const names = path.split('.')
    const last = names.pop() as string
    let holder: unknown = copy
    for (const name of names) holder = isRecord(holder) ? holder[name] : undefined
    if (!isRecord(holder) || holder[last] === undefined) continue
    delete holder[last]
    holder.secret_withheld = true
  }
  return copy
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
