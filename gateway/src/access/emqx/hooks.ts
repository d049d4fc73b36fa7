import { mayPublish, maySubscribe, ownerOf, type Topics } from '@mchat/schema'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { HttpHook } from '../../ops/http-hooks.ts'
import { type AdmissionParts, type Admitted, createAdmission } from '../hooks/admission.ts'
import { type Asked, createHookKeyCheck } from '../hooks/hook-key.ts'
import { rightsSubject, type SubjectSource } from '../subject.ts'
import { connectionRules, type EmqxRule, exchangeRules } from './acl.ts'

/** Where EMQX asks. */
export const AUTHENTICATION_PATH = '/broker/emqx/authentication'
export const AUTHORIZATION_PATH = '/broker/emqx/authorization'

export interface EmqxHookParts extends SubjectSource, AdmissionParts {
  readonly topics: Topics
  readonly hookKey: string
  readonly onError: (error: unknown) => void
}

export interface EmqxHooks {
  readonly hooks: readonly HttpHook[]
  readonly asked: Asked
}

/** What an MQTT client may write, and what EMQX writes in the place of what is not there: an empty text. */
const short = Type.String({ maxLength: 512 })
const AuthenticationBody = Compile(
  Type.Object(
    {
      clientid: short,
      username: short,
      password: Type.String({ maxLength: 4096 }),
      peerhost: short,
      cn: short,
    },
    { additionalProperties: false },
  ),
)
const AuthorizationBody = Compile(
  Type.Object(
    {
      clientid: short,
      username: short,
      action: Type.Union([Type.Literal('publish'), Type.Literal('subscribe')]),
      topic: Type.String({ maxLength: 65_535 }),
      qos: Type.Union([Type.Enum(['0', '1', '2']), Type.Enum([0, 1, 2])]),
      retain: Type.Union([Type.Enum(['true', 'false']), Type.Boolean()]),
    },
    { additionalProperties: false },
  ),
)

interface Allowed {
  readonly result: 'allow'
  readonly is_superuser: boolean
  readonly acl?: readonly EmqxRule[]
  readonly expire_at?: number
}
const DENY = { result: 'deny' } as const
const ALLOW = { result: 'allow' } as const

/** An authorisation carries a topic of up to 64 KiB, each character of which JSON may write as six. */
const BODY_BYTES = { authentication: 48 * 1024, authorization: 448 * 1024 }

/**
 * What EMQX asks a gateway, any of them: who a client is, and what it may do. The answers come from
 * the database and the directory, so granting needs nothing on the broker.
 *
 * What cannot be decided is denied, and never left to EMQX: it would ask whatever else is configured there.
 */
export const createEmqxHooks = (parts: EmqxHookParts): EmqxHooks => {
  const { hookKey, onError, topics } = parts
  const admit = createAdmission(parts)
  const { asked, mayAsk } = createHookKeyCheck(hookKey)

  const authenticate = async (body: unknown): Promise<object | undefined> => {
    if (!AuthenticationBody.Check(body)) return undefined
    const { clientid, password, peerhost, username } = body
    const address = peerhost === '' ? undefined : peerhost
    const admitted = await admit({ clientId: clientid, username, secret: password, address })
    return admitted === undefined ? DENY : allowed(topics, clientid, admitted)
  }

  const authorize = async (body: unknown): Promise<object | undefined> => {
    if (!AuthorizationBody.Check(body)) return undefined
    const { action, clientid, retain, topic, username } = body
    if (ownerOf(clientid) !== username) return DENY
    const subject = await rightsSubject(parts, clientid, username)
    if (subject === undefined) return DENY
    const may =
      action === 'subscribe'
        ? maySubscribe(topic, subject, topics.prefix)
        : mayPublish(topic, String(retain) === 'true', subject, topics.prefix)
    return may ? ALLOW : DENY
  }

  const orDeny =
    (decide: (body: unknown) => Promise<object | undefined>) =>
    async (body: unknown): Promise<object | undefined> => {
      try {
        return await decide(body)
      } catch (error) {
        onError(error)
        return DENY
      }
    }
  return {
    asked,
    hooks: [
      { path: AUTHENTICATION_PATH, bodyBytes: BODY_BYTES.authentication, mayAsk, answer: orDeny(authenticate) },
      { path: AUTHORIZATION_PATH, bodyBytes: BODY_BYTES.authorization, mayAsk, answer: orDeny(authorize) },
    ],
  }
}

const allowed = (topics: Topics, clientId: string, admitted: Admitted): Allowed => {
  switch (admitted.kind) {
    case 'gateway':
      return { result: 'allow', is_superuser: true }
    case 'probe':
      return { result: 'allow', is_superuser: false, acl: exchangeRules(topics, clientId), expire_at: admitted.until }
    case 'employee': {
      const { expiresAt } = admitted
      return {
        result: 'allow',
        is_superuser: false,
        acl: connectionRules(topics, clientId),
        // Seconds, rounded down: EMQX must not keep it longer.
        ...(expiresAt === null ? {} : { expire_at: Math.floor(expiresAt.getTime() / 1000) }),
      }
    }
  }
}
