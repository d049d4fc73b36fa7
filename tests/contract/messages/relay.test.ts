import { expect, test } from 'vitest'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'
import { Scene } from '../scene.ts'

onEveryDatabase('sync.relay', (kind) => {
  const shared = sharedGateway(kind)

  test('reaches the own other devices and nobody else, byte by byte', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const phone = await scene.secondDevice('phone', ann)
    const tablet = await scene.secondDevice('tablet', ann, 'tablet')
    const payload = '{ "since" : 1.0 , "b":[1e-7, -0, "\\u4f60"], "a":null }'
    const raw = `{"action":"sync.relay","kind":"history.request","payload":${payload}}`
    const answer = await ann.request('', {}, { raw })
    expect(answer.code).toBe(0)
    for (const device of [phone, tablet]) {
      const { json, text } = await device.sync.next('relay')
      expect(json).toMatchObject({
        sync_id: answer.data?.sync_id,
        sent_at: answer.data?.sent_at,
        from_client_id: ann.clientId,
        kind: 'history.request',
      })
      expect(json).not.toHaveProperty('to_client_id')
      expect(text).toContain(`"payload":${payload},"sent_at"`)
    }
    for (const device of [ann, bob]) await device.expectNothing({ matching: 'relay' })
  })

  test('names the device it is for, which must be one of the own', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const phone = await scene.secondDevice('phone', ann)
    await ann.call('sync.relay', { kind: 'x', payload: 1, to_client_id: phone.clientId })
    expect((await phone.sync.next('relay')).json).toMatchObject({ to_client_id: phone.clientId, payload: 1 })
    for (const to_client_id of [bob.clientId, 'nobody_x_1']) {
      const refused = await ann.request('sync.relay', { kind: 'x', payload: 1, to_client_id })
      expect(refused).toMatchObject({ code: 404, reason: 'session_not_found' })
    }
  })

  test('carries 48 KiB and no more', async () => {
    await using scene = await Scene.open(shared.current)
    const ann = await scene.person('ann')
    const phone = await scene.secondDevice('phone', ann)
    const payload = 'x'.repeat(48 * 1024 - 2)
    await ann.call('sync.relay', { kind: 'x', payload })
    expect((await phone.sync.next('relay')).json.payload).toBe(payload)
    expect(await ann.request('sync.relay', { kind: 'x', payload: `${payload}x` })).toMatchObject({ code: 413 })
  })

  test('waits for a device that is away', async () => {
    await using scene = await Scene.open(shared.current)
    const ann = await scene.person('ann')
    const phone = await scene.secondDevice('phone', ann)
    await phone.cut()
    await ann.call('sync.relay', { kind: 'x', payload: 'kept' })
    const back = await scene.secondDevice('back', ann)
    expect((await back.sync.next('relay')).json).toMatchObject({ payload: 'kept' })
  })
})
