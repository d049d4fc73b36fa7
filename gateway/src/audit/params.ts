type Fields = Readonly<Record<string, unknown>>

/** Stands for a value that is not written down. */
const REDACTED = '[redacted]'

/** Of what was sent, the values the action lists; every other field is named, and its value is not kept. */
export const auditedParams = (listed: readonly string[], input: Fields): Fields => redact(new Set(listed), input, '')

const redact = (listed: ReadonlySet<string>, fields: Fields, prefix: string): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const path = `${prefix}${name}`
      if (listed.has(path)) return [name, value]
      const below = `${path}.`
      const holdsListed = isRecord(value) && [...listed].some((each) => each.startsWith(below))
      return [name, holdsListed ? redact(listed, value, below) : REDACTED]
    }),
  )

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
