import { createHash } from 'node:crypto'
import type { Topics } from '@mchat/schema'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { HttpHook } from '../../ops/http-hooks.ts'
import type { Clock } from '../../platform/clock.ts'
import { randomFraction } from '../../platform/random.ts'
import { type AdmissionParts, type Admitted, createAdmission } from '../hooks/admission.ts'
import { type Asked, createHookKeyCheck } from '../hooks/hook-key.ts'
import { clientPolicy, exchangePolicy, gatewayPolicy, type PolicyDocument, type PolicySubject } from './policy.ts'

/** Where the Lambda function of the authorizer asks (broker-config/aws-iot/template.yaml). */
export const AUTHORIZER_PATH = '/broker/aws-iot/authorizer'

export interface AuthorizerParts extends AdmissionParts {
  readonly topics: Topics
  readonly hookKey: string
  readonly clock: Pick<Clock, 'now'>
  readonly onError: (error: unknown) => void
}

export interface AuthorizerHook {
  readonly hook: HttpHook
  readonly asked: Asked
}

/** `password` as AWS hands it on, in base64. */
const AuthorizerBody = Compile(
  Type.Object(
    {
      client_id: Type.String({ maxLength: 512 }),
      username: Type.String({ maxLength: 512 }),
      password: Type.String({ maxLength: 6144 }),
      scope: Type.String({ pattern: '^arn:aws[a-z-]*:iot:[a-z0-9-]+:[0-9]{12}$' }),
    },
    { additionalProperties: false },
  ),
)

/** What a custom authorizer answers (AWS IoT Core: "Defining your Lambda function"). */
interface AuthorizerAnswer {
  readonly isAuthenticated: boolean
  readonly principalId: string
  readonly disconnectAfterInSeconds: number
  readonly refreshAfterInSeconds: number
  readonly policyDocuments: readonly PolicyDocument[]
}

const BODY_BYTES = 48 * 1024
/** What AWS takes. */
const SHORTEST_SECONDS = 300
export const LONGEST_SECONDS = 86_400
/**
 * AWS asks again about whoever is connected, and throws out those that are refused then: whose session was revoked or who
 * was disabled. One that had ended otherwise is open again then, as after any login.
 */
const REFRESH_SECONDS = 900

/**
 * What AWS IoT Core asks a gateway, any of them, through its authorizer: who a connection is, answered with everything
 * it may do. What cannot be decided is denied.
 */
export const createAuthorizer = (parts: AuthorizerParts): AuthorizerHook => {
  const { clock, hookKey, onError, topics } = parts
  const admit = createAdmission(parts)
  const { asked, mayAsk } = createHookKeyCheck(hookKey)

  const secondsUntil = (end: Date): number => {
    const left = Math.floor((end.getTime() - clock.now()) / 1000)
    return Math.max(SHORTEST_SECONDS, Math.min(LONGEST_SECONDS, left))
  }

  const allowed = (subject: PolicySubject, admitted: Admitted): AuthorizerAnswer => {
    switch (admitted.kind) {
      case 'gateway':
        return answer(subject, gatewayPolicy(subject), ...gatewaySeconds())
      case 'probe':
        return answer(subject, exchangePolicy(subject), SHORTEST_SECONDS, SHORTEST_SECONDS)
      case 'employee': {
        const { employeeId, expiresAt } = admitted
        const until = expiresAt === null ? LONGEST_SECONDS : secondsUntil(expiresAt)
        return answer(subject, clientPolicy(subject, employeeId), until, Math.min(until, REFRESH_SECONDS))
      }
    }
  }

  return {
    asked,
    hook: {
      path: AUTHORIZER_PATH,
      bodyBytes: BODY_BYTES,
      mayAsk,
      async answer(body) {
        if (!AuthorizerBody.Check(body)) return undefined
        const { client_id: clientId, password, scope, username } = body
        const subject = { topics, scope, clientId }
        try {
          const secret = Buffer.from(password, 'base64').toString('utf8')
          const admitted = await admit({ clientId, username, secret })
          return admitted === undefined ? denied(subject) : allowed(subject, admitted)
        } catch (error) {
          onError(error)
          return denied(subject)
        }
      },
    },
  }
}

const answer = (
  { clientId }: PolicySubject,
  policyDocuments: readonly PolicyDocument[],
  disconnectAfterInSeconds: number,
  refreshAfterInSeconds: number,
): AuthorizerAnswer => ({
  isAuthenticated: true,
  // Letters and digits, up to 128: a client_id may have others.
  principalId: createHash('sha256').update(clientId).digest('hex'),
  disconnectAfterInSeconds,
  refreshAfterInSeconds,
  policyDocuments,
})

/**
 * Nobody takes anything from a gateway, and one that cannot be asked about must not lose its connection for it. Drawn, so
 * that the connections of one gateway, which begin together, do not end together.
 */
const gatewaySeconds = (): [number, number] => {
  const seconds = Math.round((LONGEST_SECONDS * (1 + randomFraction())) / 2)
  return [seconds, seconds]
}

const denied = (subject: PolicySubject): AuthorizerAnswer => ({
  ...answer(subject, [], SHORTEST_SECONDS, SHORTEST_SECONDS),
  isAuthenticated: false,
})
