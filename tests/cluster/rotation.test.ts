import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deploymentKeys } from '../../gateway/src/db/repositories/deployment-keys.ts'
import { mchat } from '../../gateway/test/mchat-process.ts'
import { codeOf, enrolled } from '../kit/authenticator.ts'
import { clusterMissing, startCluster } from '../kit/cluster.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

describe.skipIf(clusterMissing !== '')(`a rotation of the secret while gateways run${clusterMissing}`, () => {
  test('needs each of them started again once, and no device set up anew', async () => {
    await using cluster = await startCluster(1)
    await using directory = await tempDirectory()
    const { database, gateway } = cluster
    const [ann, bob] = [await gateway.hire(), await gateway.hire()]
    const device = await ann.connect()
    const { group_id } = await device.call('group.create', { name: 'Release', member_ids: [bob.id] })
    const { secret } = await enrolled(device)
    const message = { to_employee_id: bob.id, content: 'before' }
    const seqId = 'across-the-rotation'
    const first = await device.request('msg.send_private', message, { seqId })

    const file = join(directory.path, 'new')
    const keys = (...args: string[]) => mchat(['keys', ...args], { cwd: directory.path, env: cluster.environment })
    const rotated = await keys('rotate', '--new-secret-file', file)
    expect([rotated.code, rotated.stderr]).toEqual([
      0,
      expect.stringContaining('One gateway has not been started with it'),
    ])
    const renewed = (await readFile(file, 'utf8')).trim()
    expect(rotated.stderr).not.toContain(renewed)

    // Until then a gateway that is started again may have either, and what one writes the others read.
    await (await gateway.startAnother()).close()
    await using _another = await gateway.startAnother({ secret: renewed })
    expect((await device.request('group.list')).code).toBe(0)
    expect((await keys('list')).stderr).toContain('The rotation waits for')

    await gateway.leave()
    await expect.poll(() => deploymentKeys.note(database.kysely, 'next')).toBeUndefined()
    await expect(gateway.startAnother()).rejects.toThrow('where it was rotated, the new one')
    expect((await keys('list')).stderr).toContain('gateways with another secret')

    const again = await device.request('msg.send_private', message, { seqId })
    expect(again).toMatchObject({ code: 0, data: { msg_id: (first.data as { msg_id: string }).msg_id } })
    const to = await bob.connect()
    await device.call('msg.send_private', { ...message, content: 'after' })
    const delivered = (await to.inbox.next(({ json }) => json.content === 'after')).json
    expect((await to.call('msg.verify', { messages: [delivered] })).results).toMatchObject([{ genuine: true }])

    const asked = await device.call('auth.challenge', { for_action: 'group.dismiss', for_target: group_id })
    const token = await codeOf(secret, 30)
    const dismissed = { group_id, challenge_id: asked.challenge_id, token }
    expect(await device.request('group.dismiss', dismissed)).toMatchObject({ code: 0 })
    const office = await gateway.office
    expect(await office.call('audit.verify', {})).toMatchObject({ problems: [] })
    expect((await office.call('audit.list', { for_action: 'keys.rotate' })).rows).toHaveLength(1)
    await (await gateway.hire()).connect()
    const counts = await deploymentKeys.counts(database.kysely)
    expect(counts.at(-1)).toMatchObject({ generation: 2, authenticators: 1, recovery_codes: 10 })
    expect(counts[0]).toMatchObject({ generation: 1, authenticators: 0, recovery_codes: 0 })
  })
})
