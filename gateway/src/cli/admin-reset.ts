import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Employee } from '@mchat/schema'
import { hash } from '@node-rs/argon2'
import { describeAccess } from '../access/connection.ts'
import { expiryOf, issueToken } from '../access/issue-token.ts'
import { createTokens } from '../access/tokens.ts'
import { createAuditChain } from '../audit/chain.ts'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/database.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { counters } from '../db/repositories/counters.ts'
import { credentials } from '../db/repositories/credentials.ts'
import { employees } from '../db/repositories/employees.ts'
import { totp } from '../db/repositories/totp.ts'
import { FIRST_ADMIN_ID, firstAdminPath, readFirstAdmin, writeFirstAdmin } from '../first-admin.ts'
import { openKeys } from '../keyring/open-keys.ts'
import { systemClock } from '../platform/clock.ts'
import { loadSecret } from '../platform/deployment-secret.ts'
import { newId } from '../platform/random.ts'
import { UserError } from '../platform/user-error.ts'
import { openDeployment } from './open-deployment.ts'
import { say } from './say.ts'

export interface ResetOptions {
  readonly employeeId: string
  readonly passwordStdin?: true
}

/** What the audit log calls this program. */
const INSTANCE = 'mchat admin reset'

const PASSWORD_CHARS = { fewest: 12, most: 256, token: 43 }

/** Gives somebody who has lost the way in a new credential and the owner role. Works on a stopped deployment. */
export const resetAdmin = async (config: Config, options: ResetOptions): Promise<void> => {
  if (options.passwordStdin && config.broker.kind === 'mosquitto') {
    throw new UserError('Mosquitto admits tokens that MChat has made only: leave --password-stdin out.')
  }
  const password = options.passwordStdin ? checkPassword(await text(process.stdin)) : undefined
  await using stopped = await openDeployment(config, 'alone')
  const { database } = stopped

  const passwordHash = password === undefined ? undefined : await hashPassword(password)
  const path = await reset(config, database, options.employeeId, passwordHash)
  const again = options.employeeId === FIRST_ADMIN_ID ? 'an owner again' : 'now an owner'
  const until = config.broker.kind === 'mosquitto' ? ' once a gateway has told the broker' : ''
  say(`${options.employeeId} is ${again}; the old credentials no longer work${until}.`)
  say(
    password === undefined
      ? `The new credential is in ${path}; start MChat and connect with it.`
      : `Start MChat and connect with the new password; ${path} says where.`,
  )
}

/** @throws UserError when it is not fit to be one */
const checkPassword = (input: string): string => {
  const password = input.replace(/\r?\n$/, '')
  const { fewest, most, token } = PASSWORD_CHARS
  if (password.length < fewest) throw new UserError(`The password must have at least ${fewest} characters.`)
  if (password.length > most) throw new UserError(`The password must have at most ${most} characters.`)
  if (password.length === token) {
    throw new UserError(`A password must not have exactly ${token} characters, as generated tokens do; add one.`)
  }
  if (/\p{Cc}/u.test(password)) throw new UserError('The password must be one line without control characters.')
  return password
}

/** @returns the path of the file that says how to connect */
const reset = async (
  config: Config,
  database: Database,
  employeeId: string,
  passwordHash: string | undefined,
): Promise<string> => {
  const keys = await openKeys(database, await loadSecret(config))
  const tokens = createTokens(keys)
  const auditChain = createAuditChain(keys, INSTANCE)
  return database.transaction(async (tx) => {
    const now = systemClock().date()
    await counters.bump(tx, 'org')
    const employee = await employees.findForUpdate(tx, employeeId)
    if (employee === undefined) throw new UserError(`There is no employee ${employeeId} in this deployment.`)
    if (employee.is_ai_agent) throw new UserError(`${employeeId} is an AI agent and cannot be an owner.`)
    await employees.update(tx, employeeId, { status: 'active' }, now)
    await employees.replaceRoles(tx, employeeId, withOwner(employee))
    await shutOut(tx, employeeId, now)
    // The phone with the authenticator may be what was lost.
    await totp.remove(tx, employeeId)

    const access = await accessOf(config)
    if (passwordHash !== undefined) await insertPassword(tx, employeeId, passwordHash, now)
    const connection =
      passwordHash === undefined
        ? await issueToken({ access, tokens }, tx, { employeeId, now, expiresAt: expiryOf(config, now) })
        : { ...access.connection(employeeId, undefined), secret_withheld: true as const }
    await auditChain.append(tx, {
      operatorEmployeeId: null,
      clientId: 'mchat',
      seqId: newId('reset'),
      action: 'admin.reset',
      target: employeeId,
      params: { employee_id: employeeId },
      code: 0,
      reason: null,
      payload: employeeId,
    })
    const path = credentialPath(config.dataDir, employeeId)
    await writeFirstAdmin(path, employee, connection)
    return path
  })
}

/** first-admin.json stays that of the first administrator, whose credentials are still good. */
const credentialPath = (dataDir: string, employeeId: string): string =>
  employeeId === FIRST_ADMIN_ID ? firstAdminPath(dataDir) : join(dataDir, `reset-${employeeId}.json`)

const withOwner = ({ roles }: Employee): Employee['roles'] => [
  { role: 'owner' },
  ...roles.filter((grant) => grant.role !== 'owner'),
]

/** Ends everything the old credentials had opened; a moment before `now`, since a credential must be newer to count. */
const shutOut = async (tx: Db, employeeId: string, now: Date): Promise<void> => {
  const live = await clientSessions.liveOf(tx, employeeId)
  const clientIds = live.map((session) => session.client_id)
  await clientSessions.end(tx, clientIds, 'revoked', new Date(now.getTime() - 1))
  await credentials.revokeAllOf(tx, employeeId, now)
}

/** argon2id with the parameters that OWASP recommends. */
const hashPassword = (password: string): Promise<string> =>
  hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

const insertPassword = (tx: Db, employeeId: string, passwordHash: string, now: Date): Promise<void> =>
  credentials.insert(tx, {
    credential_id: newId('cred'),
    employee_id: employeeId,
    client_id: null,
    kind: 'password',
    secret_hash: passwordHash,
    now,
  })

/** As in first-admin.json, since the ports may have been the system's choice; otherwise as configured. */
const accessOf = async (config: Config) => {
  const known = (await readFirstAdmin(firstAdminPath(config.dataDir)))?.mqtt_connection
  const ports = {
    mqtt: config.mqttPort === 0 ? (known?.broker_port ?? 0) : config.mqttPort,
    http: config.httpPort,
  }
  return describeAccess(config, ports)
}
