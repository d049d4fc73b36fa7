/**
 * How long a group and its gateways take to let somebody go, and to let somebody in, and whether anything reaches whoever
 * was let go after the answer said so: `npm run bench:revocation -- --help`.
 */
import { parseArgs } from 'node:util'
import { createTopics } from '../../schema/src/index.ts'
import { ClientConnection, type Device } from './client-connection.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { describeMachine } from './machine.ts'
import { mchat, mchatInbox } from './targets/mchat.ts'
import { clusterOf } from './targets/mosquitto-stand.ts'
import { RequestClient } from './targets/request-client.ts'
import type { RunningTarget } from './targets/target.ts'

const USAGE = `npm run bench:revocation -- [options]

  --cycles <n>       removals, each followed by coming back (500)
  --gateways <n>     on one Mosquitto and one PostgreSQL; 0: the embedded broker and database (3)
  --employees <n>    in the organisation, each with a device and rights on the broker (50)
  --inbox            messages to groups are delivered to inboxes`

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '500' },
    gateways: { type: 'string', default: '3' },
    employees: { type: 'string', default: '50' },
    inbox: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const topics = createTopics()
const HEARD_MS = 10_000

/** Somebody who comes and goes, with everything they hear. */
class Member {
  readonly device: Device
  readonly #connection: ClientConnection
  readonly #heard = new Set<string>()
  #onHeard: () => void = () => undefined

  private constructor(connection: ClientConnection) {
    this.device = connection.device
    this.#connection = connection
    connection.onPublish = (buffer, publish) => {
      const { content } = JSON.parse(buffer.toString('utf8', publish.payloadStart, publish.payloadEnd)) as Message
      if (typeof content === 'string') this.#heard.add(content)
      this.#onHeard()
    }
  }

  static async connect(port: number, device: Device): Promise<Member> {
    return new Member(await ClientConnection.open(port, device, [topics.inbox(device.employeeId)], false))
  }

  subscribe(filter: string): Promise<void> {
    return this.#connection.subscribe([filter])
  }

  has(content: string): boolean {
    return this.#heard.has(content)
  }

  async hears(content: string): Promise<void> {
    const { promise, reject, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => reject(new Error(`"${content}" was not heard`)), HEARD_MS)
    this.#onHeard = () => {
      if (this.#heard.has(content)) resolve()
    }
    this.#onHeard()
    await promise
    clearTimeout(timer)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

interface Message {
  readonly content?: unknown
}

const measure = async (running: RunningTarget, cycles: number, employees: number, inbox: boolean): Promise<void> => {
  const [owner, speaker, goer, ...rest] = await running.devices(employees, 1)
  if (owner === undefined || speaker === undefined || goer === undefined) throw new Error('three employees at least')
  const [boss, colleague] = await Promise.all(
    [owner, speaker].map((device) => RequestClient.connect(running.port, device)),
  )
  if (boss === undefined || colleague === undefined) throw new Error('not connected')
  const member = await Member.connect(running.port, goer)
  const member_ids = [speaker, goer, ...rest].map(({ employeeId }) => employeeId)
  const group_id = String((await boss.request('group.create', { name: 'Bench', member_ids })).group_id)
  const change = { group_id, member_ids: [goer.employeeId] }
  const removals = new LatencyHistogram()
  const additions = new LatencyHistogram()
  let slowest = 0
  let leaks = 0
  for (let cycle = 0; cycle < cycles; cycle++) {
    if (!inbox) await member.subscribe(topics.group(group_id))
    await colleague.request('msg.send_group', { group_id, content: `before ${cycle}` })
    await member.hears(`before ${cycle}`)
    const start = performance.now()
    await boss.request('group.member_remove', change)
    const took = performance.now() - start
    removals.record(took)
    slowest = Math.max(slowest, took)
    await colleague.request('msg.send_group', { group_id, content: `after ${cycle}` })
    // Sent when the one before was with everybody who is to get it.
    await colleague.request('msg.send_private', { to_employee_id: goer.employeeId, content: `fence ${cycle}` })
    await member.hears(`fence ${cycle}`)
    if (member.has(`after ${cycle}`)) leaks++
    const back = performance.now()
    await boss.request('group.member_add', change)
    additions.record(performance.now() - back)
  }
  for (const closing of [boss, colleague, member]) await closing.close()
  const row = (name: string, histogram: LatencyHistogram): string =>
    `${name}: p50 ${histogram.quantileMs(0.5).toFixed(1)} ms, p99 ${histogram.quantileMs(0.99).toFixed(1)} ms`
  console.log(`${row('group.member_remove', removals)}, slowest ${slowest.toFixed(1)} ms; ${leaks} leaks in ${cycles}`)
  console.log(row('group.member_add', additions))
  if (leaks > 0) process.exitCode = 1
}

const main = async (): Promise<void> => {
  if (values.help) return console.log(USAGE)
  const [cycles, gateways, employees] = [values.cycles, values.gateways, values.employees].map(Number)
  if (!(Number(cycles) > 0 && Number(gateways) >= 0 && Number(employees) >= 3)) throw new Error(USAGE)
  for (const fact of describeMachine()) console.log(fact)
  const alone = values.inbox ? mchatInbox : mchat
  const target = gateways === 0 ? alone : clusterOf(Number(gateways), values.inbox ? 'inbox' : 'topic')
  const running = await target.start({ nodeOptions: [] })
  try {
    await measure(running, Number(cycles), Number(employees), values.inbox)
  } finally {
    await running.stop()
  }
}

await main()
