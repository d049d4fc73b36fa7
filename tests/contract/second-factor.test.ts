import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { OutputOf } from '../../schema/src/index.ts'
import { codeOf, enrolled, secretIn } from '../kit/authenticator.ts'
import { type Device, newSeqId } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'

/** An owner of a group, on a device with a credential of its own. */
const groupOwner = async (gateway: TestGateway) => {
  const person = await gateway.hire()
  const device = await person.connect()
  const { group_id } = await device.call('group.create', { name: 'Release', member_ids: [] })
  return { person, device, group_id }
}

/** One more device of the same employee, with a credential that an administrator has handed out. */
const addDevice = async (gateway: TestGateway, employeeId: string, device_id = 'phone'): Promise<Device> => {
  const office = await gateway.office
  const { mqtt_connection } = await office.call('device.add', { employee_id: employeeId, device_id })
  const { client_id: clientId = '', mqtt_password: secret = '' } = mqtt_connection
  return await connectWith(gateway, employeeId, clientId, secret)
}

const connectWith = async (gateway: TestGateway, employeeId: string, clientId: string, secret: string) => {
  const device = await gateway.connect({ employeeId, clientId, secret })
  if (gateway.bindsCredentials) await device.call('auth.bind', { employee_id: employeeId })
  return device
}

const isThere = async (gateway: TestGateway, group_id: string): Promise<boolean> =>
  (await (await gateway.office).request('group.get', { group_id })).code === 0

const failed = { code: 403, reason: 'challenge_failed', data: null }
const required = { code: 403, reason: 'challenge_required', data: null }

