import { Content, isId, LIMITS } from '@mchat/schema'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { hashToken, TOKEN_PATTERN } from '../access/tokens.ts'
import type { Database } from '../db/database.ts'
import type { Directory } from '../db/directory.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { type CredentialRow, credentials } from '../db/repositories/credentials.ts'
import { groupConversation, privateConversation } from '../delivery/message-ids.ts'
import type { Budgets } from '../limits/budgets.ts'
import { type Header, type HttpHook, HttpRefusal } from '../ops/http-hooks.ts'
import type { Clock } from '../platform/clock.ts'
import { newId } from '../platform/random.ts'
import { readable } from './answer.ts'
import type { ContentFilter } from './content-filter.ts'
import type { RunPlace } from './run.ts'
import { type AgentVoice, NotAMember } from './voice.ts'

export const MESSAGE_PATH = '/agents/messages'

export interface MessageEndpointParts {
  readonly database: Database
  readonly directory: Directory
  readonly budgets: Budgets
  readonly filter: ContentFilter
  readonly voice: AgentVoice
  readonly clock: Clock
}

const Message = Compile(
  Type.Object({
    to_employee_id: Type.Optional(Type.String()),
    group_id: Type.Optional(Type.String()),
    content: Content,
    mentions: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: LIMITS.mentions })),
  }),
)

/**
 * Where an agent speaks without having been asked: with the token that it could connect with over MQTT. With an
 * `idempotency-key` a repetition is the same message. It calls no further agent.
 */
export const createMessageEndpoint = (parts: MessageEndpointParts): Pick<HttpHook, 'path' | 'mayAsk' | 'answer'> => {
  const { budgets, clock, database, directory, filter, voice } = parts
  const perSecond = LIMITS.agentMessagesPerMinute / 60
  const buckets = budgets.buckets('messages of agent', perSecond, LIMITS.agentMessagesPerMinute)

  /** It cannot be told which device this is: what shuts out one of those that have the credential shuts it out here. */
  const isShutOutAnywhere = async ({ created_at, employee_id, expires_at }: CredentialRow): Promise<boolean> => {
    if (expires_at !== null && expires_at.getTime() <= clock.now()) return true
    const revokedAt = await clientSessions.lastRevokedOf(database.kysely, employee_id)
    return revokedAt !== undefined && created_at <= revokedAt
  }

  const agentOf = async (header: Header): Promise<string> => {
    const credential = await credentials.findByTokenHash(database.kysely, hashToken(tokenIn(header) ?? ''))
    const isOver = credential === undefined || (await isShutOutAnywhere(credential))
    const employee = isOver ? undefined : await directory.employees.get(credential.employee_id)
    if (employee?.active !== true || !employee.isAgent) throw new HttpRefusal(401, 'That is no token of an agent.')
    return employee.employeeId
  }

  const placeOf = async (agentId: string, to: string | undefined, groupId: string | undefined): Promise<RunPlace> => {
    if ((to === undefined) === (groupId === undefined)) {
      throw new HttpRefusal(400, 'Either to_employee_id or group_id is required.')
    }
    if (!isId(to ?? groupId ?? '')) throw new HttpRefusal(400, 'That is no id.')
    if (to !== undefined && (await directory.employees.get(to))?.active !== true) {
      throw new HttpRefusal(404, 'There is no such employee.')
    }
    return {
      runId: '',
      agentId,
      askerId: to ?? '',
      groupId,
      conversation: groupId === undefined ? privateConversation(agentId, to ?? '') : groupConversation(groupId),
      inReplyTo: undefined,
    }
  }

  return {
    path: MESSAGE_PATH,
    mayAsk: (header) => tokenIn(header) !== undefined,
    async answer(body, header) {
      const agentId = await agentOf(header)
      if (buckets.take(agentId) > 0) throw new HttpRefusal(429, 'The agent has sent too many messages.')
      if (!Message.Check(body)) throw new HttpRefusal(400, 'That is no message.')
      const { content, group_id, mentions = [], to_employee_id } = body
      readable({ content })
      const place = await placeOf(agentId, to_employee_id, group_id)
      const filtered = filter.apply(content)
      if (filtered.verdict === 'blocked') throw new HttpRefusal(403, 'The content filter does not let this pass.')
      const key = header('idempotency-key') ?? newId('message')
      if (key.length > 128) throw new HttpRefusal(400, 'The idempotency-key has more than 128 characters.')
      try {
        const sent = await voice.say({ ...place, runId: `by itself|${agentId}|${key}` }, 0, filtered.content, mentions)
        return { msg_id: sent.msgId, sent_at: sent.sentAt, proof: sent.proof }
      } catch (error) {
        if (error instanceof NotAMember) throw new HttpRefusal(403, 'The agent is no member of that group.')
        throw error
      }
    },
  }
}

const tokenIn = (header: Header): string | undefined => {
  const [, token = ''] = /^Bearer (\S+)$/i.exec(header('authorization') ?? '') ?? []
  return TOKEN_PATTERN.test(token) ? token : undefined
}
