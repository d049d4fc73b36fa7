import { CLIENT_RIGHTS, type Permission, type Topics } from '@mchat/schema'

/** A line of a role, as the dynamic security plugin of Mosquitto 2.0 takes it. */
export interface Acl {
  readonly acltype: 'publishClientSend' | 'publishClientReceive' | 'subscribeLiteral' | 'subscribePattern'
  readonly topic: string
  readonly priority: 0
  readonly allow: true
}

const acl = (acltype: Acl['acltype'], topic: string): Acl => ({ acltype, topic, priority: 0, allow: true })

/** Receiving is judged at each delivery, queued messages included; subscribing only when a client asks. */
const hear = (topic: string): Acl[] => [
  acl(topic.includes('+') ? 'subscribePattern' : 'subscribeLiteral', topic),
  acl('publishClientReceive', topic),
]

const isOfClient = (topic: string): boolean => topic.includes('{client_id}')

/** What a device may do whoever owns it: ask, and hear its answers. Never changes. */
export const deviceAcls = (topics: Topics, clientId: string): Acl[] =>
  CLIENT_RIGHTS.filter(({ topic }) => isOfClient(topic)).flatMap((right) =>
    aclsOf(right, `${topics.prefix}mchat/${right.topic.replace('{client_id}', clientId)}`),
  )

export interface AclSubject {
  readonly employeeId: string
  readonly groupIds: Iterable<string>
  holds(permission: Permission): boolean
}

/**
 * Everything else, for all devices of an employee. The same subject gives the same list, so that lists can be compared.
 *
 * Dynamic security knows nothing of the retain flag: a client can leave a retained message where it may publish. On a
 * request topic nobody but gateways may subscribe, and these ignore what is retained (link/intake.ts).
 */
export const employeeAcls = (topics: Topics, subject: AclSubject): Acl[] =>
  CLIENT_RIGHTS.filter((right) => !isOfClient(right.topic)).flatMap((right) => {
    if (right.permission !== undefined && !subject.holds(right.permission)) return []
    const topic = `${topics.prefix}mchat/${right.topic.replace('{employee_id}', subject.employeeId)}`
    if (!topic.includes('{group_id}')) return aclsOf(right, topic)
    return [...subject.groupIds].sort().flatMap((groupId) => aclsOf(right, topic.replace('{group_id}', groupId)))
  })

const aclsOf = (right: (typeof CLIENT_RIGHTS)[number], topic: string): Acl[] => [
  ...(right.publish === undefined ? [] : [acl('publishClientSend', topic)]),
  ...(right.subscribe === true ? hear(topic) : []),
]
