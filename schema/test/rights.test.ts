import { describe, expect, it } from 'vitest'
import {
  createTopics,
  isRevocable,
  mayPublish,
  maySubscribe,
  type Permission,
  type RightsSubject,
} from '../src/index.ts'

/** u1 on the phone, a member of g1 and of nothing else. */
const person = (...permissions: Permission[]): RightsSubject => ({
  clientId: 'u1_phone_9f',
  employeeId: 'u1',
  isMember: (groupId) => groupId === 'g1',
  holds: (permission) => permissions.includes(permission),
})

const everybody = person()
const auditor = person('audit.read')
const almighty = person('org.manage', 'group.manage', 'group.create', 'agent.manage', 'audit.read', 'system.manage')
/** Belongs to whatever it is asked about, as a mistaken membership lookup might say. */
const member: RightsSubject = { ...everybody, isMember: () => true }

const OPEN_TO_U1 = [
  'mchat/msg/resp/u1_phone_9f/+',
  'mchat/msg/resp/u1_phone_9f/s1',
  'mchat/inbox/u1',
  'mchat/inbox/u1/stream',
  'mchat/group/g1',
  'mchat/group/g1/stream',
  'mchat/sync/u1',
  'mchat/status/+',
  'mchat/status/u2',
  'mchat/profile/+',
  'mchat/profile/u2',
  'mchat/system/notify',
  'mchat/org/tree',
  'mchat/agent/capability/+',
  'mchat/agent/capability/C%2B%2B',
]

const CLOSED_TO_ALL = [
  // wildcards that reach further than the table (T05)
  '#',
  '+',
  '/#',
  '+/#',
  '+/+',
  'mchat/#',
  'mchat/+',
  'mchat/+/+',
  'mchat/+/#',
  'mchat/inbox/#',
  'mchat/inbox/+',
  'mchat/inbox/+/stream',
  'mchat/inbox/+/changes',
  'mchat/inbox/u1/#',
  'mchat/inbox/u1/+',
  'mchat/+/u1',
  'mchat/group/#',
  'mchat/group/+',
  'mchat/group/+/stream',
  'mchat/group/g1/#',
  'mchat/group/g1/+',
  'mchat/sync/+',
  'mchat/status/#',
  'mchat/status/+/+',
  'mchat/profile/#',
  'mchat/system/+',
  'mchat/org/+',
  'mchat/agent/+/+',
  'mchat/agent/capability/#',
  'mchat/audit/+',
  'mchat/msg/#',
  'mchat/msg/resp/#',
  'mchat/msg/resp/+/+',
  'mchat/msg/resp/u1_phone_9f/#',
  'mchat/msg/+/u1_phone_9f/+',
  '+/msg/resp/u1_phone_9f/+',
  // the broker's own trees
  '$SYS/#',
  '$SYS/broker/clients/total',
  '$CONTROL/#',
  // shared and exclusive forms (T05, T06)
  '$share/x/#',
  '$share/x/mchat/#',
  '$share/x/mchat/inbox/u1',
  '$share/x/mchat/group/g1',
  '$share/x/mchat/system/notify',
  '$share/gateway/mchat/msg/req/+/+',
  '$share/Gateway/mchat/msg/req/+/+',
  '$share/gatew\u0430y/mchat/msg/req/+/+',
  '$queue/#',
  '$queue/mchat/#',
  '$queue/mchat/inbox/u1',
  '$exclusive/mchat/inbox/u1',
  '$delayed/1/mchat/inbox/u1',
  // other people's topics (T04)
  'mchat/msg/resp/u2_phone_9f/+',
  'mchat/msg/resp/u1_laptop_1/+',
  'mchat/msg/resp/u1/+',
  'mchat/inbox/u2',
  'mchat/inbox/u2/stream',
  'mchat/inbox/u2/changes',
  'mchat/sync/u2',
  'mchat/group/g2',
  'mchat/group/g2/stream',
  // requests are for gateways
  'mchat/msg/req/+/+',
  'mchat/msg/req/u1_phone_9f/+',
  // near misses
  '',
  '/',
  'mchat',
  'mchat/',
  '/mchat/inbox/u1',
  'mchat//inbox/u1',
  'mchat/inbox',
  'mchat/inbox/',
  'mchat/inbox/u1/',
  'mchat/inbox/U1',
  'mchat/inbox/u1\u0000',
  'mchat/inbox/u1 ',
  'MCHAT/inbox/u1',
  'mchat/status/',
  'mchat/status/u2+',
  'mchat/status/+u2',
  'mchat/group/',
  'mchat/msg/resp/u1_phone_9f/',
  'mchat/msg/resp/u1_phone_9f',
  'other/mchat/inbox/u1',
]

