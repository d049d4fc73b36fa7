import { CLIENT_RIGHTS, type Topics } from '@mchat/schema'

export interface PolicyStatement {
  readonly Effect: 'Allow'
  readonly Action: 'iot:Connect' | 'iot:Publish' | 'iot:RetainPublish' | 'iot:Subscribe' | 'iot:Receive'
  readonly Resource: readonly string[]
  readonly Condition?: { readonly 'ForAllValues:StringEquals': { readonly 'iot:ConnectAttributes': readonly string[] } }
}

/** What AWS IoT Core lets a connection do: `*` stands for any characters, `+` and `#` for themselves. */
export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

/** Whom a policy is for; `scope` is `arn:{partition}:iot:{region}:{account}`. */
export interface PolicySubject {
  readonly topics: Topics
  readonly scope: string
  readonly clientId: string
}

/** Of one document. An authorizer may answer with ten. */
const POLICY_CHARACTERS = 2048

/**
 * What a device of an employee may do for as long as it is connected: AWS asks again only after minutes, so nothing is
 * in it that can be taken away before the session ends. Hence no topics of groups (`MCHAT_GROUP_DELIVERY=inbox`), and
 * nothing that takes a permission.
 */
export const clientPolicy = (subject: PolicySubject, employeeId: string): PolicyDocument[] =>
  policyOf(
    subject,
    CLIENT_RIGHTS.filter(({ permission, topic }) => permission === undefined && !topic.includes('{group_id}')).map(
      (right) => ({
        ...right,
        topic: right.topic.replace('{client_id}', subject.clientId).replace('{employee_id}', employeeId),
      }),
    ),
  )

/** The exchange of requests and answers alone: for the test of the broker. */
export const exchangePolicy = (subject: PolicySubject): PolicyDocument[] =>
  policyOf(
    subject,
    CLIENT_RIGHTS.filter(({ topic }) => topic.includes('{client_id}')).map((right) => ({
      ...right,
      topic: right.topic.replace('{client_id}', subject.clientId),
    })),
  )

/** Everything that a gateway does. */
export const gatewayPolicy = ({ clientId, scope, topics }: PolicySubject): PolicyDocument[] => {
  const everything = `${topics.prefix}mchat/*`
  return documents([
    connect(scope, clientId),
    allow('iot:Publish', [`${scope}:topic/${everything}`]),
    allow('iot:RetainPublish', [`${scope}:topic/${everything}`]),
    allow('iot:Subscribe', [`${scope}:topicfilter/${everything}`, `${scope}:topicfilter/$share/*/${everything}`]),
    allow('iot:Receive', [`${scope}:topic/${everything}`]),
  ])
}

const policyOf = ({ clientId, scope, topics }: PolicySubject, rights: typeof CLIENT_RIGHTS): PolicyDocument[] => {
  // In an ARN the wildcard of MQTT is a plus sign.
  const pattern = (topic: string): string => `${topics.prefix}mchat/${topic.replaceAll('+', '*')}`
  const published = rights.filter(({ publish }) => publish !== undefined)
  const retained = rights.filter(({ publish }) => publish?.retain === true)
  const heard = rights.filter(({ subscribe }) => subscribe === true)
  return documents([
    connect(scope, clientId),
    allow(
      'iot:Publish',
      published.map(({ topic }) => `${scope}:topic/${pattern(topic)}`),
    ),
    allow(
      'iot:RetainPublish',
      retained.map(({ topic }) => `${scope}:topic/${pattern(topic)}`),
    ),
    // A wider filter (`mchat/status/#`) passes the pattern, and hears nothing more: each delivery is judged as well.
    allow(
      'iot:Subscribe',
      heard.map(({ topic }) => `${scope}:topicfilter/${pattern(topic)}`),
    ),
    allow(
      'iot:Receive',
      heard.map(({ topic }) => `${scope}:topic/${pattern(topic)}`),
    ),
  ])
}

/** Keeping a session, and leaving a will, have to be allowed by name. */
const connect = (scope: string, clientId: string): PolicyStatement => ({
  Effect: 'Allow',
  Action: 'iot:Connect',
  Resource: [`${scope}:client/${clientId}`],
  Condition: { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['PersistentConnect', 'LastWill'] } },
})

const allow = (Action: PolicyStatement['Action'], Resource: readonly string[]): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
})

/** As few documents as the statements fit into, with a statement in two where it alone is too long. */
const documents = (statements: readonly PolicyStatement[]): PolicyDocument[] => {
  const found: PolicyStatement[][] = []
  for (const statement of statements.flatMap(divided)) {
    const last = found.at(-1)
    if (last !== undefined && fits([...last, statement])) last.push(statement)
    else found.push([statement])
  }
  return found.map(document)
}

const divided = (statement: PolicyStatement): PolicyStatement[] => {
  const { Resource } = statement
  if (Resource.length === 0) return []
  if (Resource.length === 1 || fits([statement])) return [statement]
  const half = Math.ceil(Resource.length / 2)
  return [Resource.slice(0, half), Resource.slice(half)].flatMap((part) => divided({ ...statement, Resource: part }))
}

const document = (Statement: readonly PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })

const fits = (statements: readonly PolicyStatement[]): boolean =>
  JSON.stringify(document(statements)).length <= POLICY_CHARACTERS
