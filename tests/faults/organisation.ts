import { Chatter, privateName } from './chatter.ts'
import type { History, Recorder } from './history.ts'
import type { LoadPlan, PlannedDevice, PlannedGuest } from './plan.ts'

/** Who is where. Two load processes of different implementations share the devices, so that each hears the other. */
export interface Organisation {
  readonly office: Chatter
  readonly devices: { readonly mqttjs: readonly PlannedDevice[]; readonly paho: readonly PlannedDevice[] }
  readonly people: readonly string[]
  readonly guests: readonly PlannedGuest[]
  /** A guest whom the office adds and removes when a fault asks for it. */
  readonly watched: { readonly group: string; readonly employee_id: string }
  /** group → those who are members all the time. */
  readonly groups: ReadonlyMap<string, readonly string[]>
}

const PEOPLE = Array.from({ length: 24 }, (_, i) => `e${String(i + 1).padStart(2, '0')}`)
const AT_PAHO = new Set(PEOPLE.slice(16))
/** The first member is an admin of the group. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  g0: ['e01', 'e02', 'e03', 'e04', 'e17', 'e18'],
  g1: ['e02', 'e05', 'e06', 'e19', 'e20'],
  g2: ['e03', 'e07', 'e08', 'e21', 'e22', 'e23'],
  g3: ['e04', 'e01', 'e24', 'e16'],
  g4: ['e09', 'e10', 'e11', 'e12', 'e13', 'e14', 'e15', 'e16'],
  g5: ['e17', 'e18', 'e19', 'e20', 'e21', 'e22', 'e01', 'e09'],
  g6: ['e10', 'e23'],
  g7: ['e11', 'e24', 'e12'],
  g8: ['e13', 'e05', 'e17'],
  g9: ['e14', 'e15', 'e19', 'e06'],
}
const GUESTS = [
  { group: 'g0', employee_id: 'e09' },
  { group: 'g1', employee_id: 'e10' },
  { group: 'g2', employee_id: 'e18' },
  { group: 'g3', employee_id: 'e20' },
] as const
const WATCHED = { group: 'g9', employee_id: 'e22' } as const
/** They have a second device, which only listens and is often away; it belongs to the other process. */
const SECOND_DEVICES = ['e01', 'e02', 'e09', 'e10', 'e12', 'e16', 'e17', 'e18', 'e20', 'e22', 'e23', 'e24']

/** Creates everybody and everything by actions. */
export const found = async (
  port: number,
  admin: { readonly username: string; readonly password: string },
  record: Recorder,
): Promise<Organisation> => {
  const office = await Chatter.connect({
    port,
    clientId: admin.username,
    employeeId: 'admin',
    username: admin.username,
    password: admin.password,
    groups: [],
    binds: true,
    retryMs: 5000,
    record,
  })
  const call = async (action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const { code, data } = await office.request(action, input)
    if (code !== 0 || data === null) throw new Error(`${action} was answered ${code} ${JSON.stringify(data)}`)
    return data
  }
  const devices = { mqttjs: [] as PlannedDevice[], paho: [] as PlannedDevice[] }
  const add = (employeeId: string, data: Record<string, unknown>, isSecond: boolean): void => {
    const { client_id, mqtt_password } = data.mqtt_connection as { client_id: string; mqtt_password: string }
    const isAtPaho = AT_PAHO.has(employeeId) !== isSecond
    devices[isAtPaho ? 'paho' : 'mqttjs'].push({
      client_id,
      employee_id: employeeId,
      password: mqtt_password,
      groups: Object.keys(GROUPS).filter((group) => GROUPS[group]?.includes(employeeId)),
      guest_of: [...GUESTS, WATCHED].flatMap((guest) => (guest.employee_id === employeeId ? [guest.group] : [])),
      talks: !isSecond,
      flaky: isSecond,
    })
  }
  for (const id of PEOPLE) add(id, await call('employee.create', { employee_id: id, name: id }), false)
  for (const id of SECOND_DEVICES) add(id, await call('device.add', { employee_id: id, device_id: 'desk' }), true)
  for (const [group, members] of Object.entries(GROUPS)) {
    await call('group.create', { group_id: group, name: group, member_ids: members })
    await call('group.set_role', { group_id: group, employee_id: members[0], role: 'admin' })
  }
  const clientOf = (employeeId: string): string =>
    [...devices.mqttjs, ...devices.paho].find((one) => one.talks && one.employee_id === employeeId)?.client_id ?? ''
  return {
    office,
    devices,
    people: PEOPLE,
    guests: GUESTS.map((guest) => ({ ...guest, by: clientOf(GROUPS[guest.group]?.[0] ?? '') })),
    watched: WATCHED,
    groups: new Map(Object.entries(GROUPS)),
  }
}

export const planFor = (
  organisation: Organisation,
  implementation: 'mqttjs' | 'paho',
  rest: Pick<LoadPlan, 'port' | 'seed' | 'rate' | 'history'>,
): LoadPlan => {
  const devices = organisation.devices[implementation]
  const guests = organisation.guests.filter(({ by }) => devices.some(({ client_id }) => client_id === by))
  return { ...rest, devices, guests, people: organisation.people }
}

/** session → conversations, as the checker wants them. */
export const entitlements = (plans: readonly LoadPlan[]): Pick<History, 'sessions' | 'guests'> => {
  const all = plans.flatMap((plan) => plan.devices.map((device) => ({ ...device, people: plan.people })))
  const groups = (ids: readonly string[]): string[] => ids.map((id) => `g|${id}`)
  const privates = ({ employee_id, people }: (typeof all)[number]): string[] =>
    people.filter((other) => other !== employee_id).map((other) => privateName(employee_id, other))
  return {
    sessions: new Map(all.map((one) => [one.client_id, new Set([...groups(one.groups), ...privates(one)])])),
    guests: new Map(
      all.filter(({ guest_of }) => guest_of.length > 0).map((one) => [one.client_id, new Set(groups(one.guest_of))]),
    ),
  }
}