onEveryBroker('a second factor', (shared) => {
  describe('by a code on another device', () => {
    test('comes to the others and not to the one that asks', async () => {
      const gateway = shared.current
      const { device, group_id, person } = await groupOwner(gateway)
      const phone = await addDevice(gateway, person.id)
      expect(await device.request('group.dismiss', { group_id })).toMatchObject(required)
      const challenge = await device.call('auth.challenge', { for_action: 'group.dismiss', for_target: group_id })
      expect(challenge).toMatchObject({ method: 'inbox', sent_to: [phone.clientId] })
      const shown = (await phone.next(({ topic }) => topic.endsWith(`/${challenge.challenge_id}`))).json
      expect(shown).toMatchObject({
        type: 'challenge',
        challenge_id: challenge.challenge_id,
        for_action: 'group.dismiss',
        for_target: group_id,
        requested_by: device.clientId,
        expires_at: challenge.expires_at,
      })
      await device.expectNothing({ matching: ({ text }) => text.includes(String(shown.code)) })
      const token = String(shown.code)
      expect(token).toMatch(/^\d{8}$/)
      const { challenge_id } = challenge
      expect(await device.request('group.dismiss', { group_id, challenge_id, token })).toMatchObject({ code: 0 })
    })

    test('does not come to a device that shares its credential, nor to one that it has just added', async () => {
      const gateway = shared.current
      const { device, person, group_id } = await groupOwner(gateway)
      const ask = () => device.call('auth.challenge', { for_action: 'group.dismiss', for_target: group_id })
      await using tablet = await person.connect({ device: 'tablet' })
      if (!gateway.bindsCredentials) expect((await ask()).sent_to).not.toContain(tablet.clientId)
      const { mqtt_connection } = await device.call('device.add', { device_id: 'watch' })
      const { client_id: clientId = '', mqtt_password: secret = '' } = mqtt_connection
      await using watch = await connectWith(gateway, person.id, clientId, secret)
      expect((await ask()).sent_to).not.toContain(watch.clientId)
      await sql`update credential set created_at = created_at - interval '25 hours' where client_id = ${clientId}`.execute(
        gateway.database.kysely,
      )
      // The tablet counts where it has a credential of its own.
      const others = gateway.bindsCredentials ? [tablet.clientId, watch.clientId] : [watch.clientId]
      expect((await ask()).sent_to.toSorted()).toEqual(others.toSorted())
    })

    test('comes to the very device where there is no other, when the deployment says so', async () => {
      const gateway = shared.current
      const { device, group_id } = await groupOwner(gateway)
      const { sent_to } = await device.call('auth.challenge', { for_action: 'group.dismiss', for_target: group_id })
      expect(sent_to).toEqual([device.clientId])
      await device.confirm('group.dismiss', { group_id })
      expect(await isThere(gateway, group_id)).toBe(false)
    })
  })

  describe('is bound (T38)', () => {
    test('to the action and what it is about', async () => {
      const gateway = shared.current
      const { device, group_id } = await groupOwner(gateway)
      const other = await device.call('group.create', { name: 'Other', member_ids: [] })
      const challenge = await device.challenge('group.dismiss', group_id)
      const requests: [string, object][] = [
        ['group.dismiss', { group_id: other.group_id }],
        ['employee.reset_credentials', {}],
        ['auth.totp_remove', {}],
      ]
      for (const [action, input] of requests) {
        expect(await device.request(action, { ...input, ...challenge })).toMatchObject(failed)
      }
      expect(await isThere(gateway, other.group_id)).toBe(true)
      expect(await device.request('group.dismiss', { group_id, ...challenge })).toMatchObject({ code: 0 })
    })

    test('to the employee and the device that has asked', async () => {
      const gateway = shared.current
      const { device, group_id, person } = await groupOwner(gateway)
      const colleague = await (await gateway.hire({ roles: [{ role: 'admin' }] })).connect()
      const challenge = await device.challenge('group.dismiss', group_id)
      const tablet = await person.connect({ device: 'tablet' })
      for (const thief of [colleague, tablet]) {
        expect(await thief.request('group.dismiss', { group_id, ...challenge })).toMatchObject(failed)
      }
      expect(await device.request('group.dismiss', { group_id, ...challenge })).toMatchObject({ code: 0 })
    })

    test('to its time and to the session', async () => {
      const gateway = shared.current
      const { device, group_id, person } = await groupOwner(gateway)
      const late = await device.challenge('group.dismiss', group_id)
      await sql`update challenge set expires_at = clock_timestamp() where challenge_id = ${late.challenge_id}`.execute(
        gateway.database.kysely,
      )
      expect(await device.request('group.dismiss', { group_id, ...late })).toMatchObject(failed)

      const before = await device.challenge('group.dismiss', group_id)
      await device.request('auth.logout')
      await device.closed
      // Until the logout is enforced to its end, whoever comes back under this client_id may be thrown out once more.
      const unsettled = async () => {
        const { rows } = await sql<{ n: number }>`select count(*)::int as n from request_log
          where client_id = ${device.clientId} and effects is not null`.execute(gateway.database.kysely)
        return rows[0]?.n
      }
      await expect.poll(unsettled).toBe(0)
      const again = await person.connect()
      if (again.clientId !== device.clientId) return
      expect(await again.request('group.dismiss', { group_id, ...before })).toMatchObject(failed)
      await again.confirm('group.dismiss', { group_id })
    })
  })

  test('is good once, also when it is used fifty times at once (T37)', async () => {
    const gateway = shared.current
    const { device } = await groupOwner(gateway)
    const office = await gateway.office
    const target = await gateway.hire()
    const challenge = await office.challenge('employee.update', target.id)
    const input = (i: number) => ({
      employee_id: target.id,
      updates: { roles: [{ role: 'auditor' as const }], name: `Robin ${i}` },
      ...challenge,
    })
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => office.request('employee.update', input(i))))
    expect(answers.filter(({ code }) => code === 0)).toHaveLength(1)
    for (const answer of answers.filter(({ code }) => code !== 0)) expect(answer).toMatchObject(failed)
    expect(await office.request('employee.update', input(99))).toMatchObject(failed)
    expect(await office.call('employee.get', { employee_id: target.id })).toMatchObject({ version: 2 })
    await device.disconnect()
  })

  test('a repetition of what was done needs no other', async () => {
    const gateway = shared.current
    const { device, group_id } = await groupOwner(gateway)
    const input = { group_id, ...(await device.challenge('group.dismiss', group_id)) }
    const seqId = newSeqId()
    const first = await device.request('group.dismiss', input, { seqId })
    expect(first.code).toBe(0)
    expect(await device.request('group.dismiss', input, { seqId })).toEqual(first)
  })

  test('is void after five wrong codes, the right one included (T36)', async () => {
    const gateway = shared.current
    const { device, group_id } = await groupOwner(gateway)
    const challenge = await device.challenge('group.dismiss', group_id)
    const wrong = { ...challenge, token: '00000000' }
    for (let i = 0; i < 4; i++)
      expect(await device.request('group.dismiss', { group_id, ...wrong })).toMatchObject(failed)
    // What fails for another reason takes no try.
    const { group_id: second } = await device.call('group.create', { name: 'Second', member_ids: [] })
    expect(await device.request('group.dismiss', { group_id: second, ...challenge })).toMatchObject(failed)
    expect(await device.request('group.dismiss', { group_id, ...wrong })).toMatchObject(failed)
    expect(await device.request('group.dismiss', { group_id, ...challenge })).toMatchObject(failed)
    expect(await isThere(gateway, group_id)).toBe(true)
  })

  test('stays good when the request fails for another reason', async () => {
    const gateway = shared.current
    const office = await gateway.office
    const target = await gateway.hire()
    const challenge = await office.challenge('employee.update', target.id)
    const updates = { status: 'disabled' as const }
    for (let i = 0; i < 7; i++) {
      const stale = { employee_id: target.id, updates, if_version: 99, ...challenge }
      expect(await office.request('employee.update', stale)).toMatchObject({ reason: 'version_conflict' })
    }
    const done = await office.request('employee.update', { employee_id: target.id, updates, ...challenge })
    expect(done).toMatchObject({ code: 0 })
  })

  test('is asked of nobody who may not do it anyway, nor for what is not sensitive', async () => {
    const gateway = shared.current
    const { group_id } = await groupOwner(gateway)
    const stranger = await (await gateway.hire()).connect()
    expect(await stranger.request('group.dismiss', { group_id })).toMatchObject({ reason: 'not_group_member' })
    const self = { employee_id: stranger.employeeId, updates: { name: 'Robin' } }
    expect(await stranger.request('employee.update', self)).toMatchObject({ code: 0 })
    expect(await stranger.request('auth.challenge', { for_action: 'group.create' })).toMatchObject({ code: 400 })
    expect(await stranger.request('auth.challenge', { for_action: 'group.dismiss' })).toMatchObject({
      code: 400,
      data: { errors: [{ field: 'for_target' }] },
    })
  })

  describe('by an authenticator', () => {
    test('is enrolled, used, and removed', async () => {
      const gateway = shared.current
      const { device, group_id } = await groupOwner(gateway)
      expect(await device.request('auth.totp_confirm', { code: '123456' })).toMatchObject({
        reason: 'totp_not_enrolled',
      })
      const enrolment = await device.call('auth.totp_enroll', {})
      const secret = secretIn(enrolment)
      expect(enrolment.otpauth_url).toMatch(/^otpauth:\/\/totp\/MChat:/)
      const wrong = String((Number(await codeOf(secret)) + 1) % 1e6).padStart(6, '0')
      expect(await device.request('auth.totp_confirm', { code: wrong })).toMatchObject(failed)
      // It does not count before it is confirmed.
      const ask = () => device.call('auth.challenge', { for_action: 'group.dismiss', for_target: group_id })
      expect((await ask()).method).toBe('inbox')
      const status = () => device.call('auth.totp_status', {})
      expect(await status()).toMatchObject({ enrolled: false, enrolled_at: null, codes_left: 0 })
      const code = await codeOf(secret)
      const { recovery_codes = [] } = await device.call('auth.totp_confirm', { code })
      expect(new Set(recovery_codes).size).toBe(10)
      expect(await status()).toMatchObject({ enrolled: true, codes_left: 10 })
      for (const each of recovery_codes) expect(each).toMatch(/^[0-9a-z]{5}-[0-9a-z]{5}$/)
      expect(await device.request('auth.totp_enroll', {})).toMatchObject(required)
      const again = await ask()
      expect(again).toMatchObject({ method: 'totp', sent_to: [] })
      const { challenge_id } = again
      // The code it was confirmed with is used.
      const used = { group_id, challenge_id, token: code }
      const seqId = newSeqId()
      expect(await device.request('group.dismiss', used, { seqId })).toMatchObject(failed)
      // With another code it is still the same request.
      const next = { group_id, challenge_id, token: await codeOf(secret, 30) }
      expect(await device.request('group.dismiss', next, { seqId })).toMatchObject({ code: 0 })

      const removal = (await device.call('auth.challenge', { for_action: 'auth.totp_remove' })).challenge_id
      const [token = ''] = recovery_codes
      const remove = { challenge_id: removal, token: token.toUpperCase().replace('-', ' ') }
      expect(await device.request('auth.totp_remove', remove)).toMatchObject({ code: 0 })
      expect((await device.call('auth.challenge', { for_action: 'auth.totp_remove' })).method).toBe('inbox')
      expect(await status()).toMatchObject({ enrolled: false, codes_left: 0 })
    })

    test('recovery codes work once each', async () => {
      const gateway = shared.current
      const { device, group_id } = await groupOwner(gateway)
      const { group_id: second } = await device.call('group.create', { name: 'Second', member_ids: [] })
      const { recoveryCodes } = await enrolled(device)
      const dismiss = async (id: string, token: string) => {
        const { challenge_id } = await device.call('auth.challenge', { for_action: 'group.dismiss', for_target: id })
        return await device.request('group.dismiss', { group_id: id, challenge_id, token })
      }
      const [one = '', two = ''] = recoveryCodes
      expect(await dismiss(group_id, one)).toMatchObject({ code: 0 })
      expect(await dismiss(second, one)).toMatchObject(failed)
      expect(await dismiss(second, two)).toMatchObject({ code: 0 })
    })

    test('recovery codes are replaced by new ones, and the old ones work no more', async () => {
      const gateway = shared.current
      const { device } = await groupOwner(gateway)
      expect(await device.request('auth.totp_renew_codes')).toMatchObject({ reason: 'totp_not_enrolled' })
      const { recoveryCodes, secret } = await enrolled(device)
      expect(await device.request('auth.totp_renew_codes')).toMatchObject(required)
      const renew = async (token: string) => {
        const { challenge_id } = await device.call('auth.challenge', { for_action: 'auth.totp_renew_codes' })
        return await device.request('auth.totp_renew_codes', { challenge_id, token })
      }
      const [one = '', two = ''] = recoveryCodes
      const renewed = await renew(one)
      const { recovery_codes: codes = [] } = renewed.data as OutputOf<'auth.totp_renew_codes'>
      expect(new Set([...codes, ...recoveryCodes]).size).toBe(20)
      expect(await device.call('auth.totp_status', {})).toMatchObject({ enrolled: true, codes_left: 10 })
      expect(await renew(two)).toMatchObject(failed)
      expect(await renew(codes[0] ?? '')).toMatchObject({ code: 0 })
      expect(await renew(await codeOf(secret, 30))).toMatchObject({ code: 0 })
    })

    test('one code opens one of two challenges', async () => {
      const gateway = shared.current
      const { device, group_id } = await groupOwner(gateway)
      const { group_id: second } = await device.call('group.create', { name: 'Second', member_ids: [] })
      const { secret } = await enrolled(device)
      const token = await codeOf(secret, 30)
      const inputs = await Promise.all(
        [group_id, second].map(async (id) => {
          const { challenge_id } = await device.call('auth.challenge', { for_action: 'group.dismiss', for_target: id })
          return { group_id: id, challenge_id, token }
        }),
      )
      const answers = await Promise.all(inputs.map((input) => device.request('group.dismiss', input)))
      expect(answers.map(({ code }) => code).sort()).toEqual([0, 403])
    })

    test('is taken from somebody who has lost it by whoever manages them', async () => {
      const gateway = shared.current
      const { device } = await groupOwner(gateway)
      await enrolled(device)
      const office = await gateway.office
      await office.confirm('auth.totp_remove', { employee_id: device.employeeId })
      expect((await device.call('auth.challenge', { for_action: 'auth.totp_remove' })).method).toBe('inbox')
    })

    test('is kept so that the database does not tell it', async () => {
      const gateway = shared.current
      const { device } = await groupOwner(gateway)
      const { secret, recoveryCodes } = await enrolled(device)
      const challenge = await device.call('auth.challenge', { for_action: 'auth.totp_remove' })
      const dump = JSON.stringify([
        await gateway.dump(),
        await gateway.database.kysely.selectFrom('audit_log').selectAll().execute(),
      ])
      expect(dump).toContain(challenge.challenge_id)
      expect(dump).not.toContain(secret)
      for (const code of recoveryCodes) {
        expect(dump).not.toContain(code)
        expect(dump).not.toContain(code.replace('-', ''))
      }
    })
  })
})

