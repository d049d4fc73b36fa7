import type { Credentials, MChatClient } from '@mchat/sdk'
import { RequestRejectedError } from '@mchat/sdk'
import { AGENT, DEPARTMENTS, type DemoAgent, GROUPS, PEOPLE } from './organisation.ts'

/** How to connect as somebody of the demo: what `employee.create` answers. */
export interface DemoPerson extends Credentials {
  readonly name: string
}

type Employed = Pick<DemoPerson, 'employee_id' | 'name'>

export interface Populated {
  readonly people: readonly DemoPerson[]
  readonly agent: DemoPerson
}

/**
 * Makes what is missing of the demo organisation.
 * @param known people whose passwords an earlier run has kept
 * @param keep is told of every password at once, so that a run that breaks off loses none
 */
export const populate = async (
  admin: MChatClient,
  known: ReadonlyMap<string, DemoPerson>,
  keep: (person: DemoPerson) => Promise<void>,
): Promise<Populated> => {
  for (const department of DEPARTMENTS) await unlessThere(() => admin.department.create({ ...department }))
  const ensure = async (input: Employed, create: () => Promise<Credentials | undefined>) => {
    const created = await create()
    const old = known.get(input.employee_id)
    const person = created === undefined ? (old ?? (await renew(admin, input))) : personOf(input.name, created)
    await keep(person)
    return person
  }
  const people: DemoPerson[] = []
  for (const person of PEOPLE) {
    people.push(await ensure(person, () => unlessThere(() => admin.employee.create(person))))
  }
  const agent = await ensure(AGENT, () => employAgent(admin, AGENT))
  for (const group of GROUPS) {
    await unlessThere(() => admin.group.create({ ...group, member_ids: [...group.member_ids] }))
  }
  return { people, agent }
}

/**
 * Makes the agent, or brings it up to date: an earlier demo may have made it to be called in another way.
 * @returns undefined when it was there already
 */
export const employAgent = async (admin: MChatClient, agent: DemoAgent): Promise<Credentials | undefined> => {
  const created = await unlessThere(() => admin.employee.create(agent))
  if (created !== undefined) return created
  const { agent_profile, employee_id, manager_id, skills_badge } = agent
  await admin.employee.update({ employee_id, updates: { agent_profile, manager_id, skills_badge } })
  return undefined
}

/** New credentials for somebody whose old ones are lost. */
export const renew = async (admin: MChatClient, { employee_id, name }: Employed): Promise<DemoPerson> =>
  personOf(name, await admin.employee.resetCredentials({ employee_id }))

const personOf = (name: string, { employee_id, mqtt_connection }: Credentials): DemoPerson => ({
  employee_id,
  name,
  mqtt_connection,
})

/** undefined when it is there already. */
export const unlessThere = async <T>(create: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await create()
  } catch (error) {
    if (error instanceof RequestRejectedError && error.reason === 'id_taken') return undefined
    throw error
  }
}
