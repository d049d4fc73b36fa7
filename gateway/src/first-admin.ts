import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Employee, MqttConnection, OutputOf } from '@mchat/schema'
import { expiryOf, type IssueParts, issueToken } from './access/issue-token.ts'
import type { AuditChain } from './audit/chain.ts'
import type { Config } from './config.ts'
import type { Database, Db } from './db/database.ts'
import { counters } from './db/repositories/counters.ts'
import { employees } from './db/repositories/employees.ts'
import type { Clock } from './platform/clock.ts'
import { codeOf, explain, replacePrivateFile } from './platform/private-file.ts'
import { newId } from './platform/random.ts'
import { UserError } from './platform/user-error.ts'

/** What `first-admin.json` holds: how to connect as the owner, in the shape `employee.create` answers. */
export type FirstAdminFile = OutputOf<'employee.create'>

export interface FirstAdmin {
  /** Of `first-admin.json`, which is there until somebody moves it away. */
  readonly path: string
  /** true when this start has made the owner. */
  readonly created: boolean
}

export interface FirstAdminParts extends IssueParts {
  readonly config: Pick<Config, 'dataDir' | 'language' | 'credentialDays'>
  readonly database: Database
  readonly auditChain: AuditChain
  readonly clock: Clock
}

export const FIRST_ADMIN_ID = 'admin'

export const firstAdminPath = (dataDir: string): string => join(dataDir, 'first-admin.json')

/**
 * Makes the owner `admin` of an organisation that has nobody yet, and writes how to connect to `first-admin.json`. On
 * later starts it only brings the address in that file up to date.
 * @throws UserError when the file cannot be written; nothing was made then
 */
export const ensureFirstAdmin = async (parts: FirstAdminParts): Promise<FirstAdmin> => {
  const { access, auditChain, clock, config, database } = parts
  const path = firstAdminPath(config.dataDir)
  const created = await database.transaction(async (tx) => {
    if (await hasEmployees(tx)) return false
    // Gateways that start at the same time on one database wait for each other here, and the second sees the first's.
    await counters.bump(tx, 'org')
    if (await hasEmployees(tx)) return false
    const now = clock.date()
    const name = config.language === 'zh-CN' ? '管理员' : 'Administrator'
    const employee = await employees.insert(tx, {
      employee_id: FIRST_ADMIN_ID,
      name,
      department_id: null,
      manager_id: null,
      is_ai_agent: false,
      agent_profile: null,
      skills_badge: [],
      now,
    })
    await employees.replaceRoles(tx, FIRST_ADMIN_ID, [{ role: 'owner' }])
    const connection = await issueToken(parts, tx, {
      employeeId: FIRST_ADMIN_ID,
      now,
      expiresAt: expiryOf(config, now),
    })
    await auditChain.append(tx, {
      operatorEmployeeId: null,
      clientId: 'mchat',
      seqId: newId('first'),
      action: 'admin.create',
      target: FIRST_ADMIN_ID,
      params: { employee_id: FIRST_ADMIN_ID },
      code: 0,
      reason: null,
      payload: FIRST_ADMIN_ID,
    })
    // Before the commit: an owner whose credential was lost in a crash could not be made again.
    await writeFirstAdmin(path, employee, connection)
    return true
  })
  if (!created) await refreshAddress(path, access)
  return { path, created }
}

export const writeFirstAdmin = (
  path: string,
  employee: Pick<Employee, 'employee_id' | 'name' | 'created_at'>,
  mqtt_connection: MqttConnection,
): Promise<void> => {
  const { employee_id, name, created_at } = employee
  const file: FirstAdminFile = { employee_id, name, created_at, mqtt_connection }
  return replacePrivateFile(path, `${JSON.stringify(file, undefined, 2)}\n`)
}

/** undefined when there is none, or it is not one. */
export const readFirstAdmin = async (path: string): Promise<FirstAdminFile | undefined> => {
  try {
    const file = JSON.parse(await readFile(path, 'utf8')) as Partial<FirstAdminFile> | null
    return typeof file?.employee_id === 'string' && typeof file.mqtt_connection?.mqtt_username === 'string'
      ? (file as FirstAdminFile)
      : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw new UserError(`${path} cannot be read: ${explain(error)}.`, { cause: error })
  }
}

/** Another port or host since the file was written: whoever reads it is to get through. */
const refreshAddress = async (path: string, access: IssueParts['access']): Promise<void> => {
  const file = await readFirstAdmin(path)
  if (file === undefined) return
  const { mqtt_password, ...known } = file.mqtt_connection
  const current = access.connection(file.employee_id, known.client_id)
  if (JSON.stringify(known) === JSON.stringify(current)) return
  await writeFirstAdmin(path, file, { ...current, ...(mqtt_password === undefined ? {} : { mqtt_password }) })
}

const hasEmployees = async (db: Db): Promise<boolean> =>
  (await employees.list(db, { includeDisabled: true, limit: 1 })).length > 0
