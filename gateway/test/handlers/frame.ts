import {
  ACTIONS,
  type ActionName,
  errorsOf,
  type FieldError,
  type InputOf,
  MChatError,
  type OutputOf,
  type RoleGrant,
} from '@mchat/schema'
import { Value } from 'typebox/value'
import { createTokens } from '#src/access/tokens.ts'
import { type ConfigOverrides, createConfig } from '#src/config.ts'
import type { Db } from '#src/db/database.ts'
import { createDirectory } from '#src/db/directory.ts'
import { clientSessions } from '#src/db/repositories/client-sessions.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { employees } from '#src/db/repositories/employees.ts'
import { members } from '#src/db/repositories/members.ts'
import { createSealing } from '#src/platform/sealing.ts'
import { authorise } from '#src/policies/authorise.ts'
import { lockedFacts } from '#src/policies/facts.ts'
import type { Caller, ChangeContext, Services } from '#src/router/context.ts'
import type { ContextOf, Handler } from '#src/router/define-handler.ts'
import type { Effect } from '#src/router/effects.ts'
import type { TestDatabase } from '../../../tests/kit/databases.ts'
import { testKeys } from '../../../tests/kit/keys.ts'
import { gather, hire, NOW } from '../db/people.ts'

export interface Result<A extends ActionName> {
  readonly data: OutputOf<A>
  readonly effects: readonly Effect[]
}

export interface Refusal {
  readonly key: string
  readonly fields: readonly string[]
}

/** Runs handlers as the pipeline does, without what it checks before them and does after them. */
export interface Frame {
  run<A extends ActionName>(handler: Handler<A>, callerId: string, input: InputOf<A>): Promise<Result<A>>
  /** The error a handler throws; fails when it throws none. */
  refusal<A extends ActionName>(handler: Handler<A>, callerId: string, input: InputOf<A>): Promise<Refusal>
}

export const createFrame = (
  shared: { readonly current: TestDatabase },
  limits: NonNullable<ConfigOverrides['limits']> = {},
  now: Date = NOW,
  more: Pick<ConfigOverrides, 'credentialDays'> = {},
  others: () => Partial<Services> = () => ({}),
): Frame => {
  const config = createConfig({ limits, ...more })
  const clock = { now: () => now.getTime(), monotonic: () => 0, timestamp: () => now.toISOString(), date: () => now }
  const access = {
    syncEmployees: async () => {},
    bindsCredentials: false,
    connection: (employeeId: string, clientId: string | undefined) => ({
      broker_host: 'broker.test',
      broker_port: 1883,
      use_tls: false,
      client_id_scheme: '{employee_id}_{device_id}_{uuid}',
      ...(clientId === undefined ? {} : { client_id: clientId }),
      mqtt_username: employeeId,
    }),
  }

  const run: Frame['run'] = async (handler, callerId, input) => {
    const database = shared.current
    const { input: inputSchema, kind, output } = ACTIONS[handler.action]
    if (!Value.Check(inputSchema, input)) throw new Error(`Not what ${handler.action} takes: ${JSON.stringify(input)}`)
    const directory = createDirectory(database)
    const caller = await callerOf(directory, callerId)
    const tokens = createTokens(testKeys())
    const agents = { refuseEndpoint: () => undefined }
    const sealing = createSealing(testKeys())
    const parts = { config, clock, directory, access, tokens, agents, sealing, ...others() }
    const services = parts as unknown as Services
    const base = { ...services, clientId: caller.clientId, seqId: 'seq-1', caller, note: () => {} }
    const effects: Effect[] = []
    const attempt = (context: unknown) => handler.handle(context as ContextOf<typeof handler.action>, input)
    const data =
      kind === 'change'
        ? await database.transaction((tx) => {
            effects.length = 0
            return Promise.resolve(
              attempt({ ...base, tx, now, effects, judge: judgeFor(tx, caller, handler.action, input) }),
            )
          })
        : await attempt({ ...base, db: database.kysely })
    if (!Value.Check(output, data)) throw new Error(`Not what ${handler.action} answers: ${JSON.stringify(data)}`)
    return { data, effects }
  }

  return {
    run,
    async refusal(handler, callerId, input) {
      const outcome = await run(handler, callerId, input).catch((error: unknown) => error)
      if (!(outcome instanceof MChatError)) {
        throw new Error('It was not refused.', { cause: outcome })
      }
      const declared: readonly string[] = errorsOf(ACTIONS[handler.action])
      if (!declared.includes(outcome.key)) throw new Error(`${handler.action} does not declare ${outcome.key}.`)
      return { key: outcome.key, fields: (outcome.fields ?? []).map((error: FieldError) => error.field) }
    },
  }
}

/** As run-change.ts does it. */
const judgeFor =
  (tx: Db, caller: Caller, action: ActionName, input: object): ChangeContext['judge'] =>
  async (locked) => {
    const facts = lockedFacts(tx, locked)
    const context = { employee: caller.employee, facts, membersMayCreateGroups: true }
    await authorise(ACTIONS[action], context, { ...input })
  }

const callerOf = async (directory: Services['directory'], employeeId: string): Promise<Caller> => {
  const employee = await directory.employees.get(employeeId)
  if (employee === undefined) throw new Error(`There is no ${employeeId} to ask.`)
  const clientId = `${employeeId}_web_1`
  const expiresAt = Number.MAX_SAFE_INTEGER
  const times = { expiresAt, lastSeenAt: 0, endReason: null, endedAt: null }
  const session = { clientId, employeeId, credentialId: null, deviceInfo: null, ...times }
  return { clientId, employeeId, employee, session }
}

/** Adds an employee with these roles. */
export const appoint = async (db: Db, employeeId: string, ...grants: readonly RoleGrant[]): Promise<void> => {
  await hire(db, employeeId)
  await employees.replaceRoles(db, employeeId, grants)
}

/** Adds a group with the first one as its owner. */
export const assemble = async (db: Db, groupId: string, ownerId: string, ...memberIds: string[]): Promise<void> => {
  await gather(db, groupId, ownerId)
  const rest = memberIds.map((employee_id) => ({ employee_id, role: 'member' as const }))
  await members.add(db, groupId, [{ employee_id: ownerId, role: 'owner' }, ...rest], NOW)
}

export const rolesIn = async (db: Db, groupId: string): Promise<Record<string, string>> =>
  Object.fromEntries((await members.all(db, groupId)).map((member) => [member.employee_id, member.role]))

export const kindsOf = (effects: readonly Effect[]): string[] => effects.map((effect) => effect.kind)

type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>
export const only = <K extends Effect['kind']>(effects: readonly Effect[], kind: K): readonly EffectOf<K>[] =>
  effects.filter((effect): effect is EffectOf<K> => effect.kind === kind)

/** A live session and the credential it was opened with: `cred-{client_id}`, for this client alone when it is bound. */
export const openSession = async (db: Db, client_id: string, employee_id: string, isBound = false): Promise<void> => {
  const credential_id = `cred-${client_id}`
  await credentials.insert(db, {
    credential_id,
    employee_id,
    client_id: isBound ? client_id : null,
    kind: 'token',
    secret_hash: `hash-${client_id}`,
    now: NOW,
  })
  const expires_at = new Date(NOW.getTime() + 86_400_000)
  await clientSessions.open(db, { client_id, employee_id, device_info: null, credential_id, now: NOW, expires_at })
}
