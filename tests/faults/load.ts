import { createWriteStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Chatter, privateName } from './chatter.ts'
import type { HistoryEvent } from './history.ts'
import type { LoadPlan, PlannedGuest } from './plan.ts'
import { seededRandom } from './seeded-random.ts'

/** A process of many devices on MQTT.js. Its commands come over standard input; load_paho.py is its twin. */
const RETRY_MS = 5000
/** Unanswered requests of a device, beyond which it makes no new ones. */
const UNDER_WAY = 30

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadPlan
const random = seededRandom(plan.seed)
const between = (from: number, to: number): number => from + random() * (to - from)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

const file = createWriteStream(plan.history)
const record = (event: HistoryEvent): void => void file.write(`${JSON.stringify(event)}\n`)

let isRunning = true
let count = 0
let shed = 0
const stopping = new AbortController()
/** Sleeps, and wakes early when the load ends. */
const rest = (ms: number): Promise<unknown> => pause(ms, undefined, { signal: stopping.signal }).catch(() => undefined)

const connectAll = async (): Promise<Chatter[]> => {
  const chatters: Chatter[] = []
  for (const device of plan.devices) {
    chatters.push(
      await Chatter.connect({
        port: plan.port,
        clientId: device.client_id,
        employeeId: device.employee_id,
        username: device.client_id,
        password: device.password,
        groups: device.groups,
        binds: true,
        joins: true,
        retryMs: RETRY_MS,
        record,
      }),
    )
  }
  return chatters
}

const content = (): string => `mqttjs ${plan.seed} ${++count} ${'.'.repeat(Math.floor(random() * 900))}`

const act = (chatter: Chatter, groups: readonly string[]): Promise<unknown> => {
  const dice = random()
  const peer = pick(plan.people.filter((id) => id !== chatter.employeeId))
  if (dice < 0.6 && groups.length > 0) {
    const group = pick(groups)
    return chatter.request('msg.send_group', { group_id: group, content: content() }, { conversation: `g|${group}` })
  }
  if (dice < 0.9) {
    const conversation = privateName(chatter.employeeId, peer)
    return chatter.request('msg.send_private', { to_employee_id: peer, content: content() }, { conversation })
  }
  if (dice < 0.95) return chatter.request('org.tree', {}, { kind: 'read' })
  if (dice < 0.98) return chatter.request('employee.get', { employee_id: peer }, { kind: 'read' })
  return chatter.request('no.such_action', {}, { kind: 'read', expect: 400 })
}

/** Open loop: what comes in does not wait for what went out, so that a standstill is not hidden. */
const talk = async (chatters: readonly Chatter[]): Promise<void> => {
  const talkers = plan.devices.flatMap((device, i) => {
    const chatter = chatters[i]
    return device.talks && chatter !== undefined ? [{ chatter, groups: [...device.groups, ...device.guest_of] }] : []
  })
  let due = performance.now()
  while (isRunning) {
    due += (-Math.log(1 - random()) / plan.rate) * 1000
    const wait = due - performance.now()
    if (wait > 1) await rest(wait)
    // After a standstill of this very process there is no point in catching up.
    if (wait < -2000) due = performance.now()
    const { chatter, groups } = pick(talkers)
    if (chatter.underWay < UNDER_WAY) void act(chatter, groups)
    else shed++
  }
}

/** Adds and removes one guest over and over. Ends with whatever is done. */
const host = async (chatter: Chatter, { employee_id, group }: PlannedGuest): Promise<void> => {
  const input = { group_id: group, member_ids: [employee_id] }
  const member = (joins: boolean) => ({ kind: 'change', member: { group, employee: employee_id, joins } }) as const
  while (isRunning) {
    const seq = chatter.nextSeq()
    await chatter.request('group.member_add', input, member(true), seq)
    await rest(between(1000, 6000))
    // The same seq for another change has to be refused whatever happens to the first.
    if (isRunning && random() < 0.3) {
      const other = { ...input, member_ids: ['admin'] }
      for (let code = 0; code !== 409 && isRunning; ) {
        code = (await chatter.request('group.member_add', other, { kind: 'change' }, seq)).code
      }
    }
    await chatter.request('group.member_remove', input, member(false))
    await rest(between(1000, 4000))
  }
}

const comeAndGo = async (chatter: Chatter): Promise<void> => {
  while (isRunning) {
    await rest(between(4000, 25_000))
    if (!isRunning) return
    chatter.leave(random() < 0.5)
    await rest(between(2000, 12_000))
    await chatter.comeBack()
  }
}

const main = async (): Promise<void> => {
  const commands = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const chatters = await connectAll()
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  say('ready')
  await commands.next()
  const byId = new Map(chatters.map((chatter) => [chatter.clientId, chatter]))
  const flaky = chatters.filter((_, i) => plan.devices[i]?.flaky)
  const work = Promise.all([
    talk(chatters),
    ...plan.guests.map((guest) => {
      const by = byId.get(guest.by)
      return by === undefined ? undefined : host(by, guest)
    }),
    ...flaky.map(comeAndGo),
  ])
  await commands.next()
  isRunning = false
  stopping.abort()
  await work
  while (chatters.some((chatter) => chatter.underWay > 0 || !chatter.isConnected)) await pause(100)
  say(JSON.stringify({ shed }))
  await commands.next()
  await Promise.all(chatters.map((chatter) => chatter.end()))
  await new Promise((resolve) => file.end(resolve))
}

await main()
process.exit(0)
