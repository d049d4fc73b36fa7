import { RUN_ID_PATTERN } from '../src/agent-run.ts'
import { TOPIC_EVENTS } from '../src/events.ts'
import { CLIENT_ID_PATTERN, ID_PATTERN, SEQ_ID_PATTERN } from '../src/ids.ts'
import { CLIENT_RIGHTS, type TopicRight } from '../src/rights.ts'
import { EXCHANGE_TOPICS } from '../src/topics.ts'

/** One line of contract 2, joined from the events, the exchange and the rights. */
export interface TopicRow {
  /** With `mchat/`, without the service_id. */
  readonly address: string
  /** The fixed levels joined with dots: a name for this topic in documents. */
  readonly key: string
  readonly parameters: readonly string[]
  readonly qos: number
  readonly retain: boolean
  /** Names of the events; empty on the exchange topics. */
  readonly events: readonly string[]
  readonly publisher: string
  /** Whether clients publish here, requests aside. */
  readonly clientPublishes: boolean
  readonly subscriber: string
}

export const TOPIC_PARAMETERS: Readonly<Record<string, { readonly description: string; readonly pattern: string }>> = {
  challenge_id: { description: 'What auth.challenge answered', pattern: SEQ_ID_PATTERN },
  client_id: { description: 'An installed device of one employee', pattern: CLIENT_ID_PATTERN },
  employee_id: { description: 'An employee: a person or an AI agent', pattern: ID_PATTERN },
  group_id: { description: 'A group', pattern: ID_PATTERN },
  run_id: { description: 'One call of an agent', pattern: RUN_ID_PATTERN },
  seq_id: { description: 'Chosen by the client, unique for 24 h', pattern: SEQ_ID_PATTERN },
  skill: { description: 'A skill, percent-encoded', pattern: "^[A-Za-z0-9%._~!'()*-]+$" },
}

const ON_RESPONSE_TOPICS: Readonly<Record<string, string>> = { '{challenge_id}': 'challenge', '{run_id}': 'test' }

const isParameter = (level: string): boolean => level.startsWith('{')

/** Does a right's topic speak about this topic? A `+` in it stands for any parameter. */
const isAbout = (right: TopicRight, topic: string): boolean => {
  const levels = topic.split('/')
  const rightLevels = right.topic.split('/')
  return (
    levels.length === rightLevels.length &&
    levels.every((level, i) => level === rightLevels[i] || (isParameter(level) && rightLevels[i] === '+'))
  )
}

const holder = (right: TopicRight): string => {
  if (right.permission !== undefined) return `whoever holds \`${right.permission}\``
  if (right.topic.includes('{client_id}')) return 'that client'
  if (right.topic.includes('{employee_id}')) return 'that employee'
  if (right.topic.includes('{group_id}')) return 'members of the group'
  return 'everyone in the organisation'
}

const GATEWAY = 'gateway'

const row = (topic: string, qos: number, retain: boolean, events: readonly string[]): TopicRow => {
  const rights = CLIENT_RIGHTS.filter((right) => isAbout(right, topic))
  const publishing = rights.find((right) => right.publish !== undefined)
  const subscribing = rights.find((right) => right.subscribe === true)
  const levels = topic.split('/')
  return {
    address: `mchat/${topic}`,
    // Some events come on the topics of responses, where nobody else may listen.
    key: levels
      .map((level) => ON_RESPONSE_TOPICS[level] ?? level)
      .filter((level) => !isParameter(level))
      .join('.'),
    parameters: levels.filter(isParameter).map((level) => level.slice(1, -1)),
    qos,
    retain,
    events,
    publisher: publishing === undefined ? GATEWAY : holder(publishing),
    clientPublishes: publishing !== undefined,
    subscriber: subscribing === undefined ? GATEWAY : holder(subscribing),
  }
}

const { request, response } = EXCHANGE_TOPICS
export const REQUEST_ROW: TopicRow = row(request.topic, request.qos, request.retain, [])
export const RESPONSE_ROW: TopicRow = row(response.topic, response.qos, response.retain, [])

/** The topics events travel on, in the order of contract 2. */
export const EVENT_ROWS: readonly TopicRow[] = Object.entries(TOPIC_EVENTS).map(([topic, { qos, retain, events }]) =>
  row(topic, qos, retain, Object.keys(events)),
)

export const TOPIC_ROWS: readonly TopicRow[] = [REQUEST_ROW, RESPONSE_ROW, ...EVENT_ROWS]

/** On which topics an event travels. */
export const topicsOf = (event: string): string[] =>
  EVENT_ROWS.filter(({ events }) => events.includes(event)).map(({ address }) => address)
