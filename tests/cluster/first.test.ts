import { expect, test } from 'vitest'
import { databases } from '../kit/databases.ts'
import { startGateway } from '../kit/gateway.ts'
import { startMosquitto } from '../kit/mosquitto.ts'

test('two people chat over a Mosquitto', async () => {
  await using broker = await startMosquitto()
  const kind = databases.find(({ name }) => name === 'postgres')
  if (kind === undefined) throw new Error()
  await using database = await kind.open()
  await using gateway = await startGateway({ broker, database })
  const [ann, bob] = [await gateway.hire(), await gateway.hire()]
  const [from, to] = [await ann.connect(), await bob.connect()]
  await from.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' })
  expect((await to.inbox.next((m) => m.json.content === 'hello')).json.from_employee_id).toBe(ann.id)
})
