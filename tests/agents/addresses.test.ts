import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { type HostileHttpServer, startHostileHttpServer } from '../kit/hostile-http-server.ts'

let gateway: TestGateway
let server: HostileHttpServer
beforeAll(async () => {
  gateway = await startGateway()
  server = await startHostileHttpServer()
})
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

test.each([
  'http://127.0.0.1:9400/',
  'http://127.1/',
  'http://2130706433/',
  'http://[::ffff:127.0.0.1]/',
  'http://localhost./',
  'http://169.254.169.254/latest/meta-data/',
  'http://10.0.0.1/',
  'https://agent.example.org:5432/',
  'https://agent.example.org/#x',
])('T40: no agent is reached at %s', async (webhook_endpoint) => {
  const office = await gateway.office
  const input = { name: 'Inside', is_ai_agent: true, agent_profile: { webhook_endpoint } }
  const refused = await office.request('employee.create', input)
  expect(refused).toMatchObject({
    code: 400,
    reason: 'invalid_fields',
    data: { errors: [{ field: 'agent_profile.webhook_endpoint' }] },
  })
})

test('T40: an address that got into the database all the same is not called', async () => {
  const office = await gateway.office
  const agent_profile = { webhook_endpoint: 'https://agent.example.org/hook', response_timeout: 5 }
  const { employee_id } = await office.call('employee.create', { name: 'Inside', is_ai_agent: true, agent_profile })
  await gateway.database.kysely
    .updateTable('employee')
    .set({ agent_profile: JSON.stringify({ ...agent_profile, webhook_endpoint: `${server.url}/hook` }) })
    .where('employee_id', '=', employee_id)
    .execute()
  const device = await (await gateway.hire()).connect()
  const answer = await device.request('msg.send_private', { to_employee_id: employee_id, content: 'x' })
  expect(answer).toMatchObject({
    code: 504,
    reason: 'agent_failed',
    data: { agents: [{ state: 'failed', reason: 'forbidden_address' }] },
  })
  expect(server.connections).toEqual([])
})
