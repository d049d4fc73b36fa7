import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ClientOptions,
  type Credentials,
  connect,
  type MChatClient,
  memoryStore,
  RequestRejectedError,
} from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Product } from '../faults/product.ts'
import { freePort } from '../kit/free-port.ts'
import { connectSelfConfirming } from '../kit/self-confirming.ts'
import { type TempDirectory, tempDirectory } from '../kit/temp-directory.ts'

let directory: TempDirectory
let product: Product
let admin: MChatClient
const open = new Set<MChatClient>()

const online = async (credentials: Credentials, options: ClientOptions = {}): Promise<MChatClient> => {
  const client = await connect(credentials, { store: memoryStore(), ...options })
  open.add(client)
  return client
}

const hire = async (name: string): Promise<Credentials> => await admin.employee.create({ name })

/** The next event that fits; handlers are attached before whatever causes it. */
const next = <T>(subscribe: (handler: (value: T) => void) => () => void, fits: (value: T) => boolean): Promise<T> =>
  new Promise((resolve) => {
    const stop = subscribe((value) => {
      if (!fits(value)) return
      stop()
      resolve(value)
    })
  })

beforeAll(async () => {
  directory = await tempDirectory()
  product = new Product({ dataDir: directory.path, httpPort: await freePort(), mqttPort: await freePort() })
  await product.start()
  const first = JSON.parse(await readFile(join(directory.path, 'first-admin.json'), 'utf8')) as Credentials
  admin = await connectSelfConfirming(first, { store: memoryStore() })
  open.add(admin)
})

afterAll(async () => {
  await Promise.all([...open].map((client) => client.close()))
  await product.kill('SIGTERM')
  await directory[Symbol.asyncDispose]()
})

describe('the SDK with a running MChat', () => {
  it('lets two people chat, over TCP and over WebSocket', async () => {
    const ann = await online(await hire('Ann'))
    const bob = await online(await hire('Bob'), { transport: 'websocket' })
    const heard = next<{ content: unknown }>(
      (handler) => bob.on('message', handler),
      ({ content }) => content === 'hello',
    )
    const sent = await ann.msg.sendPrivate({ to_employee_id: bob.employeeId, content: 'hello' })
    expect(await heard).toMatchObject({ msg_id: sent.msg_id, from_employee_id: ann.employeeId, n: expect.any(Number) })

    const answered = next<{ content: unknown }>(
      (handler) => ann.on('message', handler),
      ({ content }) => content === 'hi',
    )
    await bob.msg.sendPrivate({ to_employee_id: ann.employeeId, content: 'hi', quote_msg_id: sent.msg_id })
    expect(await answered).toMatchObject({ quote_msg_id: sent.msg_id })
  })

  it('subscribes to a group when it is added, hears it, and hears nothing once it is removed', async () => {
    const cai = await online(await hire('Cai'))
    const joined = next<{ action: string }>(
      (handler) => cai.on('system', handler),
      ({ action }) => action === 'group_created',
    )
    const group = await admin.group.create({ name: 'Team', member_ids: [cai.employeeId] })
    expect(await joined).toMatchObject({ group_id: group.group_id, inviter_id: admin.employeeId })

    // The subscription is made after the notice, so the first message may be before it: later ones are heard.
    let n = 0
    const heard = next<{ group_id?: string }>(
      (handler) => cai.on('message', handler),
      (message) => message.group_id === group.group_id,
    )
    let stop = false
    const speaking = (async () => {
      while (!stop) await admin.msg.sendGroup({ group_id: group.group_id, content: `tick ${n++}` })
    })()
    await heard
    stop = true
    await speaking

    await admin.group.memberRemove({ group_id: group.group_id, member_ids: [cai.employeeId] })
    const received: unknown[] = []
    cai.on('message', (message) => received.push(message.content))
    await admin.msg.sendGroup({ group_id: group.group_id, content: 'not for Cai' })
    const barrier = next<{ content: unknown }>(
      (handler) => cai.on('message', handler),
      ({ content }) => content === 'barrier',
    )
    await admin.msg.sendPrivate({ to_employee_id: cai.employeeId, content: 'barrier' })
    await barrier
    expect(received).not.toContain('not for Cai')
    expect(cai.groupIds).not.toContain(group.group_id)
    await expect(cai.msg.sendGroup({ group_id: group.group_id, content: 'x' })).rejects.toMatchObject({
      code: 403,
      reason: 'not_group_member',
    })
  })

  it('delivers what was sent while a device was away, and goes on where a killed server stopped', async () => {
    const credentials = await hire('Dan')
    const store = memoryStore()
    const dan = await online(credentials, { store })
    const { clientId } = dan
    await dan.close()
    for (const content of ['one', 'two', 'three']) {
      await admin.msg.sendPrivate({ to_employee_id: credentials.employee_id, content })
    }
    await product.kill('SIGKILL')
    const during = admin.msg.sendPrivate({ to_employee_id: credentials.employee_id, content: 'four' })
    await product.start()
    await during
    const again = await online(credentials, { store })
    expect(again.clientId).toBe(clientId)
    const contents: unknown[] = []
    for await (const message of again.messages()) {
      contents.push(message.content)
      if (message.content === 'four') break
    }
    expect(contents).toEqual(['one', 'two', 'three', 'four'])
  })

  it('stays online when a second device goes', async () => {
    const credentials = await hire('Eve')
    const phone = await online(credentials)
    const desk = await online(credentials)
    await desk.close()
    const status = next<{ employee_id: string }>(
      (handler) => admin.on('status', handler),
      (event) => event.employee_id === phone.employeeId,
    )
    const stop = admin.watchStatus(phone.employeeId)
    expect(await status).toMatchObject({ employee_id: phone.employeeId })
    await phone.msg.sendPrivate({ to_employee_id: phone.employeeId, content: 'still here' })
    stop()
  })

  it('tells own devices what another one sent', async () => {
    const credentials = await hire('Fei')
    const phone = await online(credentials)
    const desk = await online(credentials)
    const copy = next<{ type: string }>(
      (handler) => desk.on('sync', handler),
      ({ type }) => type === 'sent',
    )
    await phone.msg.sendPrivate({ to_employee_id: admin.employeeId, content: 'from the phone' })
    expect(await copy).toMatchObject({ message: { content: 'from the phone' } })
  })

  it('tells apart why something failed', async () => {
    const gus = await online(await hire('Gus'))
    await expect(gus.employee.create({ name: 'x' })).rejects.toBeInstanceOf(RequestRejectedError)
    await expect(gus.msg.sendPrivate({ to_employee_id: 'nobody', content: 'x' })).rejects.toMatchObject({
      code: 404,
      reason: 'employee_not_found',
    })
    await expect(gus.msg.sendPrivate({ to_employee_id: 'a b', content: 'x' })).rejects.toMatchObject({
      code: 400,
      fields: [expect.objectContaining({ field: 'to_employee_id' })],
    })
  })

  it('ends at once everywhere when somebody is disabled', async () => {
    const hal = await online(await hire('Hal'))
    const ended = next<{ state: string }>(
      (handler) => hal.on('session', handler),
      ({ state }) => state === 'disconnected',
    )
    await admin.employee.update({ employee_id: hal.employeeId, updates: { status: 'disabled' } })
    await ended
    await expect(admin.msg.sendPrivate({ to_employee_id: hal.employeeId, content: 'x' })).rejects.toMatchObject({
      code: 404,
    })
  })
})
