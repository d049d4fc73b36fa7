import type { Example } from './example.ts'

type SessionActions =
  | 'auth.bind'
  | 'auth.logout'
  | 'authz.explain'
  | 'session.list'
  | 'session.revoke'
  | 'device.add'
  | 'sync.relay'
  | 'config.server'

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

  async 'device.add'(scene) {
    const by = await scene.person('member')
    const refused = { device: await scene.person('other'), reason: 'forbidden' } as const
    return { by, input: { device_id: 'tablet', employee_id: by.employeeId }, refused, published: [] }
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