onEveryDatabase('where nobody is asked on the very device', (kind) => {
  const shared = sharedGateway(kind, { config: { challengeFallback: 'deny' } })

  test('a sensitive request of somebody without a second factor is refused', async () => {
    const gateway = shared.current
    const { device, group_id } = await groupOwner(gateway)
    const ask = { for_action: 'group.dismiss', for_target: group_id }
    expect(await device.request('auth.challenge', ask)).toMatchObject({ code: 403, reason: 'challenge_unavailable' })
    expect(await device.request('group.dismiss', { group_id })).toMatchObject(required)
  })

  test('the first authenticator is enrolled without one, the next thing takes it', async () => {
    const gateway = shared.current
    const { device, group_id } = await groupOwner(gateway)
    const { secret } = await enrolled(device)
    const { challenge_id } = await device.call('auth.challenge', { for_action: 'group.dismiss', for_target: group_id })
    const token = await codeOf(secret, 30)
    expect(await device.request('group.dismiss', { group_id, challenge_id, token })).toMatchObject({ code: 0 })
  })

  test('whoever has another device confirms the authenticator there', async () => {
    const gateway = shared.current
    const { device, person } = await groupOwner(gateway)
    await addDevice(gateway, person.id)
    expect(await device.request('auth.totp_enroll', {})).toMatchObject(required)
    expect(await device.request('auth.totp_enroll', await device.challenge('auth.totp_enroll'))).toMatchObject({
      code: 0,
    })
  })
})

onEveryDatabase('challenges', (kind) => {
  const shared = sharedGateway(kind, { config: { rateLimit: true } })

  test('are ten in a quarter of an hour', async () => {
    const gateway = shared.current
    const { device } = await groupOwner(gateway)
    const ask = () => device.request('auth.challenge', { for_action: 'auth.totp_remove' })
    for (let i = 0; i < 10; i++) expect(await ask()).toMatchObject({ code: 0 })
    const refused = await ask()
    expect(refused).toMatchObject({ code: 429, reason: 'rate_limited' })
    expect(refused.retry_after_ms).toBeGreaterThan(890_000)
    expect(refused.retry_after_ms).toBeLessThanOrEqual(900_000)
  })
})
