import { isIP } from 'node:net'
import Type, { type TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** How one kind of setting is read, checked and described. */
export interface Kind<T> {
  readonly schema: TSchema
  /** Completes "… must be"; also the type column of the reference. */
  readonly expected: string
  /** Turns the text of an environment variable, or a value of the YAML file, into what the schema checks. */
  readonly read: (raw: unknown) => unknown
  /** A rule the schema cannot say; undefined when the value keeps it. */
  readonly refuse?: (value: T) => string | undefined
  /** true for files and directories, which are relative to where they are written down. */
  readonly isPath?: true
  /** All there are, where they are few. */
  readonly options?: readonly string[]
}

export const text = (expected: string, options: { pattern?: string; maxLength?: number } = {}): Kind<string> => ({
  schema: Type.String({ minLength: 1, maxLength: 4096, ...options }),
  expected,
  read: (raw) => (typeof raw === 'number' ? String(raw) : raw),
})

export const path = (expected: string): Kind<string> => ({ ...text(expected), isPath: true })

export const integer = (minimum: number, maximum: number): Kind<number> => ({
  schema: Type.Integer({ minimum, maximum }),
  expected: `a whole number from ${minimum} to ${maximum}`,
  read: (raw) => (typeof raw === 'string' && /^[0-9]{1,15}$/.test(raw) ? Number(raw) : raw),
})

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

export const bytes = (minimum: number, maximum: number): Kind<number> => ({
  schema: Type.Integer({ minimum, maximum }),
  expected: `a size from ${formatBytes(minimum)} to ${formatBytes(maximum)}, in bytes or with KiB, MiB or GiB`,
  read(raw) {
    const parts = typeof raw === 'string' ? /^([0-9]{1,15}) ?(KiB|MiB|GiB|)$/.exec(raw) : null
    return parts === null ? raw : Number(parts[1]) * (UNITS[parts[2] ?? ''] ?? 1)
  },
})

export const formatBytes = (size: number): string => {
  for (const unit of ['GiB', 'MiB', 'KiB']) {
    const factor = UNITS[unit] ?? 1
    if (size >= factor && size % factor === 0) return `${size / factor} ${unit}`
  }
  return String(size)
}

export const choice = <const T extends string>(...options: readonly T[]): Kind<T> => ({
  schema: Type.Union(options.map((option) => Type.Literal(option))),
  expected: new Intl.ListFormat('en', { type: 'disjunction' }).format(options.map((option) => `"${option}"`)),
  read: (raw) => (typeof raw === 'number' ? String(raw) : raw),
  options,
})

const FLAGS: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  yes: true,
  1: true,
  off: false,
  false: false,
  no: false,
  0: false,
}

export const flag = (): Kind<boolean> => ({
  schema: Type.Boolean(),
  expected: '"on" or "off"',
  read: (raw) => (typeof raw === 'string' || typeof raw === 'number' ? (FLAGS[String(raw).toLowerCase()] ?? raw) : raw),
})

/** Several texts: separated by commas in the environment, a list in the file. */
export const list = (expected: string, refuseItem: (item: string) => boolean): Kind<readonly string[]> => ({
  schema: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  expected,
  read: (raw) =>
    typeof raw === 'string'
      ? raw
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : raw,
  refuse(items) {
    const wrong = items.find(refuseItem)
    return wrong === undefined ? undefined : `contains ${JSON.stringify(wrong)}`
  },
})

/** `scheme://host[:port]`, as a browser sends it. */
export const isOrigin = (value: string): boolean => {
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value.toLowerCase()
}

/** An address, or a network such as `10.0.0.0/8`. */
export const isNetwork = (value: string): boolean => {
  const [address = '', bits, ...rest] = value.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

export type Checked<T> = { readonly value: T } | { readonly problem: string }

/** @returns the value, or what is wrong with it as the end of a sentence whose subject is the setting */
export const checkValue = <T>(kind: Kind<T>, raw: unknown, secret: boolean): Checked<T> => {
  const value = kind.read(raw)
  const matches = (candidate: unknown): candidate is T => Value.Check(kind.schema, candidate)
  if (!matches(value)) return { problem: `must be ${kind.expected}${secret ? '' : `, but is ${show(raw)}`}` }
  const refused = kind.refuse?.(value)
  return refused === undefined ? { value } : { problem: `must be ${kind.expected}, but ${refused}` }
}

const show = (raw: unknown): string => {
  const json = JSON.stringify(raw) ?? String(raw)
  return json.length > 80 ? `${json.slice(0, 80)}…` : json
}
