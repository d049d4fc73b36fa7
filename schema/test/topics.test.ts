import { describe, expect, it } from 'vitest'
import { createTopics, EXCHANGE_TOPICS, encodeSkill, TOPIC_EVENTS } from '../src/index.ts'

const HOSTILE_LEVELS = [
  '',
  '+',
  '#',
  'a/b',
  'a+',
  'a#',
  '$SYS',
  ' ',
  'a\u0000',
  'a\u0001',
  '\u202ea',
  'a\ufffd',
  '员工',
  '\uff55\uff11',
  'a\n',
  'x'.repeat(65 * 1024),
]

describe.each([
  ['without service_id', createTopics(), ''],
  ['with an empty service_id', createTopics(''), ''],
  ['with service_id acme', createTopics('acme'), 'acme/'],
])('topics %s', (_name, topics, prefix) => {
  it('are those of the contract', () => {
    expect(topics.prefix).toBe(prefix)
    expect({
      request: topics.request('c1', 's1'),
      response: topics.response('c1', 's1'),
      responses: topics.responses('c1'),
      inbox: topics.inbox('u1'),
      inboxStream: topics.inboxStream('u1'),
      inboxChanges: topics.inboxChanges('u1'),
      group: topics.group('g1'),
      groupStream: topics.groupStream('g1'),
      sync: topics.sync('u1'),
      status: topics.status('u1'),
      statusAll: topics.statusAll,
      profile: topics.profile('u1'),
      profileAll: topics.profileAll,
      capability: topics.capability('sql'),
      capabilityAll: topics.capabilityAll,
      systemNotify: topics.systemNotify,
      orgTree: topics.orgTree,
      auditHead: topics.auditHead,
      requests: topics.requests,
    }).toEqual({
      request: `${prefix}mchat/msg/req/c1/s1`,
      response: `${prefix}mchat/msg/resp/c1/s1`,
      responses: `${prefix}mchat/msg/resp/c1/+`,
      inbox: `${prefix}mchat/inbox/u1`,
      inboxStream: `${prefix}mchat/inbox/u1/stream`,
      inboxChanges: `${prefix}mchat/inbox/u1/changes`,
      group: `${prefix}mchat/group/g1`,
      groupStream: `${prefix}mchat/group/g1/stream`,
      sync: `${prefix}mchat/sync/u1`,
      status: `${prefix}mchat/status/u1`,
      statusAll: `${prefix}mchat/status/+`,
      profile: `${prefix}mchat/profile/u1`,
      profileAll: `${prefix}mchat/profile/+`,
      capability: `${prefix}mchat/agent/capability/sql`,
      capabilityAll: `${prefix}mchat/agent/capability/+`,
      systemNotify: `${prefix}mchat/system/notify`,
      orgTree: `${prefix}mchat/org/tree`,
      auditHead: `${prefix}mchat/audit/head`,
      requests: `${prefix}mchat/msg/req/+/+`,
    })
    expect(topics.sharedRequests).toBe(`$share/gateway/${prefix}mchat/msg/req/+/+`)
  })

  it('parse what they build', () => {
    expect(topics.parseRequest(topics.request('emp_1_phone_9f', '01J.a-b_c'))).toEqual({
      clientId: 'emp_1_phone_9f',
      seqId: '01J.a-b_c',
    })
    expect(topics.parseStatus(topics.status('emp_1'))).toBe('emp_1')
  })

  it('parse nothing else', () => {
    const broken = [
      ...HOSTILE_LEVELS.flatMap((level) => [topics.request(level, 's1'), topics.request('c1', level)]),
      topics.request('c1', 's1/'),
      topics.request('c1', 's1/s2'),
      `/${topics.request('c1', 's1')}`,
      `x${topics.request('c1', 's1')}`,
      topics.request('c1', 's1').toUpperCase(),
      topics.response('c1', 's1'),
      topics.requests,
      topics.sharedRequests,
      `${prefix}mchat/msg/req/c1`,
      `${prefix}mchat/msg/req/`,
      `${prefix}mchat/msg/req//`,
      `${prefix}mchat/msg/req`,
      '',
      '/',
    ]
    expect(broken.filter((topic) => topics.parseRequest(topic) !== undefined)).toEqual([])
    const notStatus = [...HOSTILE_LEVELS.map(topics.status), topics.statusAll, topics.profile('u1'), 'u1', '']
    expect(notStatus.filter((topic) => topics.parseStatus(topic) !== undefined)).toEqual([])
  })
})

it('do not take requests of another deployment on the same broker', () => {
  const request = createTopics('acme').request('c1', 's1')
  expect(createTopics().parseRequest(request)).toBeUndefined()
  expect(createTopics('acm').parseRequest(request)).toBeUndefined()
  expect(createTopics('acme').parseRequest(createTopics().request('c1', 's1'))).toBeUndefined()
})

it('keep every skill within one level', () => {
  const skills = [
    'sql',
    'C++',
    'C#',
    'a/b',
    '+',
    '#',
    '$SYS',
    '数据 分析',
    '\u0000',
    '😀',
    '%2F',
    '..',
    "it's (new)!*~",
  ]
  for (const skill of skills) {
    const encoded = encodeSkill(skill)
    expect(encoded).toMatch(/^[A-Za-z0-9%._~!'()*-]+$/)
    expect(decodeURIComponent(encoded)).toBe(skill)
  }
  expect(encodeSkill('a\ud800')).toBe('a%EF%BF%BD')
})

it('have the QoS and retain of contract 2', () => {
  const exchange = Object.values(EXCHANGE_TOPICS).map(({ topic, qos, retain }) => [topic, qos, retain])
  const pushed = Object.entries(TOPIC_EVENTS).map(([topic, { qos, retain }]) => [topic, qos, retain])
  expect([...exchange, ...pushed]).toEqual([
    ['msg/req/{client_id}/{seq_id}', 1, false],
    ['msg/resp/{client_id}/{seq_id}', 1, false],
    ['msg/resp/{client_id}/{challenge_id}', 1, false],
    ['msg/resp/{client_id}/{run_id}', 0, false],
    ['inbox/{employee_id}', 1, false],
    ['inbox/{employee_id}/stream', 0, false],
    ['inbox/{employee_id}/changes', 0, false],
    ['group/{group_id}', 1, false],
    ['group/{group_id}/stream', 0, false],
    ['sync/{employee_id}', 1, false],
    ['status/{employee_id}', 1, true],
    ['profile/{employee_id}', 1, false],
    ['system/notify', 1, false],
    ['org/tree', 1, true],
    ['agent/capability/{skill}', 1, true],
    ['audit/head', 1, true],
  ])
})
