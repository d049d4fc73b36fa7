import { mayPublish, maySubscribe, ownerOf, type Topics } from '@mchat/schema'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { HttpHook } from '../../ops/http-hooks.ts'
import { isSameSecret } from '../../platform/same-secret.ts'
import type { Login, VerifiedLogin } from '../credentials.ts'
import { rightsSubject, type SubjectSource } from '../subject.ts'
import { connectionRules, type EmqxRule, exchangeRules } from './acl.ts'
import type { Arrivals } from './arrivals.ts'
import type { Probes } from './probe.ts'

/** Where EMQX asks, and the header with the key. */
export const AUTHENTICATION_PATH = '/broker/emqx/authentication'
export const AUTHORIZATION_PATH = '/broker/emqx/authorization'
export const HOOK_KEY_HEADER = 'x-mchat-hook-key'

export interface EmqxHookParts extends SubjectSource {
  readonly topics: Topics
  readonly hookKey: string
  /** Who the gateways are to EMQX. */
  readonly gateway: { readonly username: string; readonly password: string }
  readonly login: (login: Login) => Promise<VerifiedLogin | undefined>
  readonly probes: Pick<Probes, 'verify'>
  readonly arrivals: Pick<Arrivals, 'coming'>
  readonly onRefused: (clientId: string) => void
  readonly onError: (error: unknown) => void
}

export interface EmqxHooks {
  readonly hooks: readonly HttpHook[]
  /** Has anybody asked with the key, or without it? Tells what is wrong when the broker refuses the gateway itself. */
  readonly asked: { readonly rightly: boolean; readonly wrongly: boolean }
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

interface Admitted {
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
 * What EMQX asks a gateway, any of them: who a client is, and what it may do (brokers.md D1, D2). The answers come from
 * the database and the directory, so granting needs nothing on the broker.
 *
 * What cannot be decided is denied, and never left to EMQX: it would ask whatever else is configured there.
 */
export const createEmqxHooks = (parts: EmqxHookParts): EmqxHooks => {
  const { arrivals, gateway, hookKey, login, onError, onRefused, probes, topics } = parts
  const asked = { rightly: false, wrongly: false }

  /** Those whose client_id belongs to `mchat`, an employee that nobody is: gateways, and tests of the broker. */
  const admitGateway = (clientId: string, username: string, password: string): Admitted | undefined => {
    const until = probes.verify({ clientId, username, password })
    if (until !== undefined) {
      return { result: 'allow', is_superuser: false, acl: exchangeRules(topics, clientId), expire_at: until }
    }
    const isUser = isSameSecret(username, gateway.username)
    const isPassword = isSameSecret(password, gateway.password)
    return isUser && isPassword ? { result: 'allow', is_superuser: true } : undefined
  }

  const admitEmployee = async (clientId: string, username: string, secret: string): Promise<Admitted | undefined> => {
    const arrival = arrivals.coming(username)
    const verified = await login({ clientId, username, secret })
    if (verified === undefined) return undefined
    const { expiresAt } = verified
    arrival.admitted(clientId)
    return {
      result: 'allow',
      is_superuser: false,
      acl: connectionRules(topics, clientId),
      // Seconds, rounded down: EMQX must not keep it longer.
      ...(expiresAt === null ? {} : { expire_at: Math.floor(expiresAt.getTime() / 1000) }),
    }
  }

  const authenticate = async (body: unknown): Promise<object | undefined> => {
    if (!AuthenticationBody.Check(body)) return undefined
    const { clientid, password, username } = body
    const admit = ownerOf(clientid) === GATEWAY_OWNER ? admitGateway : admitEmployee
    const admitted = await admit(clientid, username, password)
    if (admitted === undefined) onRefused(clientid)
    return admitted ?? DENY
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

  const mayAsk: HttpHook['mayAsk'] = (header) => {
    const isRight = isSameSecret(header(HOOK_KEY_HEADER) ?? '', hookKey)
    if (isRight) asked.rightly = true
    else asked.wrongly = true
    return isRight
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

/** Whom the client_ids of gateways belong to (RESERVED_EMPLOYEE_IDS). */
const GATEWAY_OWNER = 'mchat'
