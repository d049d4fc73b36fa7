import type { ActionDefinition } from '@mchat/schema'

/**
 * The answer as it may be remembered: without the secrets its action declares, and saying so beside each
 * (contract 3.1, 3: a secret is answered once).
 */
export const withholdSecrets = (data: object, definition: ActionDefinition): object => {
  if (definition.secrets === undefined) return data
  const copy: unknown = structuredClone(data)
  for (const path of definition.secrets) withhold(copy, path.split(/\.|(?=\[\])/))
  return copy as object
}

const withhold = (holder: unknown, [name = '', ...rest]: readonly string[]): void => {
  if (name === '[]') {
    for (const element of Array.isArray(holder) ? holder : []) withhold(element, rest)
  } else if (isRecord(holder) && rest.length > 0) withhold(holder[name], rest)
  else if (isRecord(holder) && holder[name] !== undefined) {
    delete holder[name]
    holder.secret_withheld = true
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