describe.each([
  ['', undefined],
  ['acme/', 'acme'],
])('with the prefix %j', (prefix, serviceId) => {
  const topics = createTopics(serviceId)
  const subscribes = (subject: RightsSubject) => (filter: string) => maySubscribe(filter, subject, topics.prefix)
  const publishes = (subject: RightsSubject, retain: boolean) => (topic: string) =>
    mayPublish(topic, retain, subject, topics.prefix)
  const prefixed = (filters: readonly string[]): string[] => filters.map((filter) => prefix + filter)

  it('a client subscribes to what the contract lists', () => {
    expect(prefixed(OPEN_TO_U1).filter((filter) => !subscribes(everybody)(filter))).toEqual([])
  })

  it('and to nothing else, whatever it holds', () => {
    for (const subject of [everybody, almighty]) {
      expect([...prefixed(CLOSED_TO_ALL), ...CLOSED_TO_ALL].filter(subscribes(subject))).toEqual([])
    }
  })

  it('no wildcard passes as a group', () => {
    const filters = prefixed(['mchat/group/+', 'mchat/group/+/stream', 'mchat/group/', 'mchat/group/g1+'])
    expect(filters.filter(subscribes(member))).toEqual([])
  })

  it('membership is asked for at the moment', () => {
    let joined = false
    const subject: RightsSubject = { ...everybody, isMember: () => joined }
    expect(subscribes(subject)(topics.group('g9'))).toBe(false)
    joined = true
    expect(subscribes(subject)(topics.group('g9'))).toBe(true)
    expect(subscribes(subject)(topics.groupStream('g9'))).toBe(true)
  })

  it('what can be lost is what depends on groups and permissions', () => {
    const loner: RightsSubject = { ...everybody, isMember: () => false, holds: () => false }
    for (const topic of [...OPEN_TO_U1, 'mchat/audit/head']) {
      const filter = `${prefix}${topic}`
      expect(maySubscribe(filter, { ...almighty, isMember: () => true }, prefix), filter).toBe(true)
      expect(isRevocable(filter, prefix), filter).toBe(!maySubscribe(filter, loner, prefix))
    }
  })

  it('the head of the audit chain is for auditors', () => {
    expect(subscribes(everybody)(topics.auditHead)).toBe(false)
    expect(subscribes(person('org.manage', 'system.manage'))(topics.auditHead)).toBe(false)
    expect(subscribes(auditor)(topics.auditHead)).toBe(true)
  })

  it('a client publishes its requests, never retained', () => {
    const own = topics.request('u1_phone_9f', 's1')
    expect(publishes(everybody, false)(own)).toBe(true)
    expect(publishes(everybody, true)(own)).toBe(false)
  })

  it('a client publishes its own presence, retained or not', () => {
    expect(publishes(everybody, true)(topics.status('u1'))).toBe(true)
    expect(publishes(everybody, false)(topics.status('u1'))).toBe(true)
  })

  it('and nothing else, whatever it holds (T03, T07)', () => {
    const forged = [
      topics.request('u2_phone_9f', 's1'),
      topics.request('u1_laptop_1', 's1'),
      topics.request('u1', 's1'),
      topics.request('u1_phone_9f', ''),
      topics.request('u1_phone_9f', 's1/s2'),
      topics.response('u1_phone_9f', 's1'),
      topics.response('u2_phone_9f', 's1'),
      topics.inbox('u1'),
      topics.inbox('u2'),
      topics.inboxStream('u1'),
      topics.inboxChanges('u1'),
      topics.group('g1'),
      topics.groupStream('g1'),
      topics.sync('u1'),
      topics.status('u2'),
      topics.status(''),
      topics.profile('u1'),
      topics.systemNotify,
      topics.orgTree,
      topics.capability('sql'),
      topics.auditHead,
      // a filter is no topic to publish to
      topics.requests,
      topics.sharedRequests,
      topics.request('u1_phone_9f', '+'),
      topics.request('u1_phone_9f', '#'),
      topics.request('+', 's1'),
      topics.statusAll,
      `${prefix}mchat/status/#`,
      `${prefix}#`,
      '#',
      '',
      '$SYS/broker',
      '$CONTROL/dynamic-security/v1',
      `$share/x/${topics.status('u1')}`,
    ]
    for (const subject of [everybody, almighty]) {
      expect(forged.filter(publishes(subject, false))).toEqual([])
      expect(forged.filter(publishes(subject, true))).toEqual([])
    }
  })

  it('another deployment on the same broker is out of reach', () => {
    const other = createTopics(serviceId === undefined ? 'acme' : undefined)
    expect(subscribes(almighty)(other.inbox('u1'))).toBe(false)
    expect(publishes(almighty, false)(other.request('u1_phone_9f', 's1'))).toBe(false)
  })
})
