import { CHANGE_NOUNS, type ChangeNoun, changeNoun } from '../src/changes.ts'
import {
  CLIENT_ID_PATTERN,
  DEVICE_ID_PATTERN,
  ID_PATTERN,
  MSG_ID_PATTERN,
  SEQ_ID_PATTERN,
  SERVICE_ID_PATTERN,
} from '../src/ids.ts'
import { LIMITS } from '../src/limits.ts'
import { CLIENT_RIGHTS } from '../src/rights.ts'
import { SCOPED_ROLES } from '../src/roles.ts'
import { createTopics } from '../src/topics.ts'
import { fieldTable } from './fields.ts'
import { anchor, code, GENERATED_MARK, paragraphs, table } from './markdown.ts'
import { EVENT_SCHEMAS } from './named-schemas.ts'
import { REQUEST_ROW, RESPONSE_ROW, TOPIC_ROWS, type TopicRow, topicsOf } from './topic-table.ts'

const yes = (value: boolean): string => (value ? 'yes' : 'no')

const payload = (row: TopicRow): string => {
  if (row === REQUEST_ROW) return '[request](actions.md#request-and-answer)'
  if (row === RESPONSE_ROW) return '[answer](actions.md#request-and-answer)'
  return row.events.map((event) => `[${event}](#${anchor(event)})`).join(', ')
}

const topicTable = (): string =>
  table(
    ['Topic', 'Publishes', 'Subscribes', 'QoS', 'Retained', 'Payload'],
    TOPIC_ROWS.map((row) => [
      code(row.address),
      row.publisher,
      row.subscriber,
      String(row.qos),
      yes(row.retain),
      payload(row),
    ]),
  )

const rightsTable = (): string =>
  table(
    ['Topic or filter', 'Subscribe', 'Publish', 'Publish retained', 'Needs'],
    CLIENT_RIGHTS.map((right) => [
      code(`mchat/${right.topic}`),
      yes(right.subscribe === true),
      yes(right.publish !== undefined),
      yes(right.publish?.retain === true),
      right.permission === undefined ? '' : code(right.permission),
    ]),
  )

const idTable = (): string =>
  table(
    ['Id', 'Grammar'],
    [
      ['`employee_id`, `group_id`, `department_id`', code(ID_PATTERN)],
      ['`client_id`', code(CLIENT_ID_PATTERN)],
      ['`seq_id`', code(SEQ_ID_PATTERN)],
      ['`msg_id`', code(MSG_ID_PATTERN)],
      ['`device_id`', code(DEVICE_ID_PATTERN)],
      ['`service_id`', code(SERVICE_ID_PATTERN)],
    ],
  )

const nounTable = (): string =>
  table(
    ['`noun`', 'Tells of', '`target_id`', 'Told to whoever holds'],
    (Object.keys(CHANGE_NOUNS) as ChangeNoun[]).map((noun) => {
      const { target, text, toldTo } = changeNoun(noun)
      const holders = toldTo.map(
        ({ only, permission }) => `${code(permission)}${only === undefined ? '' : ' (of AI agents)'}`,
      )
      return [code(noun), text, target === undefined ? '' : code(target), holders.join(' or ')]
    }),
  )

const changesSection = (): string =>
  paragraphs(
    '## What has changed',
    'A client that shows what its employee administers subscribes to `mchat/inbox/{employee_id}/changes` and is told what ' +
      'has changed ([Changes](#changes)): ids and states, nothing of what messages, requests or profiles say. It asks for ' +
      'the new state where it needs it.',
    nounTable(),
    `Grants of ${SCOPED_ROLES.map(code).join(', ')} can be limited to a department: such a holder is told of employees who ` +
      'are in it or below it, or were when the change began, and of these departments themselves. Who holds what is looked ' +
      'up when an event is published, so that nothing published after a role was taken away tells of what it allowed.',
    'Events come at QoS 0 and are kept for nobody: after every connection, and where `dropped` is there, everything on ' +
      `show is to be asked for again. Each gateway tells an employee at most once in ${LIMITS.changesEveryMs} ms, at most ` +
      `${LIMITS.changesPerEvent} changes at a time, and of several changes of one kind to one thing only the last. A change ` +
      'is told when it is committed and has taken effect; a run when it is noted, and `running` and `streaming` when they ' +
      'begin. Rows of the audit log are all told, each gateway its own in the order of `seq`: rows of two gateways can ' +
      'overtake each other by a second, and what commands and maintenance write down is not told. So a `seq` that is ' +
      'still missing after a few seconds is to be asked for with `audit.list`.',
  )

const eventSections = (): string[] =>
  Object.entries(EVENT_SCHEMAS).flatMap(([name, schema]) => [
    `### ${name}`,
    `On ${topicsOf(name).map(code).join(', ')}.`,
    fieldTable(schema, 'topics.md'),
  ])

/** docs/reference/topics.md */
export const topicsPage = (): string =>
  paragraphs(
    '# Topics',
    GENERATED_MARK,
    topicTable(),
    `Gateways share the requests among themselves: they subscribe to ${code(createTopics().sharedRequests)}. ` +
      'Where the deployment has a service_id, every topic is prefixed with it and a slash.',
    '## What a client may do',
    'In a filter `{client_id}` is the client itself, `{employee_id}` the employee who owns it, and `{group_id}` each ' +
      'group that employee belongs to at the moment. `+` may be subscribed to as it is, or as one level in its place. ' +
      'What a client may publish, it may also leave as its will. ' +
      "Everything else is denied, `#`, `$share`, `$SYS` and other people's topics included.",
    rightsTable(),
    changesSection(),
    '## Ids',
    idTable(),
    'A client_id belongs to one employee: with two or more `_` to the one whose id is left after cutting the last two ' +
      '`_` segments, otherwise to the one whose id it is. Only that employee connects with it, publishes as it and ' +
      'reads for it.',
    '## Events',
    'Receivers ignore fields they do not know, and messages of a `type` they do not know.',
    ...eventSections(),
  )
