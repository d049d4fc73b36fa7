import type { ActionDefinition } from '../src/action.ts'
import { ACTIONS } from '../src/actions/index.ts'
import { CONTRACT_VERSION } from '../src/envelope.ts'
import { RULES } from '../src/rules.ts'
import { requestFrame, responseFrame } from './frames.ts'
import { EVENT_SCHEMAS, SHARED_SCHEMAS, withReferences } from './named-schemas.ts'
import { type JsonObject, sortedEntries, sortedRecord } from './schema-form.ts'
import { EVENT_ROWS, REQUEST_ROW, RESPONSE_ROW, TOPIC_PARAMETERS, TOPIC_ROWS, type TopicRow } from './topic-table.ts'

const ref = (...path: string[]): JsonObject => ({ $ref: `#/${path.join('/')}` })

const actions = sortedEntries<ActionDefinition>(ACTIONS)
const answeredActions = actions.filter(([, definition]) => definition.answered !== false)
const requestName = (action: string): string => `${action}.request`
const responseName = (action: string): string => `${action}.response`
const nounOf = (action: string): string => action.slice(0, action.indexOf('.'))

const messageNamesOn = (row: TopicRow): readonly string[] => {
  if (row === REQUEST_ROW) return actions.map(([name]) => requestName(name))
  if (row === RESPONSE_ROW) return answeredActions.map(([name]) => responseName(name))
  return row.events.toSorted()
}

const channel = (row: TopicRow): JsonObject => ({
  address: row.address,
  description: `Published by: ${row.publisher}. Subscribed by: ${row.subscriber}.`,
  ...(messageNamesOn(row).length > 0 && {
    messages: Object.fromEntries(messageNamesOn(row).map((name) => [name, ref('components', 'messages', name)])),
  }),
  ...(row.parameters.length > 0 && {
    parameters: Object.fromEntries(row.parameters.map((name) => [name, ref('components', 'parameters', name)])),
  }),
})

const bindings = (qos: number, retain: boolean): JsonObject => ({ mqtt: { qos, retain, bindingVersion: '0.2.0' } })

const messagesOf = (row: TopicRow, names: readonly string[]): JsonObject[] =>
  names.map((name) => ref('channels', row.key, 'messages', name))

const requestOperation = (name: string, definition: ActionDefinition): JsonObject => ({
  action: 'send',
  channel: ref('channels', REQUEST_ROW.key),
  summary: definition.summary,
  description: `Who may: ${RULES[definition.rule].text}.`,
  tags: [{ name: nounOf(name) }],
  bindings: bindings(definition.answered === false ? 0 : REQUEST_ROW.qos, REQUEST_ROW.retain),
  messages: messagesOf(REQUEST_ROW, [requestName(name)]),
  ...(definition.answered !== false && {
    reply: {
      channel: ref('channels', RESPONSE_ROW.key),
      messages: messagesOf(RESPONSE_ROW, [responseName(name)]),
    },
  }),
})

const eventOperations = (row: TopicRow): [string, JsonObject][] => {
  const operation = (action: 'send' | 'receive'): JsonObject => ({
    action,
    channel: ref('channels', row.key),
    tags: [{ name: 'events' }],
    bindings: bindings(row.qos, row.retain),
    messages: messagesOf(row, messageNamesOn(row)),
  })
  const receive: [string, JsonObject] = [`receive.${row.key}`, operation('receive')]
  return row.clientPublishes ? [receive, [`send.${row.key}`, operation('send')]] : [receive]
}

const message = (name: string, summary?: string): JsonObject => ({
  name,
  ...(summary !== undefined && { summary }),
  payload: ref('components', 'schemas', name),
})

const components = (): JsonObject => {
  const frames: Record<string, JsonObject> = {}
  const messages: Record<string, JsonObject> = {}
  for (const [name, definition] of actions) {
    frames[requestName(name)] = requestFrame(name, definition)
    messages[requestName(name)] = message(requestName(name), definition.summary)
  }
  for (const [name, definition] of answeredActions) {
    frames[responseName(name)] = responseFrame(name, definition)
    messages[responseName(name)] = message(responseName(name))
  }
  for (const name of Object.keys(EVENT_SCHEMAS)) messages[name] = message(name)
  const schemas = Object.entries({ ...SHARED_SCHEMAS, ...EVENT_SCHEMAS, ...frames })
  const parameters = Object.entries(TOPIC_PARAMETERS).map(([name, { description, pattern }]): [string, JsonObject] => [
    name,
    { description: `${description}; matches \`${pattern}\``, 'x-pattern': pattern },
  ])
  return {
    messages: sortedRecord(messages),
    parameters: sortedRecord(Object.fromEntries(parameters)),
    schemas: sortedRecord(Object.fromEntries(schemas.map(([name, schema]) => [name, withReferences(schema)]))),
  }
}

/** The whole contract as AsyncAPI 3.0, from a client's side: it sends requests and receives responses and events. */
export const asyncApi = (): JsonObject => ({
  asyncapi: '3.0.0',
  info: {
    title: 'MChat',
    version: `${CONTRACT_VERSION}.0.0`,
    description:
      'The MChat wire contract from the side of a client. Requests and responses travel on topics of their own: the ' +
      'response to a request has the same client_id and seq_id in its topic. Where the deployment has a service_id, ' +
      'every address here is prefixed with it and a slash.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/json',
  servers: {
    mqtt: {
      host: '{host}:{port}',
      protocol: 'mqtt',
      description: 'The broker of a deployment; `mqtt_connection` in the answer to `employee.create` names it',
      variables: { host: { default: 'localhost' }, port: { default: '1883' } },
    },
    websocket: {
      host: '{host}:{port}',
      pathname: '/mqtt',
      protocol: 'ws',
      description: 'The same broker over WebSocket, for browsers',
      variables: { host: { default: 'localhost' }, port: { default: '8080' } },
    },
  },
  channels: Object.fromEntries(TOPIC_ROWS.map((row) => [row.key, channel(row)])),
  operations: Object.fromEntries([
    ...actions.map(([name, definition]): [string, JsonObject] => [name, requestOperation(name, definition)]),
    ...EVENT_ROWS.filter(({ events }) => events.length > 0).flatMap(eventOperations),
  ]),
  components: components(),
})
