import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../kit/free-port.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { Chatter, privateName } from './chatter.ts'
import { ANSWERED_ANYWHERE_MS, check } from './checker.ts'
import { type HistoryEvent, now } from './history.ts'
import { Product } from './product.ts'

const KILLS = Number(process.env.MCHAT_TEST_KILLS ?? 8)
const MESSAGES = 250 * KILLS
const PEOPLE = ['ann', 'bob', 'cai', 'dan', 'eve', 'fei']
const GROUPS: Record<string, readonly string[]> = { g1: PEOPLE, g2: ['ann', 'bob', 'cai'] }

describe('killing the process in the middle of traffic', () => {
  const cleanup: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (const dispose of cleanup.reverse()) await dispose()
  })

  it(`loses nothing, reorders nothing and invents nothing over ${MESSAGES} messages and ${KILLS} kills`, async () => {
    const directory = await tempDirectory()
    cleanup.push(async () => directory[Symbol.asyncDispose]())
    const mqttPort = await freePort()
    const product = new Product({ dataDir: directory.path, httpPort: await freePort(), mqttPort })
    cleanup.push(() => product.kill('SIGKILL'))
    await product.start()

    const events: HistoryEvent[] = []
    const record = (event: HistoryEvent): void => void events.push(event)
    const admin = await product.firstAdmin()
    const office = await Chatter.connect({
      port: mqttPort,
      clientId: 'admin_office_1',
      employeeId: admin.username,
      password: admin.password,
      groups: [],
      record: () => undefined,
    })
    cleanup.push(() => office.end())

    const passwords = new Map<string, string>()
    for (const id of PEOPLE) {
      const { data } = await office.request('employee.create', { employee_id: id, name: id })
      const connection = data?.mqtt_connection as { mqtt_password: string }
      passwords.set(id, connection.mqtt_password)
    }
    for (const [id, members] of Object.entries(GROUPS)) {
      await office.request('group.create', { group_id: id, name: id, member_ids: members })
    }

    const sessions = new Map<string, Set<string>>()
    const devices: Chatter[] = []
    for (const id of PEOPLE) {
      const groups = Object.keys(GROUPS).filter((group) => GROUPS[group]?.includes(id))
      // The first two have a second device, which only listens.
      for (const device of id === 'ann' || id === 'bob' ? ['phone', 'desk'] : ['phone']) {
        const clientId = `${id}_${device}_1`
        const chatter = await Chatter.connect({
          port: mqttPort,
          clientId,
          employeeId: id,
          password: passwords.get(id) ?? '',
          groups,
          record,
        })
        cleanup.push(() => chatter.end())
        const privates = PEOPLE.filter((other) => other !== id).map((other) => privateName(id, other))
        sessions.set(clientId, new Set([...groups.map((group) => `g|${group}`), ...privates]))
        if (device === 'phone') devices.push(chatter)
      }
    }

    let sent = 0
    let killing = true
    const chat = async (device: Chatter, conversation: string, target: Record<string, string>): Promise<void> => {
      for (let n = 0; killing || sent < MESSAGES; n++) {
        await device.say(conversation, target, `${device.clientId} ${n} ${'.'.repeat(n % 700)}`)
        sent++
        // Enough messages are a matter of seconds; the kills are what takes time.
        if (sent > MESSAGES) await pause(20)
      }
    }
    const talks = devices.flatMap((device, i) => {
      const peer = PEOPLE[(i + 1) % PEOPLE.length] ?? ''
      const groups = Object.keys(GROUPS).filter((group) => GROUPS[group]?.includes(device.employeeId))
      return [
        chat(device, privateName(device.employeeId, peer), { to_employee_id: peer }),
        ...groups.map((group) => chat(device, `g|${group}`, { group_id: group })),
      ]
    })

    for (let kill = 0; kill < KILLS; kill++) {
      const before = sent
      // At an unforeseeable moment of traffic that is really flowing.
      while (sent < before + 20 + Math.floor(Math.random() * 100)) await pause(5)
      record({ type: 'fault', t: now(), what: 'kill -9' })
      await product.kill('SIGKILL')
      await product.start()
      record({ type: 'healed', t: now(), what: 'kill -9' })
    }
    killing = false
    await Promise.all(talks)

    const history = { events, sessions }
    // Everything is answered; what is still on its way arrives, or is lost for good.
    const deadline = performance.now() + 90_000
    let verdict = check(history, ANSWERED_ANYWHERE_MS)
    while (verdict.violations.some(({ invariant }) => invariant === 'I1') && performance.now() < deadline) {
      await pause(250)
      verdict = check(history, ANSWERED_ANYWHERE_MS)
    }
    expect(verdict.violations.slice(0, 20)).toEqual([])
    expect(verdict.accepted).toBeGreaterThanOrEqual(MESSAGES)
    expect(verdict.faults).toBe(KILLS)
  })
})
