import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { TOPIC_EVENTS } from '../../schema/src/index.ts'
import { BARRIER, type Device } from '../kit/device.ts'
import type { HireOptions, TestGateway } from '../kit/gateway.ts'
import type { Received } from '../kit/mailbox.ts'
import type { ConnectOptions, Person } from '../kit/person.ts'

/**
 * Fresh people with labelled devices, and a record of everything that is published to any of them. One of them, the
 * `reporter`, listens to what is published to everybody.
 */
export class Scene implements AsyncDisposable {
  readonly gateway: TestGateway
  readonly #devices = new Map<string, Device>()
  readonly #people = new Map<Device, Person>()
  readonly #afterwards: (() => Promise<unknown>)[] = []

  private constructor(gateway: TestGateway) {
    this.gateway = gateway
  }

  static async open(gateway: TestGateway): Promise<Scene> {
    const scene = new Scene(gateway)
    const { topics } = gateway
    const reporter = await scene.person('reporter')
    const { statusAll, profileAll, capabilityAll, orgTree, systemNotify } = topics
    await reporter.subscribe(statusAll, profileAll, capabilityAll, orgTree, systemNotify)
    return scene
  }

  /** Hires somebody and connects their first device. */
  async person(label: string, hire: HireOptions = {}): Promise<Device> {
    return await this.device(label, await this.gateway.hire({ name: label, ...hire }))
  }

  async device(label: string, person: Person, options: ConnectOptions = {}): Promise<Device> {
    const device = await person.connect(options)
    this.#devices.set(label, device)
    this.#people.set(device, person)
    return device
  }

  /** An agent that is called by what it gets, so that what it gets is not recorded: to find its end would call it. */
  async calledAgent(hire: HireOptions): Promise<Device> {
    const person = await this.gateway.hire({ name: 'agent', is_ai_agent: true, ...hire })
    const device = await person.connect()
    this.#people.set(device, person)
    this.afterwards(() => device[Symbol.asyncDispose]())
    return device
  }

  /** One more device of the same employee. */
  secondDevice(label: string, first: Device, name = 'phone'): Promise<Device> {
    return this.device(label, this.personOf(first), { device: name })
  }

  personOf(device: Device): Person {
    const person = this.#people.get(device)
    if (person === undefined) throw new Error(`${device.clientId} is not in this scene.`)
    return person
  }

  /** A group that all of them listen to. @returns its id */
  async group(owner: Device, ...members: Device[]): Promise<string> {
    const member_ids = members.map((member) => member.employeeId)
    const { group_id } = await owner.call('group.create', { name: 'Release', member_ids })
    for (const device of [owner, ...members]) await device.group(group_id)
    return group_id
  }

  /**
   * Does something and tells what was published because of it, one line for each device that got it:
   * `bob inbox/{employee_id} SystemMessage member_added`. Every event is checked against its schema.
   * @param expected these are waited for; nothing else is, but whatever is on its way then is found
   */
  async observe(action: () => Promise<unknown>, expected: readonly string[] = []): Promise<string[]> {
    await this.#settle()
    const start = new Map([...this.#devices.values()].map((device) => [device, device.received.length]))
    await action()
    for (const label of new Set(expected.map((line) => line.split(' ')[0] ?? ''))) {
      await this.#waitFor(label, expected.filter((line) => line.startsWith(`${label} `)).length, start)
    }
    await this.#settle()
    return [...this.#devices].flatMap(([label, device]) => this.#news(label, device, start.get(device) ?? 0)).sort()
  }

  /** Everything all devices have received, as text. */
  get everythingReceived(): string {
    return [...this.#devices.values()].flatMap((device) => device.received.map((message) => message.text)).join('\n')
  }

  /** Done at the end, the last first, while everybody is still connected. */
  afterwards(task: () => Promise<unknown>): void {
    this.#afterwards.push(task)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const task of this.#afterwards.toReversed()) await task()
    await Promise.all([...this.#devices.values()].map((device) => device[Symbol.asyncDispose]()))
  }

  /** What was published before has arrived everywhere. */
  async #settle(): Promise<void> {
    const office = await this.gateway.office
    const open = [...this.#devices.values()].filter((device) => !device.isClosed)
    await Promise.all(
      open.map((device) =>
        device.settled((content) => office.call('msg.send_private', { to_employee_id: device.employeeId, content })),
      ),
    )
  }

  async #waitFor(label: string, count: number, start: ReadonlyMap<Device, number>): Promise<void> {
    const device = this.#devices.get(label)
    if (device === undefined) throw new Error(`There is no ${label} in this scene.`)
    const seen = (): number => this.#news(label, device, start.get(device) ?? 0).length
    while (seen() < count && !device.isClosed) {
      const before = device.received.length
      await device.next(() => device.received.length > before).catch(() => undefined)
      if (device.received.length === before) return
    }
  }

  #news(label: string, device: Device, start: number): string[] {
    return device.received
      .slice(start)
      .filter((message) => !message.retain && !message.text.includes(BARRIER))
      .map((message) => this.#lineOf(message))
      .filter((line) => line !== undefined)
      .map((line) => `${label} ${line}`)
  }

  #lineOf({ topic, json }: Received): string | undefined {
    const path = topic.slice(`${this.gateway.topics.prefix}mchat/`.length)
    if (path.startsWith('msg/resp/')) return undefined
    const template = templateOf(path)
    const events = validators.get(template) ?? []
    const event = events.find(({ check }) => check(json))
    if (event === undefined) throw new Error(`${topic} carried no event of the contract: ${JSON.stringify(json)}`)
    return [template, event.name, json.action ?? json.type].filter((part) => part !== undefined).join(' ')
  }
}

/** The row of contract 2 that a topic belongs to. */
const templateOf = (path: string): string => {
  const template = Object.keys(TOPIC_EVENTS).find((candidate) =>
    new RegExp(`^${candidate.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  if (template === undefined) throw new Error(`There is no such topic in the contract: ${path}`)
  return template
}

const validators = new Map(
  Object.entries(TOPIC_EVENTS).map(([template, { events }]) => [
    template,
    Object.entries(events).map(([name, schema]) => {
      const validator = Compile(Type.Object({}, { allOf: [schema] }))
      return { name, check: (json: object): boolean => validator.Check(json) }
    }),
  ]),
)
