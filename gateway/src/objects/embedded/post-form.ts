import type { Clock } from '../../platform/clock.ts'
import { openForm, textOf } from './form-parts.ts'
import { notImplemented, S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'
import { type SignatureParts, verifyPolicy } from './signature.ts'

export interface PostedFile {
  /** By lower-case names. */
  readonly fields: ReadonlyMap<string, string>
  readonly bytes: AsyncIterable<Uint8Array>
}

const FIELDS = 50
/** Of all of them together: whoever sends them has shown no signature yet. */
const FORM_BYTES = 32 * 1024

/**
 * A form with a file in it. The fields that come before it are the ones that count (S3: "the file must be the last").
 * @throws S3Error
 */
export const readForm = async (request: S3Request): Promise<PostedFile> => {
  const nextPart = openForm(request.headers['content-type'] ?? '', request.bytes())
  const fields = new Map<string, string>()
  let room = FORM_BYTES
  for (;;) {
    const part = await nextPart()
    if (part === undefined) throw new S3Error('MalformedPOSTRequest', 'There is no file in the form.')
    if (part.name === 'file') return { fields, bytes: part.bytes }
    const name = part.name.toLowerCase()
    if (fields.has(name) || fields.size === FIELDS) {
      throw new S3Error('MalformedPOSTRequest', `The field ${name} is there twice, or there are too many.`)
    }
    const value = await textOf(part.bytes, room)
    room -= Buffer.byteLength(value)
    fields.set(name, value)
  }
}

/** What a policy lets be put where; the range is of bytes. */
export interface PolicyVerdict {
  readonly key: string
  readonly range: readonly [number, number]
}

/**
 * Whether a form does what its policy allows, the policy being signed and not expired: every field must be named by it, and
 * understood.
 * @throws S3Error 403, 501
 */
export const judgeForm = (
  fields: PostedFile['fields'],
  bucket: string,
  parts: SignatureParts & { readonly clock: Clock },
): PolicyVerdict => {
  const of = (name: string): string => fields.get(name) ?? ''
  if (of('x-amz-algorithm') !== 'AWS4-HMAC-SHA256' || fields.has('x-amz-security-token'))
    throw new S3Error('AccessDenied')
  verifyPolicy(of('policy'), of('x-amz-credential'), of('x-amz-date'), of('x-amz-signature'), parts)
  const { conditions, expiration } = parsePolicy(of('policy'))
  if (!(Date.parse(String(expiration)) > parts.clock.now()))
    throw new S3Error('AccessDenied', 'The policy has expired.')
  const given = new Map([...fields, ['bucket', bucket]])
  const named = new Set(['policy', 'x-amz-signature'])
  let range: readonly [number, number] = [0, Number.POSITIVE_INFINITY]
  for (const condition of conditions) {
    const [operator, name, value] = normalise(condition)
    if (operator === 'content-length-range') {
      range = [Number(name), Number(value)]
      continue
    }
    const field = String(name).replace(/^\$/, '').toLowerCase()
    const actual = given.get(field)
    const isMet =
      operator === 'eq'
        ? actual === value
        : operator === 'starts-with' && typeof value === 'string' && actual?.startsWith(value)
    if (isMet !== true) throw new S3Error('AccessDenied', `The policy does not allow this ${field}.`)
    named.add(field)
  }
  const unnamed = [...fields.keys()].find((field) => !named.has(field) && !field.startsWith('x-ignore-'))
  if (unnamed !== undefined) throw new S3Error('AccessDenied', `The policy does not name ${unnamed}.`)
  // NaN is in no range.
  if (!(range[0] <= range[1])) throw new S3Error('AccessDenied')
  refuseFields(fields)
  if (/\$\{filename\}/.test(of('key'))) throw notImplemented('A key with the name of the file')
  return { key: of('key'), range }
}

/** Fields that do what they say; the values, where only these. */
const UNDERSTOOD: Readonly<Record<string, readonly string[] | true>> = {
  key: true,
  bucket: true,
  policy: true,
  'x-amz-algorithm': true,
  'x-amz-credential': true,
  'x-amz-date': true,
  'x-amz-signature': true,
  'content-type': true,
  'content-disposition': true,
  success_action_status: true,
  acl: ['private'],
  'x-amz-storage-class': ['STANDARD'],
}

/** What a policy allows and nobody carries out is as much lost as with a header of a PUT. @throws S3Error 501 */
const refuseFields = (fields: PostedFile['fields']): void => {
  for (const [name, value] of fields) {
    if (name.startsWith('x-amz-meta-') || name.startsWith('x-ignore-')) continue
    const understood = Object.hasOwn(UNDERSTOOD, name) ? UNDERSTOOD[name] : undefined
    if (understood === undefined || (understood !== true && !understood.includes(value))) {
      throw notImplemented(`The field ${name}`)
    }
  }
}

const parsePolicy = (text: string): { readonly conditions: readonly unknown[]; readonly expiration: unknown } => {
  try {
    const policy = JSON.parse(Buffer.from(text, 'base64').toString()) as Record<string, unknown>
    if (Array.isArray(policy.conditions)) return { conditions: policy.conditions, expiration: policy.expiration }
  } catch {
    // Signed, and not a policy: as good as none.
  }
  throw new S3Error('AccessDenied')
}

const normalise = (condition: unknown): readonly unknown[] => {
  if (Array.isArray(condition) && condition.length === 3) return condition
  const [entry, ...more] = Object.entries((condition ?? {}) as object)
  if (entry === undefined || more.length > 0 || Array.isArray(condition)) throw new S3Error('AccessDenied')
  return ['eq', ...entry]
}
