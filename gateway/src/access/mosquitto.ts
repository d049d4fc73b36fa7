import type { Topics } from '@mchat/schema'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { DeviceRow } from '../db/repositories/credentials.ts'
import type { Access } from './access.ts'
import { admitted, confirmed } from './confirmation.ts'
import { type Dynsec, type DynsecAnswer, requireDone } from './mosquitto/dynsec.ts'
import { deviceRole } from './mosquitto/names.ts'
import { describeEnd, type Plan, planOf, questionsOf } from './mosquitto/plan.ts'
import { readWanted } from './mosquitto/wanted.ts'
import type { TokenOf } from './tokens.ts'
import { createTurns } from './turns.ts'

export interface MosquittoAccessParts {
  readonly topics: Topics
  readonly database: Database
  readonly dynsec: Pick<Dynsec, 'ask' | 'run' | 'atOnce'>
  /** Ends the broker's session of a client, with what is queued in it. */
  readonly purge: (clientId: string) => Promise<void>
  readonly tokenOf: TokenOf
  readonly groupDelivery: Config['groupDelivery']
  /** An employee has no connection any more and can no longer say so. */
  readonly onGone: (employeeId: string) => Promise<void>
  readonly description: Pick<Access, 'bindsCredentials' | 'connection'>
}

const NOT_FOUND = ['Client not found', 'Role not found']
const EXISTS = ['Client already exists', 'Role already exists']
/** Of somebody new with one device: two roles and a client. */
const CHANGES_OF_ONE = 3

/**
 * Access on a Mosquitto with its dynamic security plugin: a role for each employee, changed as a whole by `modifyRole`
 * (the one command that changes rights without throwing clients out), and a client for each device, bound to its
 * client_id. Mosquitto judges every delivery, so what is taken away is taken from live subscriptions and queues alike.
 *
 * It can neither subscribe for a client nor mute one device of several: a new member's devices subscribe by themselves,
 * and the connection that ended its own session hears its employee's topics until it is closed after the answer.
 */
export const createMosquittoAccess = (parts: MosquittoAccessParts): Access => {
  const { database, dynsec, topics, tokenOf } = parts
  const inTurn = createTurns(database)

  /** Its role stays until everything else is done: where it is still there, an earlier attempt was not finished. */
  const expel = async ({ client_id: username }: DeviceRow): Promise<void> => {
    await dynsec.run([{ command: 'deleteClient', username }], NOT_FOUND)
    await parts.purge(username)
  }

  /** Its session is over, its credential is not: it may come again and bind. Whatever is changed of a client throws it out. */
  const throwOut = async (device: DeviceRow): Promise<void> => {
    const { client_id: username } = device
    await dynsec.run([{ command: 'modifyClient', username, textdescription: describeEnd(device) }], NOT_FOUND)
    await parts.purge(username)
  }

  const takeOut = async ({ employeeId, isGone, out }: Plan): Promise<void> => {
    for (const { device, how } of out) await (how === 'expel' ? expel(device) : throwOut(device))
    if (isGone) await parts.onGone(employeeId)
    const expelled = out.filter(({ how }) => how === 'expel')
    const roles = expelled.map(({ device }) => deviceRole(topics, device.client_id))
    await dynsec.run(
      roles.map((rolename) => ({ command: 'deleteRole', rolename })),
      NOT_FOUND,
    )
  }

  /** Asks and tells the broker about all of them at once; what fails for one holds up none of the others. */
  const syncTogether = (employeeIds: readonly string[], exceptClientId: string | undefined): Promise<void> =>
    inTurn(employeeIds, async (db) => {
      const wanted = await readWanted(db, employeeIds, topics, parts.groupDelivery)
      const questions = wanted.map((one) => questionsOf(topics, one))
      const known = (await dynsec.ask(questions.flat())).map(knownBy)
      const knownOf = dealt(known, questions)
      const plans = wanted.map((one, i) => planOf({ topics, tokenOf, exceptClientId }, one, knownOf[i] ?? []))
      const grants = plans.map((plan) => plan.grants)
      const grantedOf = dealt(await dynsec.ask(grants.flat()), grants)
      await allOf(
        plans.map(async (plan, i) => {
          requireDone(grantedOf[i] ?? [], EXISTS)
          await takeOut(plan)
        }),
      )
    })

  /**
   * A few in a turn, one turn after the other: a revocation that is asked for meanwhile waits for one of them and not for all.
   * The slower the broker, the fewer.
   */
  const syncAll = async (employeeIds: readonly string[], exceptClientId?: string): Promise<void> => {
    const rest = [...new Set(employeeIds)]
    const failures: unknown[] = []
    while (rest.length > 0) {
      const together = rest.splice(0, Math.max(1, Math.floor(dynsec.atOnce / CHANGES_OF_ONE)))
      await syncTogether(together, exceptClientId).catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    syncEmployees: (employeeIds, exceptClientId) => confirmed(() => syncAll(employeeIds, exceptClientId)),
    admitEmployees: (employeeIds) => admitted(() => syncAll(employeeIds)),
    async joinGroup() {
      // Left to the clients: see above.
    },
    keepsOwnList: true,
    ...parts.description,
  }
}

/** undefined: the broker does not know it. @throws DynsecError when it does not say */
const knownBy = (answer: DynsecAnswer): DynsecAnswer | undefined => {
  requireDone([answer], NOT_FOUND)
  return answer.error === undefined ? answer : undefined
}

/** The answers to several lists of commands that were sent as one. */
const dealt = <T>(answers: readonly T[], lists: readonly { readonly length: number }[]): T[][] => {
  const rest = [...answers]
  return lists.map(({ length }) => rest.splice(0, length))
}

/** Rejects with the first failure when all have come to an end: what is still going on must not outlast the turn. */
const allOf = async (work: readonly Promise<void>[]): Promise<void> => {
  for (const one of await Promise.allSettled(work)) {
    if (one.status === 'rejected') throw one.reason
  }
}
