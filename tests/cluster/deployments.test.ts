import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { firstAdminPath } from '../../gateway/src/first-admin.ts'
import { clusterMissing } from '../kit/cluster.ts'
import { startGateway } from '../kit/gateway.ts'
import { startMosquitto } from '../kit/mosquitto.ts'

describe.skipIf(clusterMissing !== '')(`a broker of another deployment${clusterMissing}`, () => {
  test('is refused in a sentence, and what runs on it goes on', async () => {
    await using broker = await startMosquitto()
    await using gateway = await startGateway({ broker })
    await expect(startGateway({ broker })).rejects.toThrow(
      /^The broker at 127\.0\.0\.1:\d+ belongs to gateways with another database: .* remove the retained message on mchat\/gateway\/deployment /,
    )
    const [ann, bob] = [await gateway.hire(), await gateway.hire()]
    const [from, to] = [await ann.connect(), await bob.connect()]
    await from.call('msg.send_private', { to_employee_id: bob.id, content: 'still here' })
    await to.inbox.next((message) => message.json.content === 'still here')
  })

  test('is that of the gateways before, after a restart', async () => {
    await using broker = await startMosquitto()
    await using gateway = await startGateway({ broker })
    await gateway.restart()
    const [ann, bob] = [await gateway.hire(), await gateway.hire()]
    const [from, to] = [await ann.connect(), await bob.connect()]
    await from.call('msg.send_private', { to_employee_id: bob.id, content: 'again' })
    await to.inbox.next((message) => message.json.content === 'again')
  })

  test('answers what docs/brokers.md says to ask by hand', async () => {
    await using broker = await startMosquitto()
    await using gateway = await startGateway({ broker })
    const { mqtt_connection: connection } = JSON.parse(await readFile(firstAdminPath(gateway.dataDir), 'utf8'))
    const page = await readFile(new URL('../../docs/brokers.md', import.meta.url), 'utf8')
    const [, script = ''] = /```sh\n( *mosquitto_rr [\s\S]*?)```/.exec(page) ?? []
    const env = {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(broker.port),
      CLIENT_ID: connection.client_id,
      PASSWORD: connection.mqtt_password,
    }
    const { stdout } = await promisify(execFile)('bash', ['-euc', script], { env })
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(answers).toMatchObject([{ code: 0 }, { code: 0, data: { name: 'Bob' } }])
  })
})
