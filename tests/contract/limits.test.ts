import { describe, expect, test } from 'vitest'
import { ACTION_NAMES } from '../../schema/src/index.ts'
import { EXAMPLES } from '../../schema/test/examples.ts'
import type { Device } from '../kit/device.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { Person } from '../kit/person.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'

/** One request, and the next one 17 minutes later: time passes only when a test says so, or it would depend on the machine. */
const tiny = { requestsPerSecondPerClient: 0.001, requestBurstPerClient: 1, requestsPerSecondPerEmployee: 1e6 }

onEveryDatabase('over the limit', (kind) => {
  const shared = sharedGateway(kind, { config: { rateLimit: true, limits: { ...tiny, sessionsPerEmployee: 1000 } } })
  let count = 0
  /** Of a person of its own; hired by a device of its own, which has one request. */
  const newDevice = async (): Promise<Device> => {
    const { admin } = shared.current
    await using office = await admin.connect({ device: `office${++count}`, subscribe: false })
    const { employee_id: id, mqtt_connection } = await office.call('employee.create', { name: 'Robin' })
    return await new Person(shared.current, { id, name: 'Robin', connection: mqtt_connection }).connect()
  }

  test.each(ACTION_NAMES)('%s is refused with the time to wait, and let in after it', async (action) => {
    const gateway = shared.current
    const device = await newDevice()
    expect(await device.request('config.server')).toMatchObject({ code: 0 })
    const before = await gateway.dump()
    const input = EXAMPLES[action]?.input ?? {}
    const refused = await device.request(action, input)
    expect(refused).toMatchObject({ code: 429, reason: 'rate_limited', data: null })
    const wait = refused.retry_after_ms ?? 0
    expect(wait).toBeGreaterThan(900_000)
    expect(wait).toBeLessThanOrEqual(1_000_000)
    expect(await gateway.dump()).toEqual(before)

    gateway.clock.advance(wait - 60_000)
    expect(await device.request(action, input)).toMatchObject({ code: 429 })
    gateway.clock.advance(60_000)
    // Not answered when it succeeds, so it is asked about a group that is not there.
    const letIn = await device.request(action, action === 'msg.typing' ? typingElsewhere : input)
    expect(letIn.code).not.toBe(429)
  })

  test('what cannot be read counts too', async () => {
    const device = await newDevice()
    expect(await device.request('config.server', {}, { raw: '{' })).toMatchObject({ code: 400 })
    expect(await device.request('config.server', {}, { raw: '{' })).toMatchObject({ code: 429 })
    expect(await device.request('no.such')).toMatchObject({ code: 429 })
  })
})

const typingElsewhere = { conversation_type: 'group', group_id: 'nowhere' }

describe('the limits of contract 7', () => {
  onEveryDatabase('per employee and per group', (kind) => {
    const shared = sharedGateway(kind, {
      config: {
        rateLimit: true,
        limits: {
          requestsPerSecondPerClient: 1e6,
          requestBurstPerClient: 1,
          requestsPerSecondPerEmployee: 20,
          messagesPerSecondPerGroup: 2,
        },
      },
    })

    test('all devices of an employee together', async () => {
      const gateway = shared.current
      const person = await gateway.hire()
      const devices = [await person.connect(), await person.connect({ device: 'phone' })]
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => devices[i % 2]?.request('config.server') ?? Promise.reject()),
      )
      const refused = answers.filter((answer) => answer.code === 429)
      expect(refused.length).toBeGreaterThan(0)
      for (const { retry_after_ms } of refused) expect(retry_after_ms).toBeLessThanOrEqual(1000 / 20)
      expect(await (await (await gateway.hire()).connect()).request('config.server')).toMatchObject({ code: 0 })
    })

    test('messages to one group, whoever sends them', async () => {
      const gateway = shared.current
      const [ann, bob] = [await gateway.hire(), await gateway.hire()]
      const { group_id } = await gateway.foundGroup({ owner: ann, members: [bob] })
      const quiet = await gateway.foundGroup({ owner: ann })
      const devices = [await ann.connect(), await bob.connect()]
      const answers = await Promise.all(
        Array.from(
          { length: 10 },
          (_, i) => devices[i % 2]?.request('msg.send_group', { group_id, content: 'x' }) ?? Promise.reject(),
        ),
      )
      const refused = answers.filter((answer) => answer.code === 429)
      expect(refused.length).toBeGreaterThan(0)
      for (const { retry_after_ms } of refused) expect(retry_after_ms).toBeLessThanOrEqual(500)
      expect(await devices[0]?.request('msg.send_group', { group_id: quiet.group_id, content: 'x' })).toMatchObject({
        code: 0,
      })
    })
  })

  onEveryDatabase('per class of action', (kind) => {
    const shared = sharedGateway(kind, {
      config: {
        rateLimit: true,
        limits: {
          requestBurstPerClient: 1000,
          requestsPerSecondPerEmployee: 1000,
          changesPerSecondPerEmployee: 1,
          heavyRequestsPerSecondPerEmployee: 1,
        },
      },
    })
    const ask = async (device: Device, times: number, action: string, input: object = {}): Promise<number[]> => {
      const answers = Array.from({ length: times }, () => device.request(action, input))
      return (await Promise.all(answers)).map(({ code }) => code)
    }

    test('what costs much has a limit of its own, and leaves the rest alone', async () => {
      const device = await (await shared.current.hire()).connect()
      const codes = await ask(device, 20, 'org.tree')
      expect(codes.filter((code) => code === 0).length).toBeGreaterThanOrEqual(4)
      expect(codes.filter((code) => code === 429).length).toBeGreaterThan(0)
      expect(await ask(device, 20, 'session.list')).toEqual(Array(20).fill(0))
    })

    test('how often each limit was met is in the metrics', async () => {
      const gateway = shared.current
      const device = await (await gateway.hire()).connect()
      const limited = async (limit: string): Promise<number> => {
        const text = await (await fetch(`http://127.0.0.1:${gateway.httpPort}/metrics`)).text()
        return Number(text.match(`mchat_limited_requests_total{limit="${limit}"} (\\d+)`)?.[1] ?? 0)
      }
      const before = await limited('heavy')
      const refused = (await ask(device, 20, 'org.tree')).filter((code) => code === 429).length
      expect(await limited('heavy')).toBe(before + refused)
    })
  })

  onEveryDatabase('on answers to a flood', (kind) => {
    const shared = sharedGateway(kind, {
      config: {
        rateLimit: true,
        limits: { requestsPerSecondPerClient: 1, requestBurstPerClient: 1, refusalsPerSecondPerClient: 2 },
      },
    })

    test('T68: a flood is answered so far and no further, and costs neither rows nor lines', async () => {
      const gateway = shared.current
      const eve = await gateway.hire()
      gateway.clock.advance(60_000)
      const bob = await gateway.hire()
      const [flooding, quiet] = [await eve.connect(), await bob.connect()]
      const before = await gateway.dump()
      const sent = await Promise.all(Array.from({ length: 300 }, () => flooding.send('employee.create', { name: 'x' })))
      // Each is acknowledged, so everything that is answered is on its way.
      expect(await quiet.request('config.server')).toMatchObject({ code: 0 })
      gateway.clock.advance(60_000)
      const { code } = await flooding.request('config.server')
      expect(code).toBe(0)
      const answered = flooding.received.filter(({ json }) => sent.includes(String(json.seq_id)))
      expect(answered.length).toBeGreaterThanOrEqual(20)
      expect(answered.length).toBeLessThan(60)
      const after = await gateway.dump()
      expect(after.employee).toEqual(before.employee)
    })
  })
})
