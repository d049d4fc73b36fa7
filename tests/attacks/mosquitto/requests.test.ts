import { once } from 'node:events'
import { createConnection } from 'node:net'
import mqtt from 'mqtt'
import { Compile } from 'typebox/compile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACTION_NAMES, ACTIONS, type ActionDefinition, LIMITS } from '../../../schema/src/index.ts'
import { EXAMPLES } from '../../../schema/test/examples.ts'
import { type Cluster, clusterMissing, startCluster } from '../../kit/cluster.ts'
import { type Device, newSeqId } from '../../kit/device.ts'
import type { TestGateway } from '../../kit/gateway.ts'
import { GATEWAYS } from '../../kit/on-every-broker.ts'
import { connectPacket, subscribePacket } from '../../kit/raw-packets.ts'
import { expectAlive, newCanary } from '../attacker.ts'

/** Of each JSON type, and what means something to other databases. */
const OTHER_TYPES: readonly unknown[] = [null, true, 0, -1, 1e99, '', [], {}, [[]], { $ne: 1 }]
const POURED = 20 * 1024 * 1024

describe.skipIf(clusterMissing !== '')(`requests through Mosquitto${clusterMissing}`, () => {
  let cluster: Cluster
  let gateway: TestGateway
  let alice: Device
  let bob: Device
  beforeAll(async () => {
    cluster = await startCluster(GATEWAYS)
    gateway = cluster.gateway
    alice = await (await gateway.hire()).connect()
    bob = await (await gateway.hire()).connect()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  test('T23: properties of MQTT 5 change neither who answers nor where to', async () => {
    const eve = await gateway.hire()
    const login = await eve.login()
    const client = await mqtt.connectAsync({ host: '127.0.0.1', port: gateway.mqttPort, ...login, protocolVersion: 5 })
    const heard: string[] = []
    client.on('message', (topic) => heard.push(topic))
    await client.subscribeAsync(gateway.topics.responses(login.clientId), { qos: 1 })
    const before = [alice, bob].map((device) => device.received.length)
    const ask = async (action: string, properties: object): Promise<void> => {
      const seqId = newSeqId()
      const topic = gateway.topics.request(login.clientId, seqId)
      await client.publishAsync(topic, JSON.stringify({ action, employee_id: eve.id }), { qos: 1, properties })
      await expect.poll(() => heard).toContain(gateway.topics.response(login.clientId, seqId))
    }
    const elsewhere = {
      contentType: 'application/xml',
      payloadFormatIndicator: false,
      correlationData: Buffer.from('another'),
    }
    for (const responseTopic of [gateway.topics.inbox(bob.employeeId), gateway.topics.response(alice.clientId, 'x')]) {
      await ask('auth.bind', { ...elsewhere, responseTopic })
      await ask('config.server', { ...elsewhere, responseTopic })
    }
    const userProperties = { action: 'employee.create', names: Array.from({ length: 10_000 }, (_, i) => `v${i}`) }
    await ask('config.server', { userProperties })
    await expectAlive(alice, bob)
    expect(heard).toHaveLength(5)
    // What keeps the two alive is all they have got.
    const news = [alice, bob].flatMap((device, i) => device.received.slice(before[i]))
    expect(news.filter(({ text }) => text.includes(login.clientId) || text.includes('server_time'))).toEqual([])
    await client.endAsync()
  })

  test('T21: a value of another type is refused in every field of every action, and leaves no trace', async () => {
    const owner = await (await gateway.hire({ roles: [{ role: 'owner' }] })).connect()
    const before = await gateway.dump()
    const attempts = ACTION_NAMES.filter((name) => (ACTIONS[name] as ActionDefinition).answered !== false).flatMap(
      (action) => {
        const validator = Compile(ACTIONS[action].input)
        const fields = Object.keys(ACTIONS[action].input.properties)
        return fields
          .flatMap((field) =>
            OTHER_TYPES.map((value) => ({ action, field, input: { ...EXAMPLES[action]?.input, [field]: value } })),
          )
          .filter(({ input }) => !validator.Check(input))
      },
    )
    expect(attempts.length).toBeGreaterThan(1000)
    for (let i = 0; i < attempts.length; i += 100) {
      const batch = attempts.slice(i, i + 100).map(async ({ action, field, input }) => {
        const { code, data } = await owner.request(action, input)
        const named = (data?.errors as readonly { readonly field: string }[] | undefined)?.map((error) => error.field)
        expect([code, named?.every((name) => name.startsWith(field))], `${action} ${JSON.stringify(input)}`).toEqual([
          400,
          true,
        ])
      })
      await Promise.all(batch)
    }
    expect(await gateway.dump()).toEqual(before)
    expect(await owner.request('config.server')).toMatchObject({ code: 0 })
  })

  test('T67: a subscriber that reads nothing does not stop the others, and has everything when it reads again', async () => {
    const eve = await gateway.hire()
    const login = await eve.login('mute')
    const socket = createConnection({ host: '127.0.0.1', port: gateway.mqttPort })
    await once(socket, 'connect')
    socket.write(connectPacket({ ...login, clean: false }))
    socket.write(subscribePacket([{ filter: gateway.topics.inbox(eve.id), qos: 1 }]))
    await once(socket, 'data')
    socket.pause()
    socket.on('error', () => undefined)
    const filling = 'x'.repeat(LIMITS.contentBytes - 100)
    const sent: string[] = []
    while (sent.length * LIMITS.contentBytes < POURED) {
      const batch = Array.from({ length: 40 }, (_, i) => `${sent.length + i} ${filling}`)
      await Promise.all(batch.map((content) => bob.call('msg.send_private', { to_employee_id: eve.id, content })))
      sent.push(...batch)
      await expectAlive(alice, bob)
    }
    socket.destroy()
    const back = await eve.connect({ device: 'mute' })
    const last = newCanary()
    await bob.call('msg.send_private', { to_employee_id: eve.id, content: last })
    await back.inbox.next((message) => message.json.content === last)
    const got = new Set(back.inbox.all.map(({ json }) => json.content))
    expect(sent.filter((content) => !got.has(content)).length).toBe(0)
  })
})
