import { isId } from './ids.ts'
import type { Permission } from './roles.ts'

/**
 * One line of contract 2 from a client's side. `{client_id}`, `{employee_id}` and `{group_id}` stand for the client's
 * own id, its owner, and every group the owner belongs to now; `+` is the MQTT wildcard and may be asked for as such
 * or as one concrete level.
 */
export interface TopicRight {
  /** The topic after `mchat/`. */
  readonly topic: string
  readonly subscribe?: true
  readonly publish?: { readonly retain: boolean }
  /** Only for employees who hold this permission. */
  readonly permission?: Permission
}

/**
 * What a client may do on the broker; everything else is denied: `#`, `$share`, `$SYS` and other people's topics
 * included. Every broker driver and the files in broker-config/ derive their rules from this list.
 */
export const CLIENT_RIGHTS: readonly TopicRight[] = [
  { topic: 'msg/req/{client_id}/+', publish: { retain: false } },
  { topic: 'msg/resp/{client_id}/+', subscribe: true },
  { topic: 'inbox/{employee_id}', subscribe: true },
  { topic: 'inbox/{employee_id}/stream', subscribe: true },
  // Without a permission: what is told is judged for each event, so whoever holds none hears nothing there.
  { topic: 'inbox/{employee_id}/changes', subscribe: true },
  { topic: 'group/{group_id}', subscribe: true },
  { topic: 'group/{group_id}/stream', subscribe: true },
  { topic: 'sync/{employee_id}', subscribe: true },
  { topic: 'status/{employee_id}', publish: { retain: true } },
  { topic: 'status/+', subscribe: true },
  { topic: 'profile/+', subscribe: true },
  { topic: 'system/notify', subscribe: true },
  { topic: 'org/tree', subscribe: true },
  { topic: 'agent/capability/+', subscribe: true },
  { topic: 'audit/head', subscribe: true, permission: 'audit.read' },
]

/**
 * Whose rights are asked about: `employeeId` owns `clientId`, and both match their grammar. The two predicates are
 * consulted at the moment of asking, never remembered.
 */
export interface RightsSubject {
  readonly clientId: string
  readonly employeeId: string
  isMember(groupId: string): boolean
  holds(permission: Permission): boolean
}

interface CompiledRight extends TopicRight {
  readonly levels: readonly string[]
}
const compiled: readonly CompiledRight[] = CLIENT_RIGHTS.map((right) => ({
  ...right,
  levels: ['mchat', ...right.topic.split('/')],
}))

const levelAllowed = (template: string, level: string, subject: RightsSubject): boolean => {
  switch (template) {
    case '{client_id}':
      return level === subject.clientId
    case '{employee_id}':
      return level === subject.employeeId
    case '{group_id}':
      return isId(level) && subject.isMember(level)
    case '+':
      return level === '+' || (level !== '' && !level.includes('+'))
    default:
      return level === template
  }
}

const covers = (right: CompiledRight, levels: readonly string[], subject: RightsSubject): boolean =>
  right.levels.length === levels.length &&
  right.levels.every((template, i) => levelAllowed(template, levels[i] as string, subject)) &&
  (right.permission === undefined || subject.holds(right.permission))

const levelsOf = (topic: string, prefix: string): readonly string[] | undefined =>
  topic.startsWith(prefix) && !topic.includes('#') ? topic.slice(prefix.length).split('/') : undefined

/**
 * May this client subscribe to the filter?
 * @param prefix `Topics.prefix` of the deployment
 */
export const maySubscribe = (filter: string, subject: RightsSubject, prefix: string): boolean => {
  const levels = levelsOf(filter, prefix)
  if (levels === undefined) return false
  return compiled.some((right) => right.subscribe === true && covers(right, levels, subject))
}

/** How topics begin whose right can be lost while the client stays who it is: groups are left, permissions taken away. */
const REVOCABLE: readonly string[] = compiled
  .filter((right) => right.permission !== undefined || right.topic.includes('{group_id}'))
  .map((right) => `mchat/${right.topic.slice(0, right.topic.search(/\{group_id\}|$/))}`)

/**
 * Can `maySubscribe` of this filter, once true for a client, become false? Many times cheaper than asking it, so that
 * subscriptions by the thousand do not slow down whoever looks through them.
 */
export const isRevocable = (filter: string, prefix: string): boolean =>
  REVOCABLE.some((start) => filter.startsWith(start, prefix.length))

/** May this client publish (or leave as its will) a message with this topic and retain flag? */
export const mayPublish = (topic: string, retain: boolean, subject: RightsSubject, prefix: string): boolean => {
  const levels = levelsOf(topic, prefix)
  if (levels === undefined || topic.includes('+')) return false
  return compiled.some(
    (right) => right.publish !== undefined && (!retain || right.publish.retain) && covers(right, levels, subject),
  )
}
