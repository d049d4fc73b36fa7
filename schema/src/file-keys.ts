import { isId, isServiceId } from './ids.ts'

/** Whom a file is for: oneself, the two of a private conversation, or a group. */
export type FilePlace =
  | { readonly kind: 'employee'; readonly employeeId: string }
  | { readonly kind: 'private'; readonly employeeIds: readonly [string, string] }
  | { readonly kind: 'group'; readonly groupId: string }

/**
 * The name of a file in the object store: `{service}/{place}/{uuid}`. Who may read it follows from the name, so that nothing
 * has to be remembered of it; nothing in it is chosen by a client.
 */
export interface FileKeys {
  /** Of everything this deployment keeps in its bucket: `{service_id}/`, `mchat/` without one. */
  readonly prefix: string
  keyOf(place: FilePlace, uuid: string): string
  /** Is it a key of this deployment? */
  has(key: string): boolean
  /** Where what is on its way to this key is kept, which nobody can read. */
  incoming(key: string): string
  /** Where it is while it is looked at, which nobody can write any more, nor read yet. */
  checking(key: string): string
  /** What `incoming` gives for all keys of an employee's own, up to the uuid. */
  incomingPrefixOf(employeeId: string): string
  /** What all keys of an employee's own begin with. */
  prefixOf(employeeId: string): string
  /** Where it stands that this key is at an end, for as long as an address can still be good that was signed for it. */
  ended(key: string): string
  /** Where what the gateway has made for somebody waits to be fetched: it has no key, only an address for a while. */
  exported(employeeId: string, uuid: string): string
  /** What is below these is no file yet, or not for long. */
  readonly passingPrefixes: readonly string[]
}

/** Folders under the prefix that hold no finished files. */
const INCOMING = 'incoming'
const CHECKING = 'checking'
const EXPORTS = 'exports'
const ENDED = 'ended'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Of a key of any deployment: three levels or, between two people, four. */
export const FILE_KEY_PATTERN: string =
  '^[a-z0-9_]{1,32}/(employee|group|private/[A-Za-z0-9][A-Za-z0-9._-]{0,63})/[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

export const privatePlace = (a: string, b: string): FilePlace => ({
  kind: 'private',
  employeeIds: a < b ? [a, b] : [b, a],
})

const folderOf = (place: FilePlace): string => {
  switch (place.kind) {
    case 'employee':
      return `employee/${place.employeeId}`
    case 'group':
      return `group/${place.groupId}`
    default:
      return `private/${place.employeeIds.join('/')}`
  }
}

/** Whom a file is for, by its key; undefined: that is no key. */
export const placeOf = (key: string): FilePlace | undefined => {
  const [service = '', kind, ...rest] = key.split('/')
  const uuid = rest.pop() ?? ''
  const [first = '', second = '', ...more] = rest
  if (!isServiceId(service) || !UUID.test(uuid) || more.length > 0 || !rest.every(isId)) return undefined
  if (kind === 'employee' && rest.length === 1) return { kind, employeeId: first }
  if (kind === 'group' && rest.length === 1) return { kind, groupId: first }
  if (kind === 'private' && rest.length === 2 && first <= second) return { kind, employeeIds: [first, second] }
  return undefined
}

export const createFileKeys = (serviceId: string = 'mchat'): FileKeys => {
  const prefix = `${serviceId}/`
  const inFolder = (folder: string, key: string): string => `${prefix}${folder}/${key.slice(prefix.length)}`
  return {
    prefix,
    keyOf: (place, uuid) => `${prefix}${folderOf(place)}/${uuid}`,
    has: (key) => key.startsWith(prefix) && placeOf(key) !== undefined,
    incoming: (key) => inFolder(INCOMING, key),
    ended: (key) => inFolder(ENDED, key),
    checking: (key) => inFolder(CHECKING, key),
    prefixOf: (employeeId) => `${prefix}${folderOf({ kind: 'employee', employeeId })}/`,
    exported: (employeeId, uuid) => `${prefix}${EXPORTS}/${employeeId}/${uuid}`,
    passingPrefixes: [INCOMING, CHECKING, EXPORTS, ENDED].map((folder) => `${prefix}${folder}/`),
    incomingPrefixOf: (employeeId) => `${prefix}${INCOMING}/${folderOf({ kind: 'employee', employeeId })}/`,
  }
}
