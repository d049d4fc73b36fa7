import type { MqttConnection } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Db } from '../db/database.ts'
import { credentials, type NewCredential } from '../db/repositories/credentials.ts'
import { newUuid } from '../platform/random.ts'
import type { Access } from './access.ts'
import { hashToken, type Tokens } from './tokens.ts'

export interface IssueParts {
  readonly access: Pick<Access, 'bindsCredentials' | 'connection'>
  readonly tokens: Tokens
}

/** A client_id that nobody has had: one that came back would get what the broker still keeps for it. */
export const newClientId = (employeeId: string, deviceId: string): string =>
  `${employeeId}_${deviceId}_${newUuid().slice(0, 8)}`

export interface TokenRequest {
  readonly employeeId: string
  readonly now: Date
  /** Set: the credential opens this client_id only. */
  readonly clientId?: string
  /** The credential of the device that asks, when it asks for another device of its own. */
  readonly issuedBy?: string | null
  /** When it ends by itself. */
  readonly expiresAt?: Date | undefined
}

const DAY_MS = 86_400_000

/** When a credential made now ends: as asked, and no later than the deployment has it. */
export const expiryOf = (
  { credentialDays }: Pick<Config, 'credentialDays'>,
  now: Date,
  days = Number.POSITIVE_INFINITY,
): Date | undefined => {
  const least = Math.min(days, credentialDays ?? Number.POSITIVE_INFINITY)
  return Number.isFinite(least) ? new Date(now.getTime() + least * DAY_MS) : undefined
}

/** Makes a credential and tells how to connect with it. */
export const issueToken = async (parts: IssueParts, tx: Db, request: TokenRequest): Promise<MqttConnection> => {
  const { credential, connection } = makeToken(parts, request)
  await credentials.insert(tx, credential)
  return connection
}

/** As `issueToken`, for each of them, in one query. */
export const issueTokens = async (
  parts: IssueParts,
  tx: Db,
  requests: readonly TokenRequest[],
): Promise<MqttConnection[]> => {
  const made = requests.map((request) => makeToken(parts, request))
  await credentials.insertAll(
    tx,
    made.map(({ credential }) => credential),
  )
  return made.map(({ connection }) => connection)
}

const makeToken = (
  { access, tokens }: IssueParts,
  { employeeId, now, clientId, issuedBy, expiresAt }: TokenRequest,
): { readonly credential: NewCredential; readonly connection: MqttConnection } => {
  const bound = clientId ?? (access.bindsCredentials ? newClientId(employeeId, 'main') : undefined)
  const credentialId = tokens.newCredentialId()
  const token = tokens.tokenOf(credentialId)
  const ends = expiresAt === undefined ? {} : { expires_at: expiresAt.toISOString() }
  return {
    credential: {
      credential_id: credentialId,
      employee_id: employeeId,
      client_id: bound ?? null,
      kind: 'token',
      secret_hash: hashToken(token),
      issued_by: issuedBy ?? null,
      now,
      expires_at: expiresAt,
    },
    connection: { ...access.connection(employeeId, bound), mqtt_password: token, ...ends },
  }
}
