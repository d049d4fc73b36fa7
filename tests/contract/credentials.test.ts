import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { MqttConnection } from '../../schema/src/index.ts'
import { databases } from '../kit/databases.ts'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { hasMosquitto, startMosquitto } from '../kit/mosquitto.ts'
import { Person } from '../kit/person.ts'

const DAY = 86_400_000
const EXPIRED = { code: 401, reason: 'session_expired' }

const postgres = databases.find(({ name }) => name === 'postgres')
const BROKERS = [
  { name: 'the embedded broker', start: () => startGateway(), missing: '' },
  {
    name: 'Mosquitto',
    missing: postgres?.missing ?? (hasMosquitto() ? '' : 'Mosquitto is not installed'),
    async start() {
      await using stack = new AsyncDisposableStack()
      const broker = stack.use(await startMosquitto())
      const gateway = stack.use(await startGateway({ broker }))
      const started = stack.move()
      gateway[Symbol.asyncDispose] = () => started.disposeAsync()
      return gateway
    },
  },
]

/** Several gateways go by the clock of the database, which nobody can set: there what ends comes nearer instead. */
const elapse = async (gateway: TestGateway, milliseconds: number): Promise<void> => {
  if (!gateway.bindsCredentials) return gateway.clock.advance(milliseconds)
  const earlier = sql<Date>`expires_at - ${milliseconds} * interval '1 millisecond'`
  const db = gateway.database.kysely
  await db.updateTable('credential').set({ expires_at: earlier }).where('expires_at', 'is not', null).execute()
  await db.updateTable('client_session').set({ expires_at: earlier }).execute()
}

const connectWith = (gateway: TestGateway, id: string, connection: MqttConnection, binds = true): Promise<Device> =>
  new Person(gateway, { id, name: id, connection }).connect({ binds })

describe.each(BROKERS)('credentials on $name', ({ missing, start }) => {
  test.skipIf(missing !== '')('end when they are to end, and with them what was opened with them', async () => {
    await using gateway = await start()
    const person = await gateway.hire()
    const office = await gateway.office
    const { mqtt_connection } = await office.call('device.add', {
      device_id: 'kiosk',
      employee_id: person.id,
      expires_in_days: 1,
    })
    const kiosk = await connectWith(gateway, person.id, mqtt_connection)
    const phone = await person.connect({ device: 'phone' })
    expect(await kiosk.request('config.server')).toMatchObject({ code: 0 })
    await elapse(gateway, DAY)
    if (!gateway.bindsCredentials) expect(await kiosk.request('config.server')).toMatchObject(EXPIRED)
    await kiosk.closed
    await expect(connectWith(gateway, person.id, mqtt_connection)).rejects.toThrow()
    expect(await phone.request('config.server')).toMatchObject({ code: 0 })
  })

  test.skipIf(missing !== '')('are replaced while the old ones go on for as long as they are given', async () => {
    await using gateway = await start()
    const person = await gateway.hire()
    const old = await person.connect({ device: 'old' })
    const office = await gateway.office
    const { mqtt_connection } = await office.confirm('employee.reset_credentials', {
      employee_id: person.id,
      overlap_minutes: 60,
    })
    const changedOver = await connectWith(gateway, person.id, mqtt_connection)
    await elapse(gateway, 59 * 60_000)
    for (const device of [old, changedOver]) expect(await device.request('config.server')).toMatchObject({ code: 0 })
    await old.disconnect()
    const again = await person.connect({ device: 'old' })
    await elapse(gateway, 60_000)
    if (!gateway.bindsCredentials) expect(await again.request('config.server')).toMatchObject(EXPIRED)
    await again.closed
    await expect(person.connect({ device: 'old' })).rejects.toThrow()
    expect(await changedOver.request('config.server')).toMatchObject({ code: 0 })
  })
})
