import type { Topics } from '../../schema/src/index.ts'

/** Somebody whose topics an attacker is after. */
export interface Target {
  readonly topics: Topics
  readonly clientId: string
  readonly employeeId: string
  readonly groupId: string
}

/** Filters that reach what is the target's, or everybody's of its kind. */
export const foreignFilters = ({ topics, clientId, employeeId, groupId }: Target): string[] => [
  topics.responses(clientId),
  'mchat/msg/resp/+/+',
  topics.request(clientId, '+'),
  topics.requests,
  topics.inbox(employeeId),
  topics.inboxStream(employeeId),
  topics.inboxChanges(employeeId),
  'mchat/inbox/+',
  'mchat/inbox/+/stream',
  'mchat/inbox/+/changes',
  topics.group(groupId),
  topics.groupStream(groupId),
  'mchat/group/+',
  'mchat/group/+/stream',
  topics.sync(employeeId),
  'mchat/sync/+',
  topics.auditHead,
]

/** Filters that reach too far, ask a broker for something of its own, or are hardly filters. */
export const wildFilters = ({ topics, employeeId }: Target): string[] => {
  const inbox = topics.inbox(employeeId)
  const shares = ['gateway', 'Gateway', 'gаteway', 'x', ''].flatMap((name) => [
    `$share/${name}/${topics.requests}`,
    `$share/${name}/${inbox}`,
    `$share/${name}/#`,
  ])
  const roots = [
    '#',
    '+',
    '/#',
    '/+',
    '+/#',
    '+/+/+',
    '+/+/+/+',
    '+/+/+/+/+',
    'mchat',
    'mchat/#',
    'mchat/+',
    'mchat/+/+',
  ]
  const system = ['$SYS/#', '$SYS/+/new/clients', '$SYS/+/+', '$CONTROL/#', '$mchat/#', '$mchat/consumed', '$mchat/+']
  const disguised = [`$queue/${inbox}`, `$exclusive/${inbox}`, `/${inbox}`, `${inbox}/`, `${inbox}/#`, `MCHAT/inbox/+`]
  const broken = [
    `mchat//inbox/+`,
    'mchat/inbox/',
    'mchat/group/',
    'mchat/status/',
    'mchat/status/+/+',
    'mchat/profile/#',
  ]
  return [...shares, ...roots, ...system, ...disguised, ...broken]
}

/** What only gateways publish to, beside the status of the target, which only it does. */
export const forgedTopics = ({ topics, clientId, employeeId, groupId }: Target, ownId: string): string[] => [
  topics.inbox(employeeId),
  topics.inboxStream(employeeId),
  topics.inboxChanges(employeeId),
  topics.inbox(ownId),
  topics.inboxChanges(ownId),
  topics.group(groupId),
  topics.groupStream(groupId),
  topics.response(clientId, 'x'),
  topics.sync(employeeId),
  topics.profile(employeeId),
  topics.profile(ownId),
  topics.systemNotify,
  topics.orgTree,
  topics.capability('x'),
  topics.auditHead,
  '$SYS/x',
  '$mchat/consumed',
  `$share/gateway/${topics.inbox(employeeId)}`,
]

export const BAD_SEQ_IDS: readonly (string | Buffer)[] = [
  '',
  '/',
  'a/b',
  'x'.repeat(65),
  'x'.repeat(65_000),
  'a b',
  'a\u0000b',
  '\u202e',
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xed, 0xa0, 0x80]),
  '$x',
  'ä',
  Array(99).fill('a').join('/'),
  Array(150).fill('a').join('/'),
  '+',
  '#',
]

export const strayRequestTopics: readonly string[] = [
  'mchat/msg/req',
  'mchat/msg/req/',
  'mchat/msg/req//',
  'mchat/msg/req//s',
  '',
  '/',
  'mchat/msg/REQ/x/y',
]
