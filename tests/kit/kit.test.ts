import { expect, test } from 'vitest'
import { startGateway } from './gateway.ts'
import { onEveryDatabase } from './on-every-database.ts'
import { RawClient } from './raw-client.ts'

onEveryDatabase('a gateway of the kit', (kind) => {
  test('carries a message, keeps what is missed, and survives a restart', async () => {
    await using database = await kind.open()
    await using gateway = await startGateway({ database })
    const [ann, bob] = [await gateway.hire({ name: 'Ann' }), await gateway.hire({ name: 'Bob' })]
    const annDevice = await ann.connect()
    const bobDevice = await bob.connect()
    await annDevice.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' })
    expect((await bobDevice.inbox.next('private')).json).toMatchObject({ from_employee_id: ann.id, content: 'hello' })

    await bobDevice.cut()
    await annDevice.call('msg.send_private', { to_employee_id: bob.id, content: 'missed' })
    await gateway.restart()
    await annDevice.closed
    const bobAgain = await bob.connect()
    expect(bobAgain.sessionPresent).toBe(true)
    expect((await bobAgain.inbox.next('private')).json).toMatchObject({ content: 'missed' })
    await bobAgain.expectNothing({ matching: (message) => message.json.content === 'hello' })
  })

  test('expectNothing tells what came', async () => {
    await using database = await kind.open()
    await using gateway = await startGateway({ database })
    const device = await (await gateway.hire()).connect()
    await device.call('msg.send_private', { to_employee_id: device.employeeId, content: 'x' })
    await expect(device.expectNothing({ matching: 'private' })).rejects.toThrow('"content":"x"')
  })

  test('a raw client sees every packet', async () => {
    await using database = await kind.open()
    await using gateway = await startGateway({ database })
    const person = await gateway.hire()
    await using raw = await RawClient.open(gateway.mqttPort)
    const clientId = person.clientId('raw')
    expect(await raw.connect({ clientId, username: person.id, password: 'wrong' })).toBe(5)
    await raw.closed
    await using second = await RawClient.open(gateway.mqttPort)
    expect(await second.connect({ clientId, username: person.id, password: person.secret, clean: false })).toBe(0)
    expect(await second.subscribe(gateway.topics.responses(clientId), '#')).toEqual([1, 128])
    await second.publish({
      topic: gateway.topics.request(clientId, 's1'),
      payload: '{"action":"config.server"}',
      qos: 1,
    })
    expect((await second.nextPublish())?.topic).toBe(gateway.topics.response(clientId, 's1'))
    expect(await second.next('puback')).toBeDefined()
    expect(await second.ping()).toBe(true)
    await second.disconnect()
  })
})
