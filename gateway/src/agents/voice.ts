import { type Content, type RunFailure, type RunState, type Topics, textOf } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Directory } from '../db/directory.ts'
import { and, type Holds, isActive, isMember } from '../delivery/holds.ts'
import type { MentionFinder } from '../delivery/mentions.ts'
import type { MessageIds } from '../delivery/message-ids.ts'
import type { Link, PublishOptions } from '../link/link.ts'
import type { DeliveryKind, Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import type { AskedMessage, RunPlace } from './run.ts'

/** What people hear of a run: always from the agent itself, in the conversation that asked, whatever its answer claims. */
export interface AgentVoice {
  /** Whether the agent is active, and a member of the group where it is one. */
  maySpeak(place: RunPlace): Promise<boolean>
  /** On the stream at QoS 0; an end that no answer tells of, for certain (QoS 1). */
  status(place: RunPlace, state: RunState, reason?: RunFailure, msgIds?: readonly string[]): Promise<void>
  /** A piece of the answer, at QoS 0. */
  delta(place: RunPlace, offset: number, delta: string): void
  /**
   * One message of the answer. Resolves when the broker has it for everybody.
   * @param index counts the messages of the answer; the one that was streamed is the first
   * @throws NotAMember when the agent may not speak there any more
   */
  say(place: RunPlace, index: number, content: Content, claimedMentions: readonly string[]): Promise<AskedMessage>
}

/** The agent is not active any more, or has left the group. */
export class NotAMember extends Error {}

export interface VoiceParts {
  readonly config: Pick<Config, 'groupDelivery'>
  readonly topics: Topics
  readonly directory: Directory
  readonly mentions: MentionFinder
  readonly messageIds: MessageIds
  readonly link: Pick<Link, 'publish'>
  readonly metrics: Pick<Metrics, 'delivery' | 'message'>
  readonly clock: Clock
}

const UNSURE: PublishOptions = { qos: 0 }
const always = (): Holds => true

interface Recipient {
  readonly kind: DeliveryKind
  readonly topic: string
  /** Asked at the last moment: whoever has left hears nothing more. */
  readonly isThere: () => Holds
}

export const createAgentVoice = (parts: VoiceParts): AgentVoice => {
  const { clock, config, directory, link, mentions, messageIds, metrics, topics } = parts
  const byInbox = config.groupDelivery === 'inbox'

  const conversationOf = ({ agentId, askerId, groupId }: RunPlace) => ({
    from_employee_id: agentId,
    ...(groupId === undefined ? { to_employee_id: askerId } : { group_id: groupId }),
  })
  const membersOf = async (groupId: string): Promise<readonly string[]> => [
    ...((await directory.groups.get(groupId))?.members.keys() ?? []),
  ]
  const audience = async ({ askerId, groupId }: RunPlace): Promise<readonly Recipient[]> => {
    if (groupId === undefined) return [{ kind: 'inbox', topic: topics.inbox(askerId), isThere: always }]
    if (!byInbox) return [{ kind: 'group', topic: topics.group(groupId), isThere: always }]
    return (await membersOf(groupId)).map((id) => ({
      kind: 'inbox',
      topic: topics.inbox(id),
      isThere: () => isMember(directory, groupId, id),
    }))
  }
  const streams = async ({ askerId, groupId }: RunPlace): Promise<readonly string[]> => {
    if (groupId === undefined) return [topics.inboxStream(askerId)]
    return byInbox ? (await membersOf(groupId)).map((id) => topics.inboxStream(id)) : [topics.groupStream(groupId)]
  }

  const maySpeak = async ({ agentId, groupId }: RunPlace): Promise<boolean> => {
    const employee = await directory.employees.get(agentId)
    if (employee?.active !== true) return false
    return groupId === undefined || ((await directory.groups.get(groupId))?.members.has(agentId) ?? false)
  }

  const maySpeakNow = ({ agentId, groupId }: RunPlace): Holds =>
    and(isActive(directory, agentId), () => groupId === undefined || isMember(directory, groupId, agentId))

  const stream = async (place: RunPlace, event: object): Promise<void> => {
    if (!(await maySpeak(place))) return
    const payload = Buffer.from(JSON.stringify(event))
    for (const topic of await streams(place)) {
      await link.publish(topic, payload, UNSURE)
      metrics.delivery('stream')
    }
  }
  /** @param stillHolds beside that the recipient is still there */
  const publish = async (place: RunPlace, json: string, stillHolds: () => Holds): Promise<void> => {
    const payload = Buffer.from(json)
    await Promise.all(
      (await audience(place)).map(async ({ isThere, kind, topic }) => {
        await link.publish(topic, payload, { qos: 1, stillHolds: () => and(isThere(), stillHolds) })
        metrics.delivery(kind)
      }),
    )
  }

  return {
    maySpeak,
    async status(place, state, reason, msgIds) {
      const event = {
        type: 'agent_status',
        event_id: messageIds.eventId(place.runId, state, 'status'),
        run_id: place.runId,
        ...conversationOf(place),
        in_reply_to: place.inReplyTo,
        state,
        ...(reason === undefined ? {} : { reason }),
        ...(msgIds === undefined ? {} : { msg_ids: msgIds }),
        sent_at: clock.timestamp(),
      }
      const isNews = state === 'failed' || state === 'cancelled' || state === 'timed_out'
      // That it has failed is no word of the agent: whoever asked hears it also when that one may not speak any more.
      if (isNews) await publish(place, JSON.stringify(event), always)
      else await stream(place, event)
    },

    delta(place, offset, delta) {
      const event = {
        type: 'agent_delta',
        run_id: place.runId,
        msg_id: messageIds.messageId(place.runId, '0', place.agentId, place.conversation),
        ...conversationOf(place),
        in_reply_to: place.inReplyTo,
        offset,
        delta,
        sent_at: clock.timestamp(),
      }
      // Nobody relies on it: the whole answer follows.
      stream(place, event).catch(() => undefined)
    },

    async say(place, index, content, claimed) {
      const { agentId, askerId, conversation, groupId, inReplyTo } = place
      const group = groupId === undefined ? undefined : await directory.groups.get(groupId)
      if (!(await maySpeak(place))) throw new NotAMember(`${agentId} may not speak there any more`)
      const found =
        group === undefined
          ? claimed.filter((id) => id === askerId)
          : await mentions.find(group, claimed, textOf(content))
      const msgId = messageIds.messageId(place.runId, String(index), agentId, conversation)
      const sentAt = clock.timestamp()
      const proof = messageIds.proof({ msgId, senderId: agentId, conversation, sentAt, content })
      await publish(
        place,
        JSON.stringify({
          msg_id: msgId,
          type: inReplyTo !== undefined ? 'agent' : groupId === undefined ? 'private' : 'group',
          ...conversationOf(place),
          content,
          sent_at: sentAt,
          proof,
          ...(found.length === 0 ? {} : { mentions: found }),
          is_ai_agent: true,
          ...(inReplyTo === undefined ? {} : { in_reply_to: inReplyTo, run_id: place.runId }),
        }),
        () => maySpeakNow(place),
      )
      metrics.message(groupId, true)
      return { msgId, content, sentAt, proof, quoteMsgId: undefined, mentions: found }
    },
  }
}
