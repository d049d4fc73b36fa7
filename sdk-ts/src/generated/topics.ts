// Generated from schema/ by sdk-ts/generate/main.ts. Do not edit; run `npm run generate -w @mchat/sdk`.

import { isClientId, isId, isSeqId } from './ids.ts'

/** The group name of the gateways' shared subscription (contract 2). */
export const SHARE_GROUP = 'gateway'

/** Where requests and responses travel, after `mchat/` (contract 2). The events on all other topics: TOPIC_EVENTS. */
export const EXCHANGE_TOPICS = {
  request: { topic: 'msg/req/{client_id}/{seq_id}', qos: 1, retain: false },
  response: { topic: 'msg/resp/{client_id}/{seq_id}', qos: 1, retain: false },
} as const

export interface RequestTopic {
  readonly clientId: string
  readonly seqId: string
}

/** Builds and parses every topic of contract 2. Ids are trusted to match their grammar: check them where they enter. */
export interface Topics {
  /** What stands before `mchat/`: empty, or `{service_id}/`. */
  readonly prefix: string
  request(clientId: string, seqId: string): string
  response(clientId: string, seqId: string): string
  /** The filter a client subscribes once to receive all of its responses. */
  responses(clientId: string): string
  inbox(employeeId: string): string
  inboxStream(employeeId: string): string
  inboxChanges(employeeId: string): string
  group(groupId: string): string
  groupStream(groupId: string): string
  sync(employeeId: string): string
  status(employeeId: string): string
  profile(employeeId: string): string
  capability(skill: string): string
  readonly statusAll: string
  readonly profileAll: string
  readonly capabilityAll: string
  readonly systemNotify: string
  readonly orgTree: string
  readonly auditHead: string
  /** The filter of all requests, and the same as a shared subscription. */
  readonly requests: string
  readonly sharedRequests: string
  /** What gateways say to themselves and to each other; no client may use it. */
  gateway(name: string): string
  /** The ids in a request topic, or undefined when it is not one or an id breaks its grammar. */
  parseRequest(topic: string): RequestTopic | undefined
  /** The employee_id in a status topic, or undefined when it is not one or the id breaks its grammar. */
  parseStatus(topic: string): string | undefined
}

/**
 * @param serviceId prefix that lets several deployments share one broker; must match its grammar, which the
 *   configuration has checked
 */
export const createTopics = (serviceId?: string): Topics => {
  const prefix = serviceId === undefined || serviceId === '' ? '' : `${serviceId}/`
  const root = `${prefix}mchat/`
  const requestRoot = `${root}msg/req/`
  const responseRoot = `${root}msg/resp/`
  const inboxRoot = `${root}inbox/`
  const groupRoot = `${root}group/`
  const statusRoot = `${root}status/`
  const profileRoot = `${root}profile/`
  const capabilityRoot = `${root}agent/capability/`
  return {
    prefix,
    request: (clientId, seqId) => `${requestRoot}${clientId}/${seqId}`,
    response: (clientId, seqId) => `${responseRoot}${clientId}/${seqId}`,
    responses: (clientId) => `${responseRoot}${clientId}/+`,
    inbox: (employeeId) => inboxRoot + employeeId,
    inboxStream: (employeeId) => `${inboxRoot}${employeeId}/stream`,
    inboxChanges: (employeeId) => `${inboxRoot}${employeeId}/changes`,
    group: (groupId) => groupRoot + groupId,
    groupStream: (groupId) => `${groupRoot}${groupId}/stream`,
    sync: (employeeId) => `${root}sync/${employeeId}`,
    status: (employeeId) => statusRoot + employeeId,
    profile: (employeeId) => profileRoot + employeeId,
    capability: (skill) => capabilityRoot + encodeSkill(skill),
    statusAll: `${statusRoot}+`,
    profileAll: `${profileRoot}+`,
    capabilityAll: `${capabilityRoot}+`,
    systemNotify: `${root}system/notify`,
    orgTree: `${root}org/tree`,
    auditHead: `${root}audit/head`,
    requests: `${requestRoot}+/+`,
    sharedRequests: `$share/${SHARE_GROUP}/${requestRoot}+/+`,
    gateway: (name) => `${root}gateway/${name}`,
    parseRequest(topic) {
      if (!topic.startsWith(requestRoot)) return undefined
      const slash = topic.indexOf('/', requestRoot.length)
      if (slash < 0) return undefined
      const clientId = topic.slice(requestRoot.length, slash)
      const seqId = topic.slice(slash + 1)
      return isClientId(clientId) && isSeqId(seqId) ? { clientId, seqId } : undefined
    },
    parseStatus(topic) {
      if (!topic.startsWith(statusRoot)) return undefined
      const employeeId = topic.slice(statusRoot.length)
      return isId(employeeId) ? employeeId : undefined
    },
  }
}

/**
 * A skill as one topic level: percent-encoded (contract 2), `+` and `#` included, which encodeURIComponent covers.
 * Half a surrogate pair, on which that function throws, becomes U+FFFD.
 */
export const encodeSkill = (skill: string): string => encodeURIComponent(skill.toWellFormed())
