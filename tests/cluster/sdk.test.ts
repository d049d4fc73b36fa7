import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Credentials, connect, type Message } from '@mchat/sdk'
import { describe, expect, test } from 'vitest'
import { MchatProcess, mchat } from '../../gateway/test/mchat-process.ts'
import { clusterMissing, startCluster } from '../kit/cluster.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

describe.skipIf(clusterMissing !== '')(`the SDK with several gateways${clusterMissing}`, () => {
  test('people talk to each other and in groups that they are added to while they are connected', async () => {
    await using cluster = await startCluster(2)
    const office = await cluster.gateway.office
    const [ann, bob] = await Promise.all(
      ['Ann', 'Bob'].map(async (name) => await connect(await office.call('employee.create', { name }))),
    )
    if (ann === undefined || bob === undefined) throw new Error('nobody')
    const heard: Message[] = []
    bob.on('message', (message) => heard.push(message))
    const { group_id } = await ann.group.create({ name: 'Release', member_ids: [] })
    await ann.group.memberAdd({ group_id, member_ids: [bob.employeeId] })
    await ann.msg.sendPrivate({ to_employee_id: bob.employeeId, content: 'in private' })
    await expect
      .poll(async () => {
        await ann.msg.sendGroup({ group_id, content: 'in the group' })
        return new Set(heard.map(({ content }) => content))
      })
      .toEqual(new Set(['in private', 'in the group']))
    await Promise.all([ann.close(), bob.close()])
  })

  test('mchat demo fills the organisation, and its people can connect', async () => {
    await using cluster = await startCluster(1)
    await using directory = await tempDirectory()
    const env = { ...cluster.environment, MCHAT_DATA_DIR: cluster.gateway.dataDir }
    for (let run = 0; run < 2; run++) {
      await using demo = new MchatProcess(['demo'], { cwd: directory.path, env })
      await demo.says('The demo organisation is there')
      const file = await readFile(join(cluster.gateway.dataDir, 'demo-people.json'), 'utf8')
      const { people } = JSON.parse(file) as { people: Credentials[] }
      const emma = people.find((person) => person.employee_id === 'demo-emma')
      if (emma === undefined) throw new Error('no Emma')
      const client = await connect(emma)
      const answered = new Promise<Message>((resolve) => client.on('message', resolve))
      await client.msg.sendPrivate({ to_employee_id: 'demo-echo', content: 'Are you there?' })
      expect(await answered).toMatchObject({ type: 'agent', from_employee_id: 'demo-echo' })
      await client.close()
    }
  })

  test('somebody locked out gets in again by mchat admin reset', async () => {
    await using cluster = await startCluster(1)
    await using directory = await tempDirectory()
    const env = { ...cluster.environment, MCHAT_DATA_DIR: cluster.gateway.dataDir }
    const early = await mchat(['admin', 'reset'], { cwd: directory.path, env })
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('in use by another MChat')])
    await cluster.gateway.leave()
    expect((await mchat(['admin', 'reset'], { cwd: directory.path, env })).code).toBe(0)
    await using _next = await cluster.gateway.startAnother()
    const file = JSON.parse(await readFile(join(cluster.gateway.dataDir, 'first-admin.json'), 'utf8'))
    await expect
      .poll(async () => {
        const client = await connect(file, { timing: { openMs: 2000 } } as object).catch(() => undefined)
        const { actions } = (await client?.config.server({})) ?? { actions: [] }
        await client?.close()
        return actions.length
      })
      .toBeGreaterThan(10)
  })
})
