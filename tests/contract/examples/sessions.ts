import { codeOf, currentCode, enrolled } from '../../kit/authenticator.ts'
import type { Scene } from '../scene.ts'
import type { Example } from './example.ts'

type SessionActions =
  | 'auth.bind'
  | 'auth.logout'
  | 'auth.challenge'
  | 'auth.totp_enroll'
  | 'auth.totp_confirm'
  | 'auth.totp_renew_codes'
  | 'auth.totp_remove'
  | 'auth.totp_status'
  | 'audit.list'
  | 'audit.export'
  | 'audit.verify'
  | 'stats.overview'
  | 'authz.explain'
  | 'session.list'
  | 'session.revoke'
  | 'device.list'
  | 'device.add'
  | 'sync.relay'
  | 'config.server'

/** Somebody has done what is audited. */
const audited = async (scene: Scene) => {
  const member = await scene.person('member')
  await member.call('group.create', { name: 'Release', member_ids: [] })
  return {
    by: await scene.person('auditor', { roles: [{ role: 'auditor' }] }),
    refused: { device: await scene.person('admin', { roles: [{ role: 'admin' }] }), reason: 'forbidden' } as const,
    operator: member.employeeId,
  }
}

export const sessionExamples: { readonly [A in SessionActions]: Example<A> } = {
  async 'auth.bind'(scene) {
    const by = await scene.person('member')
    await scene.group(by)
    const input = { employee_id: by.employeeId, token: scene.personOf(by).secret, device_info: 'Chrome on Linux' }
    return { by, input, published: [] }
  },

  async 'auth.logout'(scene) {
    const published = ['reporter status/{employee_id} Status']
    return { by: await scene.person('member'), input: {}, published, endsConnection: true }
  },

  async 'auth.challenge'(scene) {
    const by = await scene.person('member')
    const input = { for_action: 'employee.reset_credentials', for_target: by.employeeId }
    return { by, input, published: [] }
  },

  async 'auth.totp_enroll'(scene) {
    const by = await scene.person('member')
    return { by, input: await by.challenge('auth.totp_enroll'), published: [] }
  },

  async 'auth.totp_confirm'(scene) {
    const by = await scene.person('member')
    const code = await currentCode(await by.call('auth.totp_enroll', {}))
    return { by, input: { code }, published: [] }
  },

  async 'auth.totp_renew_codes'(scene) {
    const by = await scene.person('member')
    const { secret } = await enrolled(by)
    const { challenge_id } = await by.call('auth.challenge', { for_action: 'auth.totp_renew_codes' })
    return { by, input: { challenge_id, token: await codeOf(secret, 30) }, published: [] }
  },

  async 'auth.totp_status'(scene) {
    const by = await scene.person('member')
    const refused = { device: await scene.person('other'), reason: 'forbidden' } as const
    return { by, input: { employee_id: by.employeeId }, refused, published: [] }
  },

  async 'auth.totp_remove'(scene) {
    const target = await scene.person('target')
    await enrolled(target)
    const by = await scene.person('admin', { roles: [{ role: 'admin' }] })
    const challenge = await by.challenge('auth.totp_remove', target.employeeId)
    return {
      by,
      input: { employee_id: target.employeeId, ...challenge },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [],
    }
  },

  async 'audit.list'(scene) {
    const { by, refused, operator } = await audited(scene)
    const from = '2020-01-01T00:00:00Z'
    return {
      by,
      input: { from, operator, for_action: 'group.create', target: 'grp_1', code: 0, limit: 1 },
      refused,
      published: [],
    }
  },

  async 'audit.export'(scene) {
    const { by, refused, operator } = await audited(scene)
    return { by, input: { format: 'csv', operator, to: '2999-01-01T00:00:00.000Z' }, refused, published: [] }
  },

  async 'stats.overview'(scene) {
    const now = scene.gateway.clock.now()
    return {
      by: await scene.person('operator', { roles: [{ role: 'admin' }] }),
      input: {
        resolution: 'minute',
        from: new Date(now - 600_000).toISOString(),
        to: new Date(now).toISOString(),
      },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [],
    }
  },

  async 'audit.verify'(scene) {
    const { by, refused } = await audited(scene)
    return { by, input: { from_seq: 1 }, refused, published: [] }
  },

  async 'authz.explain'(scene) {
    const target = await scene.person('target')
    return {
      by: await scene.person('admin', { roles: [{ role: 'admin' }] }),
      input: { employee_id: target.employeeId, for_action: 'group.list', fields: { all: true } },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [],
    }
  },

  async 'session.list'(scene) {
    const by = await scene.person('member')
    const refused = { device: await scene.person('other'), reason: 'forbidden' } as const
    return { by, input: { employee_id: by.employeeId }, refused, published: [] }
  },

  async 'session.revoke'(scene) {
    const by = await scene.person('member')
    const phone = await scene.secondDevice('phone', by)
    return {
      by,
      input: { client_id: phone.clientId },
      // Whoever manages nobody cannot tell a session of somebody else from none.
      refused: { device: await scene.person('other'), reason: 'session_not_found' },
      published: [],
    }
  },

  async 'device.list'(scene) {
    const by = await scene.person('member')
    await scene.secondDevice('phone', by)
    const refused = { device: await scene.person('other'), reason: 'forbidden' } as const
    return { by, input: { employee_id: by.employeeId }, refused, published: [] }
  },

  async 'device.add'(scene) {
    const by = await scene.person('member')
    const refused = { device: await scene.person('other'), reason: 'forbidden' } as const
    return {
      by,
      input: { device_id: 'tablet', employee_id: by.employeeId, expires_in_days: 90 },
      refused,
      published: [],
    }
  },

  async 'sync.relay'(scene) {
    const by = await scene.person('member')
    const phone = await scene.secondDevice('phone', by)
    return {
      by,
      input: { kind: 'history.request', payload: { since: 0 }, to_client_id: phone.clientId },
      published: ['phone sync/{employee_id} SyncRelay relay'],
    }
  },

  async 'config.server'(scene) {
    return { by: await scene.person('member'), input: {}, published: [] }
  },
}
