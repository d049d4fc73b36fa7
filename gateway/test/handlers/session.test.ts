import { ownerOf } from '@mchat/schema'
import { beforeEach, expect, it } from 'vitest'
import { hashToken } from '#src/access/tokens.ts'
import { clientSessions } from '#src/db/repositories/client-sessions.ts'
import { credentials } from '#src/db/repositories/credentials.ts'
import { employees } from '#src/db/repositories/employees.ts'
import logout from '#src/handlers/auth/logout.ts'
import deviceAdd from '#src/handlers/device/add.ts'
import deviceList from '#src/handlers/device/list.ts'
import list from '#src/handlers/session/list.ts'
import revoke from '#src/handlers/session/revoke.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hire, LATER, NOW, NOW_TEXT } from '../db/people.ts'
import { appoint, createFrame, openSession } from './frame.ts'

onEveryDatabase('sessions and devices', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared, {}, LATER)
  const db = () => shared.current.kysely

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'owner' })
    await hire(db(), 'amy')
    await openSession(db(), 'amy_web_1', 'amy')
    await openSession(db(), 'amy_phone_1', 'amy', true)
  })

  it('are listed while they live', async () => {
    await openSession(db(), 'boss_web_1', 'boss')
    await clientSessions.end(db(), ['amy_phone_1'], 'logout', NOW)
    const expected = {
      client_id: 'amy_web_1',
      employee_id: 'amy',
      device_info: null,
      connected_at: NOW_TEXT,
      last_seen_at: NOW_TEXT,
    }
    for (const { data } of [await frame.run(list, 'amy', {}), await frame.run(list, 'boss', { employee_id: 'amy' })]) {
      expect(data.sessions).toEqual([expect.objectContaining(expected)])
    }
    const muchLater = createFrame(shared, {}, new Date(NOW.getTime() + 90_000_000))
    expect((await muchLater.run(list, 'amy', {})).data.sessions).toEqual([])
    expect(await frame.refusal(list, 'boss', { employee_id: 'none' })).toEqual({
      key: 'employee_not_found',
      fields: ['employee_id'],
    })
  })

  it('end by session.revoke together with a credential of their own', async () => {
    const { effects } = await frame.run(revoke, 'amy', { client_id: 'amy_phone_1' })
    expect(effects).toEqual([
      { kind: 'sessions_changed', client_ids: ['amy_phone_1'] },
      { kind: 'access_changed', employee_ids: ['amy'] },
    ])
    expect(await clientSessions.find(db(), 'amy_phone_1')).toMatchObject({ end_reason: 'revoked', ended_at: LATER })
    expect(await credentials.find(db(), 'cred-amy_phone_1')).toMatchObject({ revoked_at: LATER })
  })

  it('leave a credential that other devices use', async () => {
    await frame.run(revoke, 'boss', { client_id: 'amy_web_1' })
    expect(await credentials.find(db(), 'cred-amy_web_1')).toMatchObject({ revoked_at: null })
  })

  it('are not found when unknown or ended', async () => {
    await clientSessions.end(db(), ['amy_web_1'], 'logout', NOW)
    const answer = { key: 'session_not_found', fields: [] }
    expect(await frame.refusal(revoke, 'boss', { client_id: 'amy_web_1' })).toEqual(answer)
    expect(await frame.refusal(revoke, 'boss', { client_id: 'none_web_1' })).toEqual(answer)
  })

  it('end by auth.logout for the own client only', async () => {
    const { effects } = await frame.run(logout, 'amy', {})
    expect(effects).toEqual([
      { kind: 'sessions_changed', client_ids: ['amy_web_1'] },
      { kind: 'access_changed', employee_ids: ['amy'] },
    ])
    expect(await clientSessions.find(db(), 'amy_web_1')).toMatchObject({ end_reason: 'logout' })
    expect(await clientSessions.find(db(), 'amy_phone_1')).toMatchObject({ end_reason: null })
    expect(await credentials.find(db(), 'cred-amy_web_1')).toMatchObject({ revoked_at: null })
  })

  it('end by session.revoke where there is a credential and no session', async () => {
    const { data } = await frame.run(deviceAdd, 'amy', { device_id: 'watch' })
    const client_id = data.mqtt_connection.client_id ?? ''
    await frame.run(revoke, 'boss', { client_id })
    const [gone] = (await credentials.devices(db(), ['amy'])).filter((device) => device.client_id === client_id)
    expect(gone?.revoked_at).toEqual(LATER)
    expect(await frame.refusal(revoke, 'boss', { client_id })).toMatchObject({ key: 'session_not_found' })
  })

  it('are listed by device.list with the end of their credential, as long as it is good', async () => {
    const clientIds = (devices: readonly { client_id: string }[]) => devices.map(({ client_id }) => client_id)
    const { data } = await frame.run(deviceAdd, 'amy', { device_id: 'watch', expires_in_days: 2 })
    const watch = data.mqtt_connection.client_id ?? ''
    const expires_at = new Date(LATER.getTime() + 2 * 86_400_000).toISOString()
    expect(data.mqtt_connection.expires_at).toBe(expires_at)
    const { devices } = (await frame.run(deviceList, 'boss', { employee_id: 'amy' })).data
    expect(devices).toEqual(
      [
        { client_id: 'amy_phone_1', created_at: NOW_TEXT, expires_at: null, has_session: true },
        { client_id: watch, created_at: LATER.toISOString(), expires_at, has_session: false },
      ].toSorted((a, b) => (a.client_id < b.client_id ? -1 : 1)),
    )
    await frame.run(revoke, 'amy', { client_id: 'amy_phone_1' })
    expect(clientIds((await frame.run(deviceList, 'amy', {})).data.devices)).toEqual([watch])
    const afterwards = createFrame(shared, {}, new Date(expires_at))
    expect(clientIds((await afterwards.run(deviceList, 'amy', {})).data.devices)).toEqual([])
    expect(await frame.refusal(deviceList, 'boss', { employee_id: 'none' })).toEqual({
      key: 'employee_not_found',
      fields: ['employee_id'],
    })
  })

  it('are so many and no more', async () => {
    const few = createFrame(shared, { devicesPerEmployee: 2 }, LATER)
    const { data } = await few.run(deviceAdd, 'amy', { device_id: 'watch' })
    expect(await few.refusal(deviceAdd, 'amy', { device_id: 'tablet' })).toMatchObject({ key: 'too_many_devices' })
    await few.run(deviceAdd, 'boss', { device_id: 'tablet' })
    await few.run(revoke, 'amy', { client_id: data.mqtt_connection.client_id ?? '' })
    await few.run(deviceAdd, 'amy', { device_id: 'tablet' })
  })

  it('end no later than the deployment has it', async () => {
    const strict = createFrame(shared, {}, LATER, { credentialDays: 30 })
    const endOf = async (input: { expires_in_days?: number }): Promise<number> => {
      const { data } = await strict.run(deviceAdd, 'amy', { device_id: 'watch', ...input })
      return (Date.parse(data.mqtt_connection.expires_at ?? '') - LATER.getTime()) / 86_400_000
    }
    expect(await endOf({})).toBe(30)
    expect(await endOf({ expires_in_days: 7 })).toBe(7)
    expect(await endOf({ expires_in_days: 90 })).toBe(30)
  })

  it('get a credential of their own by device.add', async () => {
    const { data, effects } = await frame.run(deviceAdd, 'amy', { device_id: 'tab-2' })
    const { client_id = '', mqtt_password = '' } = data.mqtt_connection
    expect(client_id).toMatch(/^amy_tab-2_[0-9a-f]{8}$/)
    expect(ownerOf(client_id)).toBe('amy')
    expect(await credentials.findByTokenHash(db(), hashToken(mqtt_password))).toMatchObject({
      employee_id: 'amy',
      client_id,
    })
    expect(effects).toEqual([{ kind: 'access_changed', employee_ids: ['amy'] }])
    expect(await credentials.find(db(), 'cred-amy_web_1')).toMatchObject({ revoked_at: null })
  })

  it('are added for active employees only, and for nobody who has more than the caller', async () => {
    await appoint(db(), 'hr', { role: 'hr' })
    await employees.update(db(), 'amy', { status: 'disabled' }, NOW)
    const ask = (employee_id: string) => frame.refusal(deviceAdd, 'hr', { device_id: 'tab', employee_id })
    expect(await ask('amy')).toEqual({ key: 'employee_not_found', fields: ['employee_id'] })
    expect(await ask('none')).toEqual({ key: 'employee_not_found', fields: ['employee_id'] })
    expect(await ask('boss')).toEqual({ key: 'forbidden', fields: [] })
  })
})
