import { expect, test } from 'vitest'
import { createTopics } from '../../schema/src/index.ts'
import { Product } from '../faults/product.ts'
import { Device } from '../kit/device.ts'
import { freePort } from '../kit/free-port.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const KILLS = 2
const AT_ONCE = 8
/** Answered before the next kill. */
const MORE = 15

test('T55: after kill -9 every change that was made has its row, and no other row says that one was', async () => {
  await using directory = await tempDirectory()
  const mqttPort = await freePort()
  const product = new Product({ dataDir: directory.path, httpPort: await freePort(), mqttPort })
  await using stack = new AsyncDisposableStack()
  stack.defer(() => product.kill('SIGKILL'))
  await product.start()
  const { username: employeeId, password: secret } = await product.firstAdmin()
  const connect = (): Promise<Device> =>
    Device.connect({
      port: mqttPort,
      topics: createTopics(),
      employeeId,
      clientId: `${employeeId}_web_1`,
      secret,
      clean: true,
    }).then(async (device) => {
      await device.subscribe(device.topics.responses(device.clientId))
      return device
    })

  const answered: unknown[] = []
  let asked = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    const device = await connect()
    const create = async (): Promise<void> => {
      for (;;) {
        const name = `G${++asked}`
        const { code, data } = await device.request('group.create', { name, member_ids: [] }, { timeoutMs: 30_000 })
        expect(code).toBe(0)
        answered.push(data?.group_id)
      }
    }
    const ended = Promise.allSettled(Array.from({ length: AT_ONCE }, create))
    await expect.poll(() => answered.length, { interval: 5 }).toBeGreaterThan(kill * MORE)
    await product.kill('SIGKILL')
    await ended
    await product.start()
  }

  await using device = await connect()
  const { groups } = await device.call('group.list', { limit: 200 })
  const { rows } = await device.call('audit.list', { for_action: 'group.create', code: 0, limit: 200 })
  const targets = rows.map(({ target }) => target)
  expect(targets.toSorted()).toEqual(groups.map(({ group_id }) => group_id).toSorted())
  expect(answered.filter((id) => !targets.includes(id as string))).toEqual([])
  expect(answered.length).toBe(asked - KILLS * AT_ONCE)
  expect(await device.call('audit.verify', {})).toMatchObject({ problems: [] })
})
