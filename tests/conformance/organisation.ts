import { randomBytes } from 'node:crypto'
import { createAuthenticate } from '../../gateway/src/access/credentials.ts'
import type { LoginParts } from '../../gateway/src/access/login.ts'
import { createSessionKeeper } from '../../gateway/src/access/sessions.ts'
import { hashToken } from '../../gateway/src/access/tokens.ts'
import { createConfig } from '../../gateway/src/config.ts'
import { createDirectory, type Directory } from '../../gateway/src/db/directory.ts'
import { soleLease } from '../../gateway/src/db/lease.ts'
import { clientSessions } from '../../gateway/src/db/repositories/client-sessions.ts'
import { credentials } from '../../gateway/src/db/repositories/credentials.ts'
import { employees } from '../../gateway/src/db/repositories/employees.ts'
import { groups } from '../../gateway/src/db/repositories/groups.ts'
import { members } from '../../gateway/src/db/repositories/members.ts'
import { createForget } from '../../gateway/src/db/stale.ts'
import { ownerOf } from '../../schema/src/index.ts'
import { databases, type TestDatabase } from '../kit/databases.ts'
import { createTestClock, type TestClock } from '../kit/test-clock.ts'
import type { AccessBench } from './access.ts'

type Changes = Pick<AccessBench, 'hire' | 'found' | 'join' | 'leave' | 'appoint' | 'disable' | 'endSession'>

/** An organisation without a gateway: each change is committed, and the directory forgets what it remembered of it. */
export interface Organisation extends Changes, AsyncDisposable {
  readonly database: TestDatabase
  readonly directory: Directory
  readonly clock: TestClock
  /** The token each employee was hired with. */
  readonly secrets: ReadonlyMap<string, string>
  /** What a broker lets them in with. */
  readonly login: Omit<LoginParts, 'onSurplus'>
}

export const openOrganisation = async (): Promise<Organisation> => {
  const database: TestDatabase | undefined = await databases.find(({ name }) => name === 'pglite')?.open()
  if (database === undefined) throw new Error('There is no PGlite.')
  const db = database.kysely
  const clock = createTestClock()
  const directory = createDirectory(database)
  const secrets = new Map<string, string>()
  const forget = (employeeId: string): void => {
    directory.employees.invalidate(employeeId)
    directory.groupsOf.invalidate(employeeId)
    directory.sessionsOf.invalidate(employeeId)
  }
  return {
    database,
    directory,
    clock,
    secrets,
    login: {
      authenticate: createAuthenticate(database, directory, clock, {
        admit: async () => ({ failed() {}, passed() {} }),
      }),
      keeper: createSessionKeeper({
        config: createConfig(),
        database,
        directory,
        lease: soleLease,
        forget: createForget(directory, () => {}),
        clock,
        onError(error) {
          throw error
        },
      }),
    },
    async hire(employeeId) {
      const secret = randomBytes(32).toString('base64url')
      secrets.set(employeeId, secret)
      const position = { department_id: null, manager_id: null, is_ai_agent: false, agent_profile: null }
      const now = clock.date()
      await employees.insert(db, { employee_id: employeeId, name: employeeId, ...position, skills_badge: [], now })
      const credential = { credential_id: `cred_${employeeId}`, employee_id: employeeId, client_id: null }
      await credentials.insert(db, { ...credential, kind: 'token', secret_hash: hashToken(secret), now })
    },
    async found(group_id) {
      const creator_employee_id = secrets.keys().next().value ?? ''
      const looks = { name: group_id, description: null, avatar: null }
      await groups.insert(db, { group_id, ...looks, creator_employee_id, now: clock.date() })
    },
    async join(groupId, employeeId) {
      await members.add(db, groupId, [{ employee_id: employeeId, role: 'member' }], clock.date())
      directory.groups.invalidate(groupId)
      forget(employeeId)
    },
    async leave(groupId, employeeId) {
      await members.remove(db, groupId, [employeeId])
      directory.groups.invalidate(groupId)
      forget(employeeId)
    },
    async appoint(employeeId, role) {
      await employees.replaceRoles(db, employeeId, role === undefined ? [] : [{ role }])
      forget(employeeId)
    },
    async disable(employeeId) {
      const live = (await clientSessions.liveOf(db, employeeId)).map((session) => session.client_id)
      await employees.update(db, employeeId, { status: 'disabled' }, clock.date())
      await clientSessions.end(db, live, 'disabled', clock.date())
      await credentials.revokeAllOf(db, employeeId, clock.date())
      for (const clientId of live) directory.sessions.invalidate(clientId)
      forget(employeeId)
    },
    async endSession(clientId) {
      await clientSessions.end(db, [clientId], 'revoked', clock.date())
      directory.sessions.invalidate(clientId)
      forget(ownerOf(clientId))
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
    },
  }
}
