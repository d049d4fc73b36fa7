import { describe, expect, it } from 'vitest'
import {
  AbortedError,
  ClientClosedError,
  MChatClientError,
  NotConnectedError,
  RequestRejectedError,
  RequestTimeoutError,
} from '../src/index.ts'
import { refuse, SILENCE } from './kit/gateway.ts'
import { record, startWorld } from './kit/world.ts'

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a request', () => {
  it('is one typed call and one answer', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('group.create', ({ input }) => ({
      group_id: 'grp_1',
      name: input.name,
      member_ids: [],
      created_at: 'now',
    }))

    const group = await alice.group.create({ name: 'Ops', member_ids: ['bob'] })

    expect(group).toEqual({ group_id: 'grp_1', name: 'Ops', member_ids: [], created_at: 'now' })
    const [request] = gateway.seen('group.create')
    expect(request?.input).toEqual({ name: 'Ops', member_ids: ['bob'] })
    expect(request?.topic).toBe(`mchat/msg/req/${alice.clientId}/${request?.seqId}`)
    expect(request?.seqId).toMatch(/^[A-Za-z0-9._-]{1,64}$/)
  })

  it('uses the deployment prefix and names each action as the wire does', async () => {
    const { gateway, join } = await startWorld('acme')
    const alice = await join('alice')
    gateway.on('group.member_add', () => ({ group_id: 'g', added_ids: ['bob'], current_member_count: 2 }))

    await expect(alice.group.memberAdd({ group_id: 'g', member_ids: ['bob'] })).resolves.toMatchObject({
      added_ids: ['bob'],
    })
    await expect(alice.request('group.member_add', { group_id: 'g', member_ids: ['bob'] })).resolves.toBeDefined()
    expect(gateway.seen('group.member_add')[0]?.topic.startsWith('acme/mchat/msg/req/')).toBe(true)
  })

  it('subscribes to its answers once, not for each request', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => ({ version: 1 }))
    await Promise.all([alice.org.tree(), alice.org.tree(), alice.org.tree()])
    const filters = broker.subscribes.flatMap((subscribe) => subscribe.filters)
    expect(filters.filter((filter) => filter.startsWith('mchat/msg/resp/'))).toEqual([
      `mchat/msg/resp/${alice.clientId}/+`,
    ])
  })

  it('is refused with code, reason, data and fields, and the stack of the caller', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const errors = [{ field: 'name', rule: 'required', message: 'missing' }]
    gateway.on('group.create', () => refuse(400, 'invalid_fields', { message: 'bad', data: { errors } }))

    const theCaller = async (): Promise<unknown> => alice.group.create({ name: '', member_ids: [] })
    const error = await failure(theCaller())

    expect(error).toBeInstanceOf(RequestRejectedError)
    expect(error).toBeInstanceOf(MChatClientError)
    expect(error).toMatchObject({
      code: 400,
      reason: 'invalid_fields',
      data: { errors },
      fields: errors,
      action: 'group.create',
    })
    expect((error as Error).stack).toContain('theCaller')
    expect(gateway.seen('group.create')).toHaveLength(1)
  })

  it('repeats an unanswered attempt with the same seq_id and payload', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice', { timing: { attemptMs: 30 } })
    gateway.on('org.tree', () => ({ version: 7 }))
    gateway.first('org.tree', () => SILENCE, 2)

    await expect(alice.org.tree({ if_version: 3 })).resolves.toEqual({ version: 7 })

    const [first, second, third] = gateway.seen('org.tree')
    expect(second?.seqId).toBe(first?.seqId)
    expect(third?.text).toBe(first?.text)
  })

  it('takes a late answer to an earlier attempt, and ignores what comes after', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice', { timing: { attemptMs: 30 } })
    gateway.on('org.tree', () => SILENCE)
    const answer = alice.org.tree()
    const first = await gateway.received('org.tree')
    await gateway.received('org.tree', 2)
    await gateway.answer(first, { version: 1 })
    await expect(answer).resolves.toEqual({ version: 1 })
    await gateway.answer(first, { version: 2 })
  })

  it('tells that answers are late when nothing is answered, until something is', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice', { timing: { attemptMs: 30 } })
    const answers = record(alice, 'answers')
    gateway.on('org.tree', () => SILENCE)
    const slow = alice.org.tree()
    const first = await gateway.received('org.tree', 2)
    await expect.poll(() => answers.all).toEqual([{ late: true }])
    // Told once, however often it is repeated.
    await gateway.received('org.tree', 4)
    expect(answers.all).toEqual([{ late: true }])
    await gateway.answer(first, { version: 1 })
    await slow
    expect(answers.all).toEqual([{ late: true }, { late: false }])
  })

  it('does not call answers late while others are answered, nor while there is no connection', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice')
    const answers = record(alice, 'answers')
    gateway.on('org.tree', () => SILENCE)
    gateway.on('config.server', () => refuse(403, 'forbidden'))
    const slow = alice.org.tree({}, { attemptMs: 1000 })
    await gateway.received('org.tree')
    await failure(alice.config.server())
    await gateway.received('org.tree', 2)
    expect(answers.all).toEqual([])
    await gateway.received('org.tree', 3)
    expect(answers.all).toEqual([{ late: true }])
    broker.cut()
    await answers.next(({ late }) => !late)
    await alice.close()
    await failure(slow)
  })

  it.each([429, 500, 503])('tries again after %i, keeping to retry_after_ms', async (code) => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => ({ version: 1 }))
    gateway.first('org.tree', () => refuse(code, 'later', { retry_after_ms: 60 }))
    const startedAt = performance.now()
    await expect(alice.org.tree()).resolves.toEqual({ version: 1 })
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55)
    const [first, second] = gateway.seen('org.tree')
    expect(second?.seqId).toBe(first?.seqId)
  })

  it('fails with the last refusal when waiting would take too long', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => refuse(429, 'rate_limited', { retry_after_ms: 60_000 }))
    const error = await failure(alice.org.tree({}, { timeoutMs: 50_000 }))
    expect(error).toMatchObject({ name: 'RequestRejectedError', code: 429 })
    expect(gateway.seen('org.tree')).toHaveLength(1)
  })

  it('fails with the last refusal when the time is up', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => refuse(503, 'database_unavailable'))
    const error = await failure(alice.org.tree({}, { timeoutMs: 2000 }))
    expect(error).toMatchObject({ name: 'RequestRejectedError', code: 503, reason: 'database_unavailable' })
    expect(gateway.seen('org.tree').length).toBeGreaterThan(2)
  })

  it('does not repeat after 504: the message was delivered', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('msg.send_private', () => refuse(504, 'agent_timeout', { data: { msg_id: 'msg_x', delivered: true } }))
    const input = { to_employee_id: 'bot', content: 'hi', agent_wait: true }
    const error = await failure(alice.msg.sendPrivate(input))
    expect(error).toMatchObject({ code: 504, data: { msg_id: 'msg_x', delivered: true } })
    expect(gateway.seen('msg.send_private')).toHaveLength(1)
    expect(gateway.seen('msg.send_private')[0]?.input.agent_wait).toBe(true)
  })

  it('says when it was sent and not answered', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => SILENCE)
    const failed = failure(alice.org.tree({}, { timeoutMs: 500 }))
    const { seqId } = await gateway.received('org.tree')
    const error = await failed
    expect(error).toBeInstanceOf(RequestTimeoutError)
    expect(error).toMatchObject({ action: 'org.tree', timeoutMs: 500, seqId })
  })

  it('says when it was never sent, for want of a connection', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice')
    const disconnected = record(alice, 'session').next(({ state }) => state === 'disconnected')
    await broker.down()
    await disconnected
    await expect(alice.org.tree({}, { timeoutMs: 50 })).rejects.toBeInstanceOf(NotConnectedError)
  })

  it('waits for the connection, and is repeated after a lost one', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => ({ version: 1 }))
    gateway.first('org.tree', () => SILENCE)
    const answer = alice.org.tree()
    await gateway.received('org.tree')
    broker.cut()
    await expect(answer).resolves.toEqual({ version: 1 })
    const [first, second] = gateway.seen('org.tree')
    expect(second?.text).toBe(first?.text)
    expect(second?.seqId).toBe(first?.seqId)
  })

  it('can be aborted', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => SILENCE)
    const controller = new AbortController()
    const answer = failure(alice.org.tree({}, { signal: controller.signal }))
    await gateway.received('org.tree')
    controller.abort(new Error('enough'))
    const error = await answer
    expect(error).toBeInstanceOf(AbortedError)
    expect((error as Error).cause).toMatchObject({ message: 'enough' })
    await expect(alice.org.tree({}, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortedError)
    expect(gateway.seen('org.tree')).toHaveLength(1)
  })

  it('fails at once when the client is closed, and so does every later one', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => SILENCE)
    const answers = [failure(alice.org.tree()), failure(alice.msg.sendPrivate({ to_employee_id: 'bob', content: '1' }))]
    await gateway.received('org.tree')
    const closing = alice.close()
    for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(ClientClosedError)
    await closing
    await expect(alice.org.tree()).rejects.toBeInstanceOf(ClientClosedError)
  })

  it('takes the seq_id of the caller, and only a well-formed one', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => ({ version: 1 }))
    await alice.org.tree({}, { seqId: 'order-17' })
    expect(gateway.seen('org.tree')[0]?.seqId).toBe('order-17')
    await expect(alice.org.tree({}, { seqId: 'a/b' })).rejects.toBeInstanceOf(TypeError)
  })

  it('refuses by itself what a broker would close the connection for', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const error = await failure(alice.sync.relay({ kind: 'x', payload: '字'.repeat(30_000) }))
    expect(error).toMatchObject({ code: 413, reason: 'too_large' })
    expect(gateway.seen('sync.relay')).toHaveLength(0)
  })

  it('binds again when the gateway has forgotten the session', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('org.tree', () => ({ version: 1 }))
    gateway.first('org.tree', () => refuse(401, 'no_session'))
    await expect(alice.org.tree()).resolves.toEqual({ version: 1 })
    expect(gateway.seen('auth.bind')).toHaveLength(2)
    gateway.on('org.tree', () => refuse(401, 'no_session'))
    await expect(alice.org.tree()).rejects.toMatchObject({ code: 401 })
  })

  it('says plainly that a secret was answered before', async () => {
    const { gateway, join, broker } = await startWorld()
    const alice = await join('alice', { timing: { attemptMs: 30 } })
    const withheld = { ...broker.connectionOf('emp_9'), mqtt_password: undefined, secret_withheld: true }
    gateway.on('employee.create', () => ({
      employee_id: 'emp_9',
      name: 'N',
      created_at: 'now',
      mqtt_connection: withheld,
    }))
    gateway.first('employee.create', () => SILENCE)
    const { mqtt_connection: connection } = await alice.employee.create({ name: 'N' })
    expect(connection.secret_withheld).toBe(true)
    expect(connection.mqtt_password).toBeUndefined()
  })
})

describe('typing', () => {
  it('is published once at QoS 0 and awaits nothing', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('msg.typing', () => SILENCE)
    await alice.msg.typing({ conversation_type: 'private', peer_employee_id: 'bob' })
    await gateway.received('msg.typing')
    expect(gateway.seen('msg.typing')).toHaveLength(1)
  })
})
