import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Credentials, connect, type MChatClient, type Message, NotConnectedError } from '@mchat/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareDatabase } from '../../tests/kit/prepared-database.ts'
import { connectSelfConfirming } from '../../tests/kit/self-confirming.ts'
import { type TempDirectory, tempDirectory } from '../../tests/kit/temp-directory.ts'
import { MchatProcess, mchat } from './mchat-process.ts'

// One deployment through its life; the tests build on each other, in this order.
let directory: TempDirectory
let running: MchatProcess
const env = () => ({ MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0', MCHAT_DATA_DIR: join(directory.path, 'data') })
const run = (args: readonly string[], input = '') => mchat(args, { cwd: directory.path, env: env(), input })
const begin = async () => {
  running = new MchatProcess(['start'], { cwd: directory.path, env: env() })
  await running.says('is ready')
}
const stop = async () => {
  running.kill('SIGTERM')
  expect((await running.finished).code).toBe(0)
}
const firstAdmin = () => JSON.parse(readFileSync(join(directory.path, 'data/first-admin.json'), 'utf8')) as Credentials
const people = () => {
  const file = readFileSync(join(directory.path, 'data/demo-people.json'), 'utf8')
  return (JSON.parse(file) as { people: Credentials[] }).people
}
const person = (id: string): Credentials => {
  const found = people().find((each) => each.employee_id === id)
  if (found === undefined) throw new Error(`${id} is not in demo-people.json`)
  return found
}
const nextMessage = (client: MChatClient): Promise<Message> =>
  new Promise((resolve) => {
    const off = client.on('message', (message) => {
      if (message.from_employee_id !== 'demo-echo') return
      off()
      resolve(message)
    })
  })
const refused = (error: unknown): boolean => error instanceof NotConnectedError && error.returnCode !== undefined

beforeAll(async () => {
  directory = await tempDirectory()
})
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

test('demo without a running MChat is one sentence', async () => {
  const missing = await run(['demo'])
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringContaining('start MChat with the same MCHAT_DATA_DIR'),
  ])
  await prepareDatabase(join(directory.path, 'data'))
  await begin()
  await stop()
  const stopped = await run(['demo'])
  expect([stopped.code, stopped.stderr]).toEqual([1, expect.stringContaining('No MChat answers at 127.0.0.1:')])
  expect(stopped.stderr).not.toMatch(/^\s+at /m)
})

test('demo makes an organisation and serves its echo agent', async () => {
  await begin()
  await using demo = new MchatProcess(['demo'], { cwd: directory.path, env: env() })
  await demo.says('Ctrl-C ends it')
  expect(statSync(join(directory.path, 'data/demo-people.json')).mode & 0o777).toBe(0o600)
  expect(people()).toHaveLength(11)

  const emma = await connect(person('demo-emma'))
  const inPrivate = nextMessage(emma)
  const { agents, msg_id } = await emma.msg.sendPrivate({ to_employee_id: 'demo-echo', content: '你好' })
  expect(await inPrivate).toMatchObject({
    type: 'agent',
    content: '您说：你好',
    to_employee_id: 'demo-emma',
    is_ai_agent: true,
    in_reply_to: msg_id,
    run_id: agents?.[0]?.run_id,
  })
  const inGroup = nextMessage(emma)
  await emma.msg.sendGroup({ group_id: 'demo-launch', content: 'nobody in particular' })
  await emma.msg.sendGroup({ group_id: 'demo-launch', content: '@demo-echo hello', mentions: ['demo-echo'] })
  expect(await inGroup).toMatchObject({
    type: 'agent',
    content: 'You said: @demo-echo hello',
    group_id: 'demo-launch',
  })
  const { messages } = await emma.ask({
    to_employee_id: 'demo-echo',
    content: { type: 'image', body: { url: 'https://example.org/cat.png' } },
  })
  expect(messages).toMatchObject([{ content: 'I only understand text. 我只懂文字。' }])
  await emma.close()

  demo.kill('SIGINT')
  expect((await demo.finished).code).toBe(0)
})

test('a restart keeps people and brings the address in first-admin.json up to date', async () => {
  const before = firstAdmin().mqtt_connection
  await stop()
  await begin()
  const after = firstAdmin().mqtt_connection
  expect(after.mqtt_password).toBe(before.mqtt_password)
  const admin = await connect(firstAdmin())
  expect((await admin.employee.list({ query: 'demo-' })).employees).toHaveLength(11)
  await admin.close()
})

