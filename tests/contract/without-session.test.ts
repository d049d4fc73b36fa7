import { expect, test } from 'vitest'
import { ACTION_NAMES, type ActionName, type ErrorKey } from '../../schema/src/index.ts'
import type { SessionEndReason } from '../../schema/src/tables.ts'
import { EXAMPLES } from '../../schema/test/examples.ts'
import type { Device } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'
import { Scene } from './scene.ts'

const NEED_SESSION = ACTION_NAMES.filter((action) => action !== 'auth.bind')

onEveryDatabase('without a session', (kind) => {
  const shared = sharedGateway(kind)

  const ends: readonly (readonly [SessionEndReason | 'never', ErrorKey])[] = [
    ['never', 'no_session'],
    ['logout', 'no_session'],
    ['revoked', 'session_revoked'],
    ['surplus', 'session_revoked'],
    ['disabled', 'session_revoked'],
    ['expired', 'session_expired'],
  ]
  test.each(ends)('ended: %s. Every action is refused with %s', async (ended, reason) => {
    const gateway = shared.current
    await using scene = await Scene.open(gateway)
    // Somebody for each action, since connections without a session may be closed once one has been told so.
    const devices = new Map<ActionName, Device>()
    for (const action of NEED_SESSION) devices.set(action, await newDevice(gateway))
    for (const device of devices.values()) await endSession(gateway, device, ended)

    const before = await gateway.dump()
    const published = await scene.observe(async () => {
      for (const [action, device] of devices) {
        const answer = await device.request(action, exampleOf(action))
        expect(answer, action).toMatchObject({ code: 401, reason, data: null })
      }
    })
    // That the employee is gone is all there may be to hear.
    expect(published.filter((line) => line !== 'reporter status/{employee_id} Status')).toEqual([])
    expect(await gateway.dump()).toEqual(before)
  })

  test('auth.bind opens one again, unless it was taken away', async () => {
    const gateway = shared.current
    for (const [end_reason, code] of [
      ['logout', 0],
      ['expired', 0],
      ['revoked', 401],
      ['disabled', 401],
    ] as const) {
      const device = await newDevice(gateway)
      await endSession(gateway, device, end_reason)
      expect(await device.request('auth.bind', { employee_id: device.employeeId }), end_reason).toMatchObject({ code })
      expect(await device.request('config.server'), end_reason).toMatchObject({ code })
    }
  })

  test('auth.bind answers nobody but the owner of the client_id, and the same whatever was wrong', async () => {
    const gateway = shared.current
    const device = await newDevice(gateway)
    const other = await gateway.hire()
    const inputs = [
      { employee_id: other.id },
      { employee_id: other.id, token: other.secret },
      { employee_id: 'nobody' },
      { employee_id: 'nobody', token: 'x' },
      { employee_id: device.employeeId, token: other.secret },
      { employee_id: device.employeeId, token: 'guess' },
      { employee_id: device.employeeId, token: 'A'.repeat(43) },
    ]
    const answers = await Promise.all(inputs.map((input) => device.request('auth.bind', input)))
    for (const answer of answers) expect(answer).toMatchObject({ code: 401, reason: 'bad_credentials', data: null })
  })
})

onEveryDatabase('a session', (kind) => {
  const shared = sharedGateway(kind)

  test('ends 30 days after its last use, on a connection that stays open', async () => {
    const gateway = shared.current
    const [idle, busy] = [await newDevice(gateway), await newDevice(gateway)]
    const days = 86_400_000
    await busy.call('config.server', {})
    await idle.call('config.server', {})
    gateway.clock.advance(20 * days)
    await busy.call('config.server', {})
    await sessionRenewed(gateway, busy)
    gateway.clock.advance(11 * days)
    expect(await idle.request('config.server')).toMatchObject({ code: 401, reason: 'session_expired' })
    expect(await busy.request('config.server')).toMatchObject({ code: 0 })
    expect(await idle.request('auth.bind', { employee_id: idle.employeeId })).toMatchObject({ code: 0 })
    expect(await idle.request('config.server')).toMatchObject({ code: 0 })
  })
})

const newDevice = async (gateway: TestGateway): Promise<Device> => await (await gateway.hire()).connect()

const exampleOf = (action: ActionName): object => EXAMPLES[action]?.input ?? {}

/** Behind the back of the gateway, right after an auth.bind that changes something, so that it remembers nothing. */
const endSession = async (
  { database: { kysely } }: TestGateway,
  device: Device,
  ended: SessionEndReason | 'never',
): Promise<void> => {
  const { clientId, employeeId } = device
  await device.call('auth.bind', { employee_id: employeeId, device_info: 'a new one' })
  if (ended === 'never') {
    await kysely.deleteFrom('client_session').where('client_id', '=', clientId).execute()
    return
  }
  const end = { ended_at: new Date(), end_reason: ended }
  await kysely.updateTable('client_session').set(end).where('client_id', '=', clientId).execute()
}

/** The use of a session is noted behind the answer. */
const sessionRenewed = async (gateway: TestGateway, device: Device): Promise<void> => {
  for (let tries = 0; tries < 1000; tries++) {
    const row = await gateway.database.kysely
      .selectFrom('client_session')
      .select('last_seen_at')
      .where('client_id', '=', device.clientId)
      .executeTakeFirstOrThrow()
    if (row.last_seen_at.getTime() > Date.now() + 86_400_000) return
  }
  throw new Error('The use of the session was not noted.')
}
