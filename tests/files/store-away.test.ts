import { expect, test } from 'vitest'
import { startGateway } from '../kit/gateway.ts'
import { startObjectServer } from '../kit/object-server.ts'
import { putFile, sendSigned } from '../kit/put-file.ts'
import { createTestClock } from '../kit/test-clock.ts'

test('while the object store is away everything about files is 503, and messages flow on', async () => {
  const clock = createTestClock()
  await using objects = await startObjectServer({ clock })
  await using gateway = await startGateway({ clock, config: { storage: objects.settings } })
  const [ann, bob] = [await (await gateway.hire()).connect(), await (await gateway.hire()).connect()]
  const { key } = await putFile(ann, 'hello', { to_employee_id: bob.employeeId })
  await objects.leave()
  const asked = ['file.complete', 'file.download_url', 'file.delete'].map((action) => ann.request(action, { key }))
  const audit = (await gateway.office).request('audit.export', { format: 'csv' })
  await ann.call('msg.send_private', { to_employee_id: bob.employeeId, content: 'hello' })
  await bob.inbox.next(({ json }) => json.content === 'hello')
  for (const answer of await Promise.all([...asked, audit])) {
    expect(answer).toMatchObject({ code: 503, reason: 'storage_unavailable' })
  }
  // Signing asks nobody.
  await ann.call('file.upload_url', { file_name: 'a', content_type: 'text/plain', size: 1 })
  expect((await fetch(`http://127.0.0.1:${gateway.httpPort}/readyz`)).status).toBe(200)
  await objects.comeBack()
  await ann.call('file.complete', { key })
  expect(await (await sendSigned(await bob.call('file.download_url', { key }))).text()).toBe('hello')
})
