import { AUTHORIZER_ARN } from './account.ts'
import { Policy } from './policy.ts'
import { Refusal } from './refusal.ts'

/** The event a custom authorizer's Lambda function gets (AWS: "Defining your Lambda function"). */
export interface AuthorizerEvent {
  token?: string
  signatureVerified: boolean
  protocols: ('tls' | 'http' | 'mqtt')[]
  protocolData: {
    tls?: { serverName: string }
    mqtt: { username?: string; password?: string /* base64 */; clientId: string }
  }
  connectionMetadata: { id: string }
}

export interface AuthorizerContext {
  readonly invokedFunctionArn: string
}

export type Authorizer = (event: AuthorizerEvent, context: AuthorizerContext) => Promise<unknown>

export interface Grant {
  readonly policy: Policy
  readonly disconnectAfterSeconds: number
}

const KEYS = [
  'isAuthenticated',
  'principalId',
  'disconnectAfterInSeconds',
  'refreshAfterInSeconds',
  'policyDocuments',
] as const

/** @throws {Refusal} unless the function answers in time, and exactly what AWS describes */
export const askAuthorizer = async (authorizer: Authorizer, event: AuthorizerEvent, seconds: number): Promise<Grant> =>
  parseAnswer(await invoke(authorizer, event, seconds), event.protocolData.mqtt.clientId)

/** @returns the answer as it comes over the wire: nothing but JSON */
const invoke = async (authorizer: Authorizer, event: AuthorizerEvent, seconds: number): Promise<unknown> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  try {
    const answer = await Promise.race([
      authorizer(structuredClone(event), { invokedFunctionArn: AUTHORIZER_ARN }),
      late.promise,
    ])
    return JSON.parse(JSON.stringify(answer) ?? 'null')
  } catch (error) {
    throw new Refusal(`the authorizer failed: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    clearTimeout(timer)
  }
}

const parseAnswer = (answer: unknown, clientId: string): Grant => {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new Refusal('the authorizer answered no object')
  }
  const given: Partial<Record<string, unknown>> = { ...answer }
  const { disconnectAfterInSeconds, isAuthenticated, policyDocuments, principalId, refreshAfterInSeconds } = given

  if (!parseBoolean(isAuthenticated)) throw new Refusal('isAuthenticated is false')
  const unknown = Object.keys(given).find((key) => !KEYS.some((known) => known === key))
  if (unknown !== undefined) throw new Refusal(`the authorizer answered ${unknown}, which is unknown`)
  if (typeof principalId !== 'string' || !/^[a-zA-Z0-9]{1,128}$/.test(principalId)) {
    throw new Refusal('principalId is not 1 to 128 letters and digits')
  }
  parseSeconds('refreshAfterInSeconds', refreshAfterInSeconds)
  const disconnectAfterSeconds = parseSeconds('disconnectAfterInSeconds', disconnectAfterInSeconds)
  if (!Array.isArray(policyDocuments)) throw new Refusal('policyDocuments is no array')
  return { policy: new Policy(policyDocuments, clientId), disconnectAfterSeconds }
}

const parseBoolean = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new Refusal('isAuthenticated is no boolean')
  return value
}

const parseSeconds = (name: string, value: unknown): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 300 || value > 86_400) {
    throw new Refusal(`${name} is not 300 to 86400`)
  }
  return value
}
