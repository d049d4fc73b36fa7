import mqtt from 'mqtt'
import { describe, expect, test } from 'vitest'
import type { MqttConnection, OutputOf } from '../../schema/src/index.ts'
import { clusterMissing, startCluster } from '../kit/cluster.ts'
import { type Device, newSeqId } from '../kit/device.ts'
import type { MosquittoServer } from '../kit/mosquitto.ts'
import { Person } from '../kit/person.ts'

const PEOPLE = 200

/** Hears the answers of the dynamic security plugin, which go to every gateway: one for a request, with what was commanded. */
const watchCommands = async (broker: MosquittoServer): Promise<AsyncDisposable & { readonly requests: string[][] }> => {
  const client = await mqtt.connectAsync(broker.url, { ...broker.gateway, clientId: 'mchat_test_watch' })
  const requests: string[][] = []
  client.on('message', (_topic, payload) => {
    const { responses } = JSON.parse(payload.toString()) as { responses: { command: string }[] }
    requests.push(responses.map(({ command }) => command))
  })
  await client.subscribeAsync('$CONTROL/dynamic-security/v1/response')
  return { requests, [Symbol.asyncDispose]: () => client.endAsync(true) }
}

/** On a machine that is too busy for the limits of the answer, the same request is asked again, as clients are told to. */
const confirmed = async (device: Device, action: string, input: object): Promise<object> => {
  const seqId = newSeqId()
  for (;;) {
    const { code, data, reason } = await device.request(action, input, { seqId, timeoutMs: 60_000 })
    if (code === 0) return data ?? {}
    expect(reason).toBe('revocation_pending')
  }
}

describe.skipIf(clusterMissing !== '')(`importing people behind Mosquitto${clusterMissing}`, () => {
  test('200 new people are answered with credentials that are good at once, and known to the broker in few requests', async () => {
    await using cluster = await startCluster(1)
    const { broker, gateway } = cluster
    const office = await gateway.office
    await using watched = await watchCommands(broker)
    const rows = Array.from({ length: PEOPLE }, (_, i) => ({ employee_id: `new-${i}`, name: `Person ${i}` }))
    const done = (await confirmed(office, 'employee.import', { rows })) as OutputOf<'employee.import'>
    expect(done.counts).toMatchObject({ created: PEOPLE, error: 0 })
    const connection = { ...done.mqtt_connection, ...done.rows.at(-1)?.credential } as MqttConnection
    expect(connection.mqtt_username).toBe(connection.client_id)
    const device = await new Person(gateway, { id: `new-${PEOPLE - 1}`, name: 'Robin', connection }).connect()
    await device.call('msg.send_private', { to_employee_id: 'new-0', content: 'hello' })

    const commands = watched.requests.flat()
    const count = (name: string): number => commands.filter((command) => command === name).length
    expect([count('createRole'), count('createClient'), count('modifyRole')]).toEqual([2 * PEOPLE, PEOPLE, 0])
    // How many fewer depends on how quick the broker is.
    expect(watched.requests.length).toBeLessThan(commands.length)
  })

  test('a change of the rights of many is few requests, and creates nothing', async () => {
    await using cluster = await startCluster(1)
    const { broker, gateway } = cluster
    const office = await gateway.office
    const people = Array.from({ length: 20 }, (_, i) => ({ employee_id: `known-${i}`, name: `Person ${i}` }))
    await confirmed(office, 'employee.import', { rows: people })
    await using watched = await watchCommands(broker)
    const members = people.map(({ employee_id }) => employee_id)
    await confirmed(office, 'group.create', { name: 'All', member_ids: members })
    const commands = watched.requests.flat()
    expect(commands.filter((command) => command === 'modifyRole')).toHaveLength(people.length + 1)
    expect(commands.filter((command) => command.startsWith('create'))).toEqual([])
    expect(watched.requests.length).toBeLessThan(commands.length)
  })
})
