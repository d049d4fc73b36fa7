import type { Credentials, MChatClient } from '@mchat/sdk'
import { RequestRejectedError } from '@mchat/sdk'
import { AGENT, DEPARTMENTS, GROUPS, PEOPLE } from './organisation.ts'

/** How to connect as somebody of the demo: what `employee.create` answers. */
export interface DemoPerson extends Credentials {
  readonly name: string
}

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
  const ensure = async (input: Parameters<typeof admin.employee.create>[0] & { employee_id: string }) => {
    const person = await ensureEmployee(admin, input, known.get(input.employee_id))
    await keep(person)
    return person
  }
  const people: DemoPerson[] = []
  for (const person of PEOPLE) people.push(await ensure({ ...person }))
  const { agent_profile: profile, skills_badge: badge, ...rest } = AGENT
  const agent = await ensure({
    ...rest,
    skills_badge: [...badge],
    agent_profile: { ...profile, capabilities: [...profile.capabilities] },
  })
  for (const group of GROUPS) {
    await unlessThere(() => admin.group.create({ ...group, member_ids: [...group.member_ids] }))
  }
  return { people, agent }
}

const ensureEmployee = async (
  admin: MChatClient,
  input: Parameters<MChatClient['employee']['create']>[0] & { employee_id: string },
  known: DemoPerson | undefined,
): Promise<DemoPerson> => {
  const created = await unlessThere(() => admin.employee.create(input))
  if (created !== undefined) return personOf(input.name, created)
  return known ?? renew(admin, input)
}

/** New credentials for somebody whose old ones are lost. */
export const renew = async (
  admin: MChatClient,
  { employee_id, name }: { readonly employee_id: string; readonly name: string },
): Promise<DemoPerson> => personOf(name, await admin.employee.resetCredentials({ employee_id }))

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