test('demo again finds what is there, brings its agent up to date, and renews what was lost', async () => {
  const admin = await connect(firstAdmin())
  const employee_id = 'demo-echo'
  // As an earlier demo made it, which answered with messages like a person's.
  const agent_profile = { model_type: 'echo', capabilities: ['echo'] }
  await admin.employee.update({ employee_id, updates: { agent_profile, manager_id: null } })
  expect(await admin.agent.test({ employee_id })).toMatchObject({ ok: false, reason: 'unreachable' })
  const before = people()
  const lost = new Set(['demo-li-na', 'demo-echo'])
  const path = join(directory.path, 'data/demo-people.json')
  writeFileSync(path, JSON.stringify({ people: before.filter((each) => !lost.has(each.employee_id)) }))
  await using demo = new MchatProcess(['demo'], { cwd: directory.path, env: env() })
  await demo.says('Ctrl-C ends it')
  for (const { employee_id, mqtt_connection } of before) {
    const now = person(employee_id).mqtt_connection.mqtt_password
    expect(person(employee_id).mqtt_connection.broker_port).toBe(firstAdmin().mqtt_connection.broker_port)
    if (lost.has(employee_id)) expect(now).not.toBe(mqtt_connection.mqtt_password)
    else expect(now).toBe(mqtt_connection.mqtt_password)
  }
  await (await connect(person('demo-li-na'))).close()

  expect(await admin.agent.test({ employee_id, content: '在吗？' })).toMatchObject({
    ok: true,
    messages: ['您说：在吗？'],
  })
  expect((await admin.ask({ to_employee_id: employee_id, content: 'Hello' })).text).toBe('You said: Hello')
  // Somebody answers for it, and for all others.
  const { attention } = await admin.stats.overview({ resolution: 'hour' })
  expect(attention.map(({ kind }) => kind)).not.toContain('agents_without_manager')
  const { agent_ids } = await admin.agent.capabilityList({ skill: 'echo' })
  expect(agent_ids).toEqual([employee_id])
  await admin.close()
})

test('a second start on the same directory is refused, the first one goes on', async () => {
  const second = await run(['start'])
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('is in use by another MChat')])
  expect((await run(['admin', 'reset'])).stderr).toContain('is in use by another MChat')
  await (await connect(firstAdmin())).close()
})

test('admin reset brings a disabled owner back, with a token', async () => {
  const before = firstAdmin()
  const admin = await connectSelfConfirming(before, { clientId: 'admin_desk_1' })
  await admin.employee.update({ employee_id: 'demo-emma', updates: { roles: [{ role: 'owner' }] } })
  const emma = await connectSelfConfirming(person('demo-emma'))
  await emma.employee.update({ employee_id: 'admin', updates: { status: 'disabled', roles: [] } })
  await Promise.all([admin.close(), emma.close()])
  await expect(connect(before, { clientId: 'admin_desk_1' })).rejects.toSatisfy(refused)
  await stop()

  const reset = await run(['admin', 'reset'])
  expect([reset.code, reset.stderr]).toEqual([0, expect.stringContaining('admin is an owner again')])
  expect(reset.stderr + reset.stdout).not.toContain(firstAdmin().mqtt_connection.mqtt_password ?? '-')
  expect(statSync(join(directory.path, 'data/first-admin.json')).mode & 0o777).toBe(0o600)

  await begin()
  const old = { ...firstAdmin().mqtt_connection, mqtt_password: before.mqtt_connection.mqtt_password ?? '' }
  const withOld = connect({ employee_id: 'admin', mqtt_connection: old }, { clientId: 'admin_desk_1' })
  await expect(withOld).rejects.toSatisfy(refused)
  const back = await connect(firstAdmin(), { clientId: 'admin_desk_1' })
  expect((await back.employee.get({ employee_id: 'admin' })).roles).toEqual([{ role: 'owner' }])
  await back.close()
  await stop()
})

test('admin reset with a chosen password', async () => {
  const password = '正确的马电池订书钉-ok!'
  expect((await run(['admin', 'reset', '--password-stdin'], 'short\n')).stderr).toBe(
    'The password must have at least 12 characters.\n',
  )
  const reset = await run(['admin', 'reset', '--password-stdin'], `${password}\n`)
  expect(reset.code).toBe(0)
  const file = firstAdmin()
  expect(file.mqtt_connection).toMatchObject({ secret_withheld: true, mqtt_username: 'admin' })
  expect(file.mqtt_connection).not.toHaveProperty('mqtt_password')

  await begin()
  const { mqtt_connection } = firstAdmin()
  const admin = await connect({
    employee_id: 'admin',
    mqtt_connection: { ...mqtt_connection, mqtt_password: password },
  })
  await admin.close()
  expect((await run(['demo'])).stderr).toContain('has no password in it')
  await stop()
})

test('admin reset of somebody else leaves first-admin.json as it is', async () => {
  const path = join(directory.path, 'data/first-admin.json')
  const before = readFileSync(path, 'utf8')
  const reset = await run(['admin', 'reset', '--employee-id', 'demo-li-na'])
  expect([reset.code, reset.stderr]).toEqual([0, expect.stringContaining('demo-li-na is now an owner;')])
  const written = join(directory.path, 'data/reset-demo-li-na.json')
  expect(reset.stderr).toContain(written)
  expect(statSync(written).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).toBe(before)

  await begin()
  const { mqtt_connection } = JSON.parse(readFileSync(written, 'utf8')) as Credentials
  const { broker_port } = firstAdmin().mqtt_connection
  const liNa = await connect({
    employee_id: 'demo-li-na',
    mqtt_connection: { ...mqtt_connection, broker_port },
  })
  expect((await liNa.employee.get({ employee_id: 'demo-li-na' })).roles).toContainEqual({ role: 'owner' })
  await liNa.close()
  await stop()
})

test('admin reset names who is not there', async () => {
  const unknown = await run(['admin', 'reset', '--employee-id', 'nobody'])
  expect([unknown.code, unknown.stderr]).toEqual([1, 'There is no employee nobody in this deployment.\n'])
  const agent = await run(['admin', 'reset', '--employee-id', 'demo-echo'])
  expect([agent.code, agent.stderr]).toEqual([1, 'demo-echo is an AI agent and cannot be an owner.\n'])
})
