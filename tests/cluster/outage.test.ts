import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { clusterMissing } from '../kit/cluster.ts'
import { startGateway } from '../kit/gateway.ts'
import { startMosquitto } from '../kit/mosquitto.ts'
import { startPostgres } from '../kit/postgres.ts'
import { createDatabase } from '../kit/postgres-database.ts'

describe.skipIf(clusterMissing !== '')(`gateways without their database${clusterMissing}`, () => {
  test('answer 503, let nobody through on what they remember, and go on when it is back', async () => {
    await using postgres = await startPostgres()
    await using broker = await startMosquitto()
    const { superuserUrl, url } = await createDatabase(postgres.url)
    await using gateway = await startGateway({ broker, database: url })
    const other = await gateway.startAnother()
    const [ann, bob] = [await gateway.hire(), await gateway.hire()]
    const [from, to] = [await ann.connect(), await bob.connect()]
    const say = (content: string) => from.request('msg.send_private', { to_employee_id: bob.id, content })
    const before = ['1', '2', '3', '4']
    for (const content of before) await from.call('msg.send_private', { to_employee_id: bob.id, content })

    // This server does not wait for its disk.
    const superuser = new pg.Client({ connectionString: superuserUrl })
    await superuser.connect()
    await superuser.query('checkpoint')
    await superuser.end()
    await postgres.stop()
    // For as long as their lease lasts they go on with what they remember.
    await expect.poll(() => other.problems().length).toBeGreaterThan(0)
    const both = (): Promise<number[]> =>
      Promise.all(
        [say('on what is remembered'), say('on what is remembered')].map(async (answer) => (await answer).code),
      )
    await expect.poll(both).toEqual([503, 503])
    for (let i = 0; i < 4; i++) {
      const [message, change] = await Promise.all([
        say('meanwhile'),
        from.request('department.create', { name: 'Research' }),
      ])
      expect([message, change].map(({ code }) => code)).toEqual([503, 503])
    }

    await postgres.start()
    await expect.poll(() => other.problems(), { timeout: 60_000 }).toEqual([])
    await expect.poll(async () => (await say('back')).code).toBe(0)
    const after = ['5', '6', '7', '8']
    for (const content of after) await from.call('msg.send_private', { to_employee_id: bob.id, content })
    await to.inbox.next((message) => message.json.content === '8')
    const heard = to.inbox.all.map((message) => message.json.content)
    expect(heard).not.toContain('meanwhile')
  })
})
