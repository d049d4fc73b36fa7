import { CLIENT_RIGHTS, type Topics } from '@mchat/schema'

/** A line of the `acl` that an authentication answers with, as EMQX 5 takes it. */
export interface EmqxRule {
  readonly permission: 'allow'
  readonly action: 'publish' | 'subscribe'
  readonly topic: string
  readonly retain?: boolean
}

/**
 * What EMQX need not ask about while a client is connected: its requests, each of which has a topic of its own, its
 * answers, and what everybody may hear. Nothing of an employee or a group is in it: EMQX holds on to these lines until
 * the connection ends, whatever happens to the employee meanwhile, and would judge the will by them at its end.
 */
export const connectionRules = (topics: Topics, clientId: string): EmqxRule[] =>
  rulesOf(
    topics,
    clientId,
    ({ permission, topic }) => permission === undefined && !/\{(employee|group)_id\}/.test(topic),
  )

/** The exchange of requests and answers alone. */
export const exchangeRules = (topics: Topics, clientId: string): EmqxRule[] =>
  rulesOf(topics, clientId, ({ topic }) => topic.includes('{client_id}'))

/**
 * Subscriptions as clients write them, compared as text (`eq`): EMQX takes `#` for something that `+` matches. Any other
 * spelling is asked about like everything that is not listed.
 */
const rulesOf = (
  topics: Topics,
  clientId: string,
  isListed: (right: (typeof CLIENT_RIGHTS)[number]) => boolean,
): EmqxRule[] =>
  CLIENT_RIGHTS.filter(isListed).flatMap((right): EmqxRule[] => {
    const topic = `${topics.prefix}mchat/${right.topic.replace('{client_id}', clientId)}`
    const retain = right.publish?.retain === true ? {} : { retain: false }
    return [
      ...(right.publish === undefined ? [] : [{ permission: 'allow', action: 'publish', topic, ...retain } as const]),
      ...(right.subscribe === true
        ? [{ permission: 'allow', action: 'subscribe', topic: `eq ${topic}` } as const]
        : []),
    ]
  })
