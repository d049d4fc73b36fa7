import {
  CLIENT_ID_PATTERN,
  DEVICE_ID_PATTERN,
  ID_PATTERN,
  MSG_ID_PATTERN,
  SEQ_ID_PATTERN,
  SERVICE_ID_PATTERN,
} from '../src/ids.ts'
import { CLIENT_RIGHTS } from '../src/rights.ts'
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
    '## Ids',
    idTable(),
    'A client_id belongs to one employee: with two or more `_` to the one whose id is left after cutting the last two ' +
      '`_` segments, otherwise to the one whose id it is. Only that employee connects with it, publishes as it and ' +
      'reads for it.',
    '## Events',
    'Receivers ignore fields they do not know, and messages of a `type` they do not know.',
    ...eventSections(),
  )
