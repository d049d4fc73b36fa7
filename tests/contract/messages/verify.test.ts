import { createHash } from 'node:crypto'
import { compactVerify, createRemoteJWKSet } from 'jose'
import { expect, test } from 'vitest'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'
import { Scene } from '../scene.ts'

onEveryDatabase('the proof of a message', (kind) => {
  const shared = sharedGateway(kind)

  const arrange = async (scene: Scene) => {
    const [ann, bob, cid] = [await scene.person('ann'), await scene.person('bob'), await scene.person('cid')]
    const group_id = await scene.group(ann, bob)
    const content = { type: 'vote', body: { b: [1.5, 'x'], a: '你好' } }
    await ann.call('msg.send_private', { to_employee_id: bob.employeeId, content })
    await ann.call('msg.send_group', { group_id, content: 'hello' })
    const inPrivate = (await bob.inbox.next('private')).json
    const toGroup = (await (await bob.group(group_id)).next('group')).json
    return { ann, bob, cid, group_id, inPrivate, toGroup }
  }

  test('is genuine for everybody who took part, however the message was written again', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, inPrivate, toGroup } = await arrange(scene)
    const reordered = Object.fromEntries(Object.entries(inPrivate).reverse())
    for (const reader of [ann, bob]) {
      const { results } = await reader.call('msg.verify', { messages: [inPrivate, toGroup, reordered] })
      expect(results.map((result) => result.genuine)).toEqual([true, true, true])
    }
  })

  test('is not, when anything of it was changed', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, cid, group_id, inPrivate } = await arrange(scene)
    const other = await bob.call('msg.send_private', { to_employee_id: ann.employeeId, content: 'other' })
    const forged = [
      { ...inPrivate, content: 'forged' },
      { ...inPrivate, content: { type: 'vote', body: { b: [1.5, 'x'], a: '你好', c: null } } },
      { ...inPrivate, sent_at: '2020-01-01T00:00:00.000Z' },
      { ...inPrivate, msg_id: other.msg_id },
      { ...inPrivate, from_employee_id: bob.employeeId, to_employee_id: ann.employeeId },
      { ...inPrivate, proof: other.proof },
      { ...inPrivate, proof: '' },
    ]
    const { results } = await bob.call('msg.verify', { messages: forged })
    for (const result of results) expect(result).toMatchObject({ genuine: false, reason: 'not_genuine' })
    const elsewhere = [
      { ...inPrivate, to_employee_id: cid.employeeId },
      { ...inPrivate, to_employee_id: undefined, group_id },
    ]
    const moved = await ann.call('msg.verify', { messages: elsewhere })
    for (const result of moved.results) expect(result.genuine).toBe(false)
  })

  test('is told to nobody else, save the auditor', async () => {
    await using scene = await Scene.open(shared.current)
    const { cid, inPrivate, toGroup } = await arrange(scene)
    const messages = [inPrivate, toGroup]
    const { results } = await cid.call('msg.verify', { messages })
    for (const result of results) expect(result).toMatchObject({ genuine: false, reason: 'not_a_participant' })
    const auditor = await scene.person('auditor', { roles: [{ role: 'auditor' }] })
    const audited = await auditor.call('msg.verify', { messages })
    expect(audited.results.map((result) => result.genuine)).toEqual([true, true])
  })

  test('survives whatever is sent in the place of a message', async () => {
    await using scene = await Scene.open(shared.current)
    const { bob, inPrivate } = await arrange(scene)
    const messages = [null, 1, 'x', [], {}, { ...inPrivate, group_id: 'g' }, { ...inPrivate, msg_id: 1 }, [inPrivate]]
    const { results } = await bob.call('msg.verify', { messages, attest: true })
    for (const result of results) expect(result).toMatchObject({ msg_id: null, genuine: false, reason: 'malformed' })
  })

  test('of an edit is that of the new content', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, inPrivate } = await arrange(scene)
    const msg_id = String(inPrivate.msg_id)
    const conversation = { conversation_type: 'private' as const, peer_employee_id: bob.employeeId }
    await ann.call('msg.edit', { msg_id, ...conversation, content: 'better' })
    const edit = (await bob.inbox.next('edit')).json
    const { results } = await bob.call('msg.verify', { messages: [edit, inPrivate, { ...edit, content: 'forged' }] })
    expect(results.map((result) => result.genuine)).toEqual([true, true, false])
  })

  test('can be shown to third parties: a signature over the genuine ones, checked with the published key', async () => {
    await using scene = await Scene.open(shared.current)
    const { bob, inPrivate, toGroup } = await arrange(scene)
    const messages = [inPrivate, { ...toGroup, content: 'forged' }, toGroup]
    const { attestation } = await bob.call('msg.verify', { messages, attest: true })
    const jwks = createRemoteJWKSet(new URL(`http://127.0.0.1:${shared.current.httpPort}/.well-known/jwks.json`))
    const { payload, protectedHeader } = await compactVerify(attestation ?? '', jwks)
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'mchat-attestation+jws' })
    const statement = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
    expect(statement).toMatchObject({ requested_by: bob.employeeId })
    expect(statement.messages).toEqual([
      {
        msg_id: inPrivate.msg_id,
        from_employee_id: inPrivate.from_employee_id,
        to_employee_id: bob.employeeId,
        sent_at: inPrivate.sent_at,
        content_sha256: sha256('{"body":{"a":"你好","b":[1.5,"x"]},"type":"vote"}'),
      },
      {
        msg_id: toGroup.msg_id,
        from_employee_id: toGroup.from_employee_id,
        group_id: toGroup.group_id,
        sent_at: toGroup.sent_at,
        content_sha256: sha256('"hello"'),
      },
    ])
    const [head, body, signature] = (attestation ?? '').split('.')
    const changed = Buffer.from(JSON.stringify({ ...statement, requested_by: 'admin' })).toString('base64url')
    expect(body).not.toBe(changed)
    await expect(compactVerify([head, changed, signature].join('.'), jwks)).rejects.toThrow('signature')
  })

  test('needs no attestation where nothing was genuine', async () => {
    await using scene = await Scene.open(shared.current)
    const { bob, inPrivate } = await arrange(scene)
    const answer = await bob.call('msg.verify', { messages: [{ ...inPrivate, content: 'x' }], attest: true })
    expect(answer).not.toHaveProperty('attestation')
  })
})
